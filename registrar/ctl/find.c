/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/find.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "registrar/ctl/admin_client.h"

#define CERTIFICATES "/v1/certificates"
#define DEVICES      "/v1/devices"

static bool
says_hex(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* Digits alone, upper case, as many as there are up to max; 0: it is something else. */
static size_t
digits(const char *text, char *out, size_t max)
{
	size_t n = 0;

	for (text += says_hex(text) ? 2 : 0; *text != '\0'; text++) {
		if (n > 0 && (*text == ':' || *text == ' '))
			continue;
		if (!isxdigit((unsigned char)*text) || n == max)
			return 0;
		out[n++] = (char)toupper((unsigned char)*text);
	}
	return n;
}

bool
ctl_hex(const char *text, size_t octets, char *out)
{
	size_t n = digits(text, out, 2 * octets);

	if (n % 2 != 0) {
		memmove(out + 1, out, n++);
		out[0] = '0';
	}
	out[n] = '\0';
	return n > 0;
}

bool
ctl_serial_hex(const char *text, char out[CTL_SERIAL_HEX])
{
	text += says_hex(text) ? 2 : 0;
	while ((*text == '0' && text[1] != '\0') || *text == ':' || *text == ' ')
		text++;
	return ctl_hex(text, CTL_SERIAL_OCTETS, out);
}

/* Every member of a list that has this serial number, of --manufacturer where that is given. */
static int
get_all(const struct ctl_args *a, const char *list, const char *name, const char *serial,
    json_t *out)
{
	struct ctl_pages p = { list, NULL, name, 0, 0, ctl_admin_collect, out };
	struct brski_buf query = { 0 };
	int code = CTL_USAGE;

	if (ctl_admin_parameter("manufacturer", a->manufacturer, &query) == BRSKI_OK &&
	    ctl_admin_parameter("serial", serial, &query) == BRSKI_OK &&
	    (p.query = brski_buf_cstr(&query)) != NULL)
		code = ctl_admin_pages(a, &p, NULL);
	else
		ctl_usage("out of memory");
	brski_buf_clear(&query);
	return code;
}

static int
make_path(const json_t *device, struct brski_buf *path)
{
	brski_buf_reset(path);
	if (brski_buf_append_str(path, DEVICES "/", NULL) != BRSKI_OK ||
	    ctl_admin_encode(ctl_member(device, "manufacturer"), path) != BRSKI_OK ||
	    brski_buf_append_byte(path, '/', NULL) != BRSKI_OK ||
	    ctl_admin_encode(ctl_member(device, "serial"), path) != BRSKI_OK)
		return ctl_usage("out of memory");
	return CTL_OK;
}

/* "several makers have a A-1: acme, globex" */
static int
say_several(const char *serial, const json_t *devices)
{
	const json_t *d;
	size_t i;

	fprintf(stderr, "brskictl: several makers have a %s:", serial);
	json_array_foreach(devices, i, d) fprintf(stderr, " %s", ctl_member(d, "manufacturer"));
	fputs("; name one with --manufacturer\n", stderr);
	return CTL_USAGE;
}

int
ctl_find_device(const struct ctl_args *a, const char *serial, struct brski_buf *path)
{
	json_t *devices = json_array();
	int code;

	if ((code = get_all(a, DEVICES, "devices", serial, devices)) != CTL_OK) {
		json_decref(devices);
		return code;
	}
	if (json_array_size(devices) == 0) {
		fprintf(stderr, "brskictl: no device %s\n", serial);
		code = CTL_REFUSED;
	} else if (json_array_size(devices) > 1)
		code = say_several(serial, devices);
	else
		code = make_path(json_array_get(devices, 0), path);
	json_decref(devices);
	return code;
}

/* What there is of both kinds: which one is meant? */
static int
choose(const struct ctl_args *a, const char *text, const json_t *certificates,
    const json_t *devices, char hex[CTL_SERIAL_HEX], struct brski_buf *path)
{
	const bool certificate = json_array_size(certificates) > 0;
	const size_t n = json_array_size(devices);

	if (certificate && n > 0 && a->manufacturer == NULL && !says_hex(text))
		return ctl_usage("%s is the serial number of a certificate and of a device: write "
		                 "0x%s for the "
		                 "certificate, name the device's maker with --manufacturer",
		    text, hex);
	if (certificate && (n == 0 || a->manufacturer == NULL))
		return CTL_OK;
	hex[0] = '\0';
	if (n > 1)
		return say_several(text, devices);
	if (n == 1)
		return make_path(json_array_get(devices, 0), path);
	fprintf(stderr, "brskictl: no certificate and no device %s\n", text);
	return CTL_REFUSED;
}

int
ctl_find(const struct ctl_args *a, const char *text, char hex[CTL_SERIAL_HEX],
    struct brski_buf *path)
{
	json_t *certificates = json_array(), *devices = json_array();
	int code = CTL_OK;

	brski_buf_reset(path);
	if (ctl_serial_hex(text, hex))
		code = get_all(a, CERTIFICATES, "certificates", hex, certificates);
	if (code == CTL_OK && (code = get_all(a, DEVICES, "devices", text, devices)) == CTL_OK)
		code = choose(a, text, certificates, devices, hex, path);
	json_decref(certificates);
	json_decref(devices);
	return code;
}

static int
get_certificate(const struct ctl_args *a, const char *hex, json_t **out)
{
	char path[sizeof(CERTIFICATES) + CTL_SERIAL_HEX];

	snprintf(path, sizeof(path), CERTIFICATES "/%s", hex);
	return ctl_admin_get(a, path, out);
}

/* Of a device: {"certificate": the newest in force}, in the shape of the answer about one. */
static int
get_newest(const struct ctl_args *a, const char *path, const char *text, json_t **out)
{
	json_t *answer, *c, *newest = NULL;
	const char *status;
	size_t i;
	int code;

	if ((code = ctl_admin_get(a, path, &answer)) != CTL_OK)
		return code;
	json_array_foreach(json_object_get(json_object_get(answer, "device"), "certificates"), i, c)
	{
		status = ctl_member(c, "status");
		if (strcmp(status, "valid") == 0 ||
		    (newest == NULL && strcmp(status, "superseded") == 0))
			newest = c;
	}
	if (newest != NULL) {
		*out = json_pack("{s:O,s:O}", "version", json_object_get(answer, "version"),
		    "certificate", newest);
	} else {
		fprintf(stderr,
		    "brskictl: %s has no certificate in force; see brskictl cert list "
		    "--device %s\n",
		    text, text);
		code = CTL_REFUSED;
	}
	json_decref(answer);
	return code;
}

int
ctl_find_certificate(const struct ctl_args *a, const char *text, json_t **out)
{
	char hex[CTL_SERIAL_HEX];
	struct brski_buf path = { 0 };
	int code;

	*out = NULL;
	if ((code = ctl_find(a, text, hex, &path)) == CTL_OK)
		code = hex[0] != '\0' ? get_certificate(a, hex, out)
		                      : get_newest(a, brski_buf_cstr(&path), text, out);
	brski_buf_clear(&path);
	return code;
}

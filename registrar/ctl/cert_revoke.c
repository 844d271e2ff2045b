/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl cert revoke */
#include <stdio.h>
#include <string.h>
#include "crypto/crl.h"
#include "registrar/ctl/admin_client.h"
#include "registrar/ctl/find.h"
#include "registrar/ctl/words.h"

#define REASON_GIVEN(code) ((code) != BRSKI_REASON_SUPERSEDED && (code) != BRSKI_REASON_REMOVE)

/* RFC 5280 5.3.1: superseded is the registrar's own, removeFromCRL is for delta CRLs. */
static int
check_reason(const char *name)
{
	enum brski_reason code;
	int i;

	if (name == NULL || (brski_reason_from(brski_slice_str(name), &code) && REASON_GIVEN(code)))
		return CTL_OK;
	fputs("brskictl: --reason is one of", stderr);
	for (i = 0; i <= BRSKI_REASON_AA_COMPROMISE; i++)
		if (brski_reason_name(i) != NULL && REASON_GIVEN(i))
			fprintf(stderr, " %s", brski_reason_name(i));
	fputs("; see brskictl --help\n", stderr);
	return CTL_USAGE;
}

static int
post_revoke(const struct ctl_args *a, const char *path, json_t **out)
{
	struct brski_buf url = { 0 };
	int code = CTL_USAGE;

	if (brski_buf_printf(&url, NULL, "%s/revoke?", path) == BRSKI_OK &&
	    ctl_admin_parameter("reason", a->reason, &url) == BRSKI_OK &&
	    brski_buf_cstr(&url) != NULL)
		code = ctl_admin_post(a, brski_buf_cstr(&url), (struct brski_slice){ 0 }, out);
	else
		ctl_usage("out of memory");
	brski_buf_clear(&url);
	return code;
}

/* What follows for its device. */
static void
say_consequence(const struct ctl_args *a, const json_t *c)
{
	struct brski_buf path = { 0 };
	const char *serial = ctl_member(c, "device_serial");
	struct ctl_args of = *a;
	json_t *answer = NULL;

	if (json_is_null(json_object_get(c, "manufacturer"))) {
		puts("It is this registrar's own: who checks will refuse the registrar until it "
		     "has another one.");
		return;
	}
	of.manufacturer = ctl_member(c, "manufacturer");
	if (ctl_find_device(&of, serial, &path) == CTL_OK &&
	    ctl_admin_get(a, brski_buf_cstr(&path), &answer) == CTL_OK) {
		if (strcmp(ctl_member(json_object_get(answer, "device"), "standing"), "in order") ==
		    0)
			printf("The device has others in force and may have new ones. To keep it "
			       "out: brskictl cert revoke %s\n",
			    serial);
		else
			printf("It was the device's last one: nothing is given to it until: "
			       "brskictl device reinstate %s\n",
			    serial);
	}
	json_decref(answer);
	brski_buf_clear(&path);
}

static int
revoke_certificate(const struct ctl_args *a, const char *hex)
{
	char path[64], holder[CTL_HOLDER_MAX];
	json_t *answer, *c;
	int code;

	snprintf(path, sizeof(path), "/v1/certificates/%s", hex);
	if ((code = post_revoke(a, path, &answer)) != CTL_OK)
		return code;
	if (a->json)
		return ctl_print_json(answer);
	c = json_object_get(answer, "certificate");
	printf("certificate %s of %s: revoked (%s)\n", ctl_member(c, "serial"),
	    ctl_words_holder(c, holder), ctl_member(c, "reason"));
	say_consequence(a, c);
	json_decref(answer);
	return CTL_OK;
}

/* Each certificate that its revocation has ended. */
static void
say_ended(const json_t *before)
{
	const char *status;
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(before, "device"), "certificates"), i, c)
	{
		status = ctl_member(c, "status");
		if (strcmp(status, "valid") == 0 || strcmp(status, "superseded") == 0)
			printf("  certificate %s, which would have lasted until %s\n",
			    ctl_member(c, "serial"), ctl_member(c, "not_after"));
	}
}

static int
revoke_device(const struct ctl_args *a, const char *path)
{
	json_t *before = NULL, *answer = NULL, *d;
	int code;

	if ((code = ctl_admin_get(a, path, &before)) == CTL_OK)
		code = post_revoke(a, path, &answer);
	if (code == CTL_OK && a->json)
		code = ctl_print_json(json_incref(answer));
	else if (code == CTL_OK) {
		d = json_object_get(answer, "device");
		printf("device %s %s: revoked (%s)\n", ctl_member(d, "manufacturer"),
		    ctl_member(d, "serial"), a->reason != NULL ? a->reason : "unspecified");
		say_ended(before);
		printf("Nothing is given to it, whatever it presents, until: brskictl device "
		       "reinstate %s\n",
		    ctl_member(d, "serial"));
	}
	json_decref(before);
	json_decref(answer);
	return code;
}

/* Who reads lists and does not ask by OCSP has not heard of it yet. */
static void
warn_of_list(const struct ctl_args *a)
{
	json_t *answer = NULL, *ca;
	size_t i;

	if (ctl_admin_get(a, "/v1/ca", &answer) != CTL_OK)
		return;
	json_array_foreach(json_object_get(answer, "authorities"), i, ca)
	{
		if (!json_is_true(json_object_get(ca, "crl_stale")))
			continue;
		fprintf(stderr,
		    "brskictl: revoked, and OCSP says so; but no new CRL could be made: %s;"
		    " see brskictl ca show\n",
		    ctl_member(ca, "crl_trouble"));
		break;
	}
	json_decref(answer);
}

int
ctl_cert_revoke(struct ctl_args *a)
{
	char hex[CTL_SERIAL_HEX];
	struct brski_buf path = { 0 };
	int code;

	if ((code = check_reason(a->reason)) == CTL_OK &&
	    (code = ctl_find(a, a->operands.v[0], hex, &path)) == CTL_OK)
		code = hex[0] != '\0' ? revoke_certificate(a, hex)
		                      : revoke_device(a, brski_buf_cstr(&path));
	if (code == CTL_OK)
		warn_of_list(a);
	brski_buf_clear(&path);
	return code;
}

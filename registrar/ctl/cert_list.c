/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl cert list */
#include <stdio.h>
#include "conf/value.h"
#include "registrar/ctl/admin_client.h"
#include "registrar/ctl/find.h"
#include "registrar/ctl/words.h"

#define HASH_OCTETS   32 /* of a fingerprint */
#define SKI_OCTETS    64
#define ROW           "%-32s %-12s %-24s %-10s %-20s %s\n"
#define WITHIN_MAX    (INT64_C(1000) * 365 * 86400)
#define TIME_OR_USAGE "--%s takes a time such as 2026-06-01T12:00:00Z"

/* What was asked for, in the API's words; absent where it was not. */
struct wanted {
	char serial[CTL_SERIAL_HEX], fingerprint[2 * HASH_OCTETS + 1], ski[2 * SKI_OCTETS + 1];
	char before[BRSKI_TIME_TEXT], after[BRSKI_TIME_TEXT];
};

/* Any offset is taken; the API gets it in UTC. */
static int
read_time(const char *name, const char *text, char out[BRSKI_TIME_TEXT])
{
	int64_t at;

	if (text == NULL)
		return CTL_OK;
	if (brski_time_parse_rfc3339(brski_slice_str(text), &at, NULL) != BRSKI_OK)
		return ctl_usage(TIME_OR_USAGE, name);
	brski_time_format_rfc3339(at, out);
	return CTL_OK;
}

/* From now on until then. */
static int
read_within(const struct ctl_args *a, struct wanted *w)
{
	static const struct brski_conf_option within = { .type = BRSKI_CONF_DURATION,
		.min = 0,
		.max = WITHIN_MAX };
	struct brski_clock system = brski_clock_system();
	const int64_t now = brski_clock_now(&system);
	int64_t seconds;

	if (a->expires_within == NULL)
		return CTL_OK;
	if (a->expires_before != NULL || a->expires_after != NULL)
		return ctl_usage("--expires-within is instead of --expires-before and "
		                 "--expires-after");
	if (!brski_conf_value(&within, a->expires_within, &seconds))
		return ctl_usage("--expires-within takes a duration such as 90, 15m, 12h, 30d or "
		                 "1y");
	brski_time_format_rfc3339(now, w->after);
	brski_time_format_rfc3339(now + seconds, w->before);
	return CTL_OK;
}

static int
read_numbers(const struct ctl_args *a, struct wanted *w)
{
	if (a->serial != NULL && !ctl_serial_hex(a->serial, w->serial))
		return ctl_usage("--serial takes the hexadecimal serial number of a certificate");
	if (a->fingerprint != NULL && !ctl_hex(a->fingerprint, HASH_OCTETS, w->fingerprint))
		return ctl_usage("--fingerprint takes a SHA-256 in hexadecimal");
	if (a->ski != NULL && !ctl_hex(a->ski, SKI_OCTETS, w->ski))
		return ctl_usage("--ski takes a key identifier in hexadecimal");
	return CTL_OK;
}

static int
make_query(const struct ctl_args *a, const struct wanted *w, struct brski_buf *query)
{
	const struct {
		const char *name, *value;
	} parts[] = { { "manufacturer", a->manufacturer }, { "device_serial", a->device },
		{ "status", a->status }, { "serial", w->serial }, { "fingerprint", w->fingerprint },
		{ "ski", w->ski }, { "expires_before", w->before }, { "expires_after", w->after } };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].value != NULL && parts[i].value[0] != '\0' &&
		    ctl_admin_parameter(parts[i].name, parts[i].value, query) != BRSKI_OK)
			return ctl_usage("out of memory");
	return brski_buf_cstr(query) != NULL ? CTL_OK : ctl_usage("out of memory");
}

static int
read_filter(const struct ctl_args *a, struct brski_buf *query)
{
	struct wanted w = { .serial = "" };
	int code;

	if ((code = read_time("expires-before", a->expires_before, w.before)) != CTL_OK ||
	    (code = read_time("expires-after", a->expires_after, w.after)) != CTL_OK ||
	    (code = read_within(a, &w)) != CTL_OK || (code = read_numbers(a, &w)) != CTL_OK)
		return code;
	return make_query(a, &w, query);
}

static void
print_head(void)
{
	printf(ROW, "CERTIFICATE", "MANUFACTURER", "DEVICE", "STATUS", "NOT AFTER", "");
}

static void
print_row(const json_t *c)
{
	const bool own = json_is_null(json_object_get(c, "manufacturer"));
	char remark[CTL_REMARK_MAX];

	printf(ROW, ctl_member(c, "serial"), own ? "-" : ctl_member(c, "manufacturer"),
	    own ? "(this registrar)" : ctl_member(c, "device_serial"), ctl_member(c, "status"),
	    ctl_member(c, "not_after"), ctl_words_remark(c, remark));
}

int
ctl_cert_list(struct ctl_args *a)
{
	static const struct ctl_table table = { print_head, print_row };
	struct ctl_pages p = { .path = "/v1/certificates", .name = "certificates" };
	struct brski_buf query = { 0 };
	int code;

	if ((code = read_filter(a, &query)) == CTL_OK) {
		p.query = brski_buf_cstr(&query);
		code = ctl_admin_print(a, &p, &table);
	}
	brski_buf_clear(&query);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The MASA's protocol on one screen. */
#include "masa/front.h"
#include "message/media.h"

static const char *const json_media[] = { "application/json", NULL };

#define BASE "/.well-known/brski"

/*
 * RFC 8995 5.4: nobody is turned away for the lack of a client certificate; nonceless requests are.
 */
const struct brski_route masa_routes[] = {
	{ BRSKI_POST, BASE "/requestvoucher", brski_voucher_media, brski_voucher_media,
	    BRSKI_ENVELOPE_MAX, BRSKI_WHO_ANYONE, masa_requestvoucher, "RFC 8995 5.5", BRSKI_BINARY,
	    NULL },
	{ BRSKI_POST, BASE "/requestauditlog", brski_voucher_media, json_media, BRSKI_ENVELOPE_MAX,
	    BRSKI_WHO_ANYONE, masa_requestauditlog, "RFC 8995 5.8", BRSKI_BINARY, NULL },
};
const size_t masa_routes_n = sizeof(masa_routes) / sizeof(masa_routes[0]);

struct masa_rvr_in
masa_rvr_in(const struct masa *m, const struct brski_exchange *x, int64_t at)
{
	return (struct masa_rvr_in){
		.format = brski_format_find(x->media),
		.wire = x->body,
		.anchors = &m->manufacturer_anchors,
		.crls = &m->crls,
		.serial_from = m->serial_from,
		.at = at,
		.ignore_expiry = m->ignore_expiry,
		.strict = m->strict,
		.own = m->keeper.signer_chain.n > 0 ? &m->keeper.signer_chain.v[0] : NULL,
		.chains = m->chains,
	};
}

void
masa_refuse(struct masa *m, struct brski_exchange *x, struct brski_slice event,
    struct brski_slice serial, const struct brski_err *err)
{
	struct brski_audit_row row = {
		.time = brski_clock_now(&m->clock),
		.actor = brski_slice_str(x->peer->address),
		.event = event,
		.serial = serial,
		.rc = brski_slice_str(brski_rc_name(err->rc)),
		.spec = brski_slice_str(err->spec),
		.detail = brski_slice_str(err->detail),
	};
	struct brski_err why = { 0 };

	/* what a request claims may be longer than any serial number */
	if (row.serial.n > BRSKI_SERIAL_MAX)
		row.serial.n = BRSKI_SERIAL_MAX;
	if (err->spec != NULL && brski_audit_append(m->store, &row, &why) != BRSKI_OK)
		brski_log_err(m->log, "audit", &why);
	brski_reply_fail(x, (const char *)event.p, serial, err);
}

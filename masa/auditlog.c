/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requestauditlog: RFC 8995 5.8. The same RVR again, or a newer one, says who asks and for which
 * device.
 */
#include "masa/front.h"

#define EVENT BRSKI_LIT("requestauditlog")

/* RFC 8995 5.8: 404 for a device that does not exist, and for who was never an owner. */
static enum brski_rc
judge(struct masa *m, const struct masa_rvr_in *in, struct masa_rvr *rvr,
    struct masa_device *device, struct brski_err *err)
{
	const struct brski_voucher *v = &rvr->rvr.v;
	bool owner;
	enum brski_rc rc;

	if ((rc = masa_rvr_open(in, rvr, err)) != BRSKI_OK ||
	    (rc = masa_ledger_find(m->store, v->serial_number, v->idevid_issuer, device, err)) !=
	        BRSKI_OK ||
	    (rc = masa_ledger_was_owner(m->store, device, &rvr->chain, &owner, err)) != BRSKI_OK ||
	    (!owner &&
	        (rc = masa_ledger_was_owner(m->store, device, &rvr->former, &owner, err)) !=
	            BRSKI_OK))
		return rc;
	if (!owner)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 8995 5.8",
		    "requester was never an owner");
	return BRSKI_OK;
}

/*
 * The usual request is the one that got the voucher: what is on record was judged then, and is not
 * judged again (RFC 8995 5.8).
 */
static enum brski_rc
request_log(struct masa *m, const struct masa_rvr_in *in, struct masa_rvr *rvr,
    struct brski_buf *reply, struct brski_err *err)
{
	struct brski_auditlog log;
	struct masa_device device;
	uint8_t digest[BRSKI_SHA256_SIZE];
	bool judged;
	enum brski_rc rc;

	brski_sha256(in->wire, digest);
	if ((rc = masa_ledger_by_request(m->store, brski_slice(digest, sizeof(digest)), &device,
	         &judged, err)) != BRSKI_OK ||
	    (!judged && (rc = judge(m, in, rvr, &device, err)) != BRSKI_OK) ||
	    (rc = masa_ledger_log(m->store, &device, &log, err)) != BRSKI_OK)
		return rc;
	rc = brski_auditlog_encode_json(&log, reply, err);
	brski_auditlog_clear(&log);
	return rc;
}

void
masa_requestauditlog(void *app, struct brski_exchange *x)
{
	struct masa *m = app;
	const struct masa_rvr_in in = masa_rvr_in(m, x, brski_clock_now(&m->clock));
	struct masa_rvr rvr = { 0 };
	struct brski_err err = { 0 };

	if (request_log(m, &in, &rvr, &x->reply, &err) != BRSKI_OK) {
		masa_refuse(m, x, EVENT, rvr.rvr.v.serial_number, &err);
	} else {
		x->reply_media = "application/json";
		brski_reply_ok(x);
	}
	masa_rvr_clear(&rvr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry: how it went, in fixed words that help no attacker. RFC 8995 5.7 and 5.9.4. */
#include "message/status.h"

#include "pledge/engine.h"

/* JSON or CBOR, as the voucher format has it: cBRSKI 12.3. */
static enum brski_rc
write_status(struct pledge *p, const void *arg, const struct pledge_peer *peer,
    struct brski_buf *body, struct brski_err *err)
{
	const struct brski_status_form *form =
	    brski_status_form_find(brski_slice_str(p->format->status_media));

	(void)peer;
	if (form == NULL)
		return brski_broken(err, BRSKI_E_INTERNAL, "no telemetry as %s in this build",
		    p->format->status_media);
	return form->encode(arg, body, err);
}

/* Whatever the registrar answers is no concern of ours: 5.7. */
static enum brski_rc
tell(struct pledge *p, enum pledge_call call, const struct brski_err *why, struct brski_err *err)
{
	struct brski_status status = { .version = 1, .status = why == NULL };
	struct pledge_op op = { .call = call,
		.media = p->format->status_media,
		.max = BRSKI_STATUS_MAX,
		.any_status = true,
		.write = write_status,
		.arg = &status };
	struct brski_buf answer = pledge_buf(p);
	const char *reason = why != NULL ? brski_rc_text(why->rc) : "";
	enum brski_rc rc;

	memcpy(status.reason, reason, strlen(reason) + 1);
	rc = pledge_ask(p, &op, &answer, err);
	brski_buf_clear(&answer);
	return rc;
}

enum brski_rc
pledge_tell_voucher(struct pledge *p, const struct brski_err *why, struct brski_err *err)
{
	enum brski_rc rc = tell(p, PLEDGE_CALL_VOUCHER_STATUS, why, err);

	p->told = rc == BRSKI_OK;
	return rc;
}

enum brski_rc
pledge_tell_enrol(struct pledge *p, const struct brski_err *why, struct brski_err *err)
{
	return tell(p, PLEDGE_CALL_ENROL_STATUS, why, err);
}

/* Success is told over a new connection, made with what was issued: that proves it works. 5.9.4 */
enum brski_rc
pledge_confirm(struct pledge *p, struct brski_err *err)
{
	if (p->as != PLEDGE_AS_LDEVID)
		pledge_hang_up(p);
	p->as = PLEDGE_AS_LDEVID;
	return pledge_tell_enrol(p, NULL, err);
}

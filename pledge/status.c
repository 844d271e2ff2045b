/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry: how it went, in fixed words that help no attacker. RFC 8995 5.7 and 5.9.4. */
#include "message/status.h"

#include "pledge/engine.h"

#define JSON "application/json"

static enum brski_rc
write_status(struct pledge *p, const void *arg, const struct pledge_peer *peer,
    struct brski_buf *body, struct brski_err *err)
{
	(void)p;
	(void)peer;
	return brski_status_encode_json(arg, body, err);
}

/* Whatever the registrar answers is no concern of ours: 5.7. */
static enum brski_rc
tell(struct pledge *p, const char *path, const struct brski_err *why, struct brski_err *err)
{
	struct brski_status status = { .version = 1, .status = why == NULL };
	struct pledge_op op = { .post = true,
		.path = path,
		.media = JSON,
		.max = BRSKI_STATUS_MAX,
		.any_status = true,
		.write = write_status,
		.arg = &status };
	struct brski_buf answer = { 0 };
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
	enum brski_rc rc = tell(p, "/.well-known/brski/voucher_status", why, err);

	p->told = rc == BRSKI_OK;
	return rc;
}

enum brski_rc
pledge_tell_enrol(struct pledge *p, const struct brski_err *why, struct brski_err *err)
{
	return tell(p, "/.well-known/brski/enrollstatus", why, err);
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

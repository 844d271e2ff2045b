/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/revoke.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "registrar/batch.h"
#include "registrar/va.h"

#define CLAUSE "RFC 5280 5.3.1"

/* One operator's word while it is carried out. */
struct act {
	struct registrar *r;
	const char *actor, *event;
	enum brski_reason reason;
	int64_t now;
	char detail[REGISTRAR_COMMENT_MAX + 1];
	struct brski_buf text; /* in detail */
};

static void
act_init(struct act *a, struct registrar *r, const char *actor, const char *event,
    enum brski_reason reason)
{
	*a = (struct act){ .r = r, .actor = actor, .event = event, .reason = reason };
	a->now = brski_clock_now(&r->clock);
	a->text = brski_buf_fixed(a->detail, sizeof(a->detail));
}

/* More for the trail; what there is no room for is in the table of certificates. */
static void
say(struct act *a, const char *text)
{
	(void)brski_buf_append_str(&a->text, text, NULL);
}

static void
say_serial(void *arg, struct brski_slice serial)
{
	char number[REGISTRAR_NUMBER_TEXT];
	struct act *a = arg;

	registrar_number_text(serial, number);
	if (a->text.n + strlen(number) + 16 < sizeof(a->detail)) {
		say(a, ", certificate ");
		say(a, number);
	}
}

static const char *
said(struct act *a)
{
	return brski_buf_cstr(&a->text);
}

/* 5.3.1: what an operator may give as a reason. */
static enum brski_rc
check_reason(enum brski_reason reason, struct brski_err *err)
{
	if (reason == BRSKI_REASON_SUPERSEDED || reason == BRSKI_REASON_REMOVE)
		return brski_fail(err, BRSKI_E_FORBIDDEN, CLAUSE, "%s cannot be given as a reason",
		    brski_reason_name((int)reason));
	return BRSKI_OK;
}

static enum brski_rc
mark_lists(struct registrar *r, struct brski_err *err)
{
	size_t n;

	/* one is enough: each tells of all */
	return registrar_crl_mark_stale(r->store,
	    brski_slice(registrar_keeper_authorities(r->site->keeper, &n)->id,
	        REGISTRAR_AUTHORITY_ID),
	    err);
}

/* Who revokes what was revoked before does not make that later than it was. */
static enum brski_rc
set_revoked(struct act *a, const struct registrar_certificate *c, struct brski_err *err)
{
	enum brski_rc rc;

	say_serial(a, c->serial);
	if ((rc = registrar_certificate_set_revoked(a->r->store, c->id,
	         c->revoked != 0 ? c->revoked : a->now, a->reason, err)) == BRSKI_OK)
		rc = registrar_crl_mark_stale(a->r->store, c->authority, err);
	return rc;
}

#define SAID 4 /* serial numbers that there is room for */

/* A lot of a device's certificates; at 0: in force again. Adds to *n how many they are. */
static enum brski_rc
set_lot(struct act *a, enum registrar_lot lot, int64_t device, int64_t root, int64_t at, int64_t *n,
    struct brski_err *err)
{
	const struct registrar_change c = { lot, device, root, a->now, at,
		at != 0 ? a->reason : BRSKI_REASON_UNSPECIFIED };
	int64_t changed = 0;
	enum brski_rc rc;

	if ((rc = registrar_certificate_lot(a->r->store, &c, SAID, say_serial, a, err)) !=
	        BRSKI_OK ||
	    (rc = registrar_certificate_change(a->r->store, &c, &changed, err)) != BRSKI_OK)
		return rc;
	*n += changed;
	return changed > 0 ? mark_lists(a->r, err) : BRSKI_OK;
}

/*
 * What is recorded as revoked is revoked: OCSP says so from now on. A list that cannot be signed,
 * because the clock stands before the last one or its CA has no key any more, does not undo that.
 */
static enum brski_rc
renew_list(struct registrar *r, const uint8_t id[REGISTRAR_AUTHORITY_ID], struct brski_err *err)
{
	struct brski_err why = { 0 };
	enum brski_rc rc = registrar_crl_publish(r, id, &why);

	if (registrar_crl_can_wait(rc))
		return BRSKI_OK;
	if (rc != BRSKI_OK && err != NULL)
		*err = why;
	return rc;
}

enum brski_rc
registrar_revoke_publish(struct registrar *r, struct brski_err *err)
{
	const struct registrar_authority *a;
	bool stale = false;
	size_t i, n;
	enum brski_rc rc = BRSKI_OK;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n && rc == BRSKI_OK; i++)
		if ((rc = registrar_crl_is_stale(r->store, a[i].id, &stale, err)) == BRSKI_OK &&
		    stale)
			rc = renew_list(r, a[i].id, err);
	return rc;
}

/* The rows that go with it, and the lists. */
static enum brski_rc
finish(struct act *a, struct registrar_device *d, struct brski_err *err)
{
	struct registrar_about about = { { NULL, 0 }, { NULL, 0 } };
	enum brski_rc rc;

	if (d != NULL) {
		about = registrar_about_device(d);
		if ((rc = registrar_life_update(a->r, d, said(a), err)) != BRSKI_OK ||
		    (rc = registrar_device_put(a->r->store, d, err)) != BRSKI_OK)
			return rc;
	}
	if ((rc = registrar_record(a->r, a->actor, a->event, &about, NULL, said(a), err)) !=
	        BRSKI_OK ||
	    (rc = registrar_revoke_publish(a->r, err)) != BRSKI_OK)
		return rc;
	return registrar_commit(a->r, err);
}

static void
count(void *arg, const struct registrar_certificate *c, const char *manufacturer,
    const char *serial)
{
	(void)c;
	(void)manufacturer;
	(void)serial;
	++*(unsigned *)arg;
}

/*
 * Whose newest one it was is revoked with it, and with what it still has of superseded ones:
 * otherwise its IDevID would bring it back at once.
 */
static enum brski_rc
revoke_owner(struct act *a, const struct registrar_certificate *c, struct registrar_device *d,
    struct brski_err *err)
{
	const struct registrar_cert_filter f = { .device = d->id,
		.validity = REGISTRAR_CERT_VALID,
		.now = a->now,
		.after = c->id,
		.limit = 1 };
	unsigned left = 0;
	enum brski_rc rc;

	if ((rc = registrar_certificate_list(a->r->store, &f, count, &left, err)) != BRSKI_OK ||
	    left > 0 || d->standing != REGISTRAR_IN_ORDER)
		return rc;
	d->standing = REGISTRAR_REVOKED_DEVICE;
	return set_lot(a, REGISTRAR_LOT_IN_FORCE, d->id, 0, a->now, &(int64_t){ 0 }, err);
}

/* RFC 5280 5.3.1: others have the key; whatever it was good for may be theirs. */
static bool
is_compromise(enum brski_reason reason)
{
	return reason == BRSKI_REASON_KEY_COMPROMISE || reason == BRSKI_REASON_CA_COMPROMISE ||
	    reason == BRSKI_REASON_AA_COMPROMISE;
}

/* The certificate is taken back; and what was got by it, by whoever has the key. */
static enum brski_rc
revoke_one(struct act *a, const struct registrar_certificate *c, struct brski_err *err)
{
	struct registrar_device d;
	int64_t fallen = 0;
	enum brski_rc rc;

	say(a, brski_reason_name((int)a->reason));
	if ((rc = set_revoked(a, c, err)) != BRSKI_OK)
		return rc;
	if (c->device == 0)
		return finish(a, NULL, err);
	if (is_compromise(a->reason) &&
	    (rc = set_lot(a, REGISTRAR_LOT_FALLEN, c->device, c->id, a->now, &fallen, err)) !=
	        BRSKI_OK)
		return rc;
	if ((rc = registrar_device_get(a->r->store, c->device, &d, err)) != BRSKI_OK ||
	    ((c->not_after >= a->now || fallen > 0) &&
	        (rc = revoke_owner(a, c, &d, err)) != BRSKI_OK))
		return rc;
	return finish(a, &d, err);
}

/* Of what is not final: hold, and superseded, which was our own word, may become worse. */
static bool
is_final(const struct registrar_certificate *c, enum brski_reason reason)
{
	if (c->revoked == 0)
		return false;
	if (c->reason == BRSKI_REASON_HOLD)
		return reason == BRSKI_REASON_HOLD;
	return c->reason != BRSKI_REASON_SUPERSEDED || !is_compromise(reason);
}

enum brski_rc
registrar_revoke_certificate(struct registrar *r, const char *actor,
    const struct registrar_certificate *c, enum brski_reason reason, struct brski_err *err)
{
	struct act a;
	enum brski_rc rc;

	if ((rc = check_reason(reason, err)) != BRSKI_OK)
		return rc;
	if (is_final(c, reason))
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE,
		    "this certificate is revoked already");
	act_init(&a, r, actor, "revoke", reason);
	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = revoke_one(&a, c, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

static enum brski_rc
give_up(struct act *a, struct registrar_device *d, enum registrar_standing standing,
    struct brski_err *err)
{
	int64_t n = 0;
	enum brski_rc rc;

	if ((rc = registrar_begin(a->r, err)) != BRSKI_OK)
		return rc;
	d->standing = standing;
	if ((rc = set_lot(a, REGISTRAR_LOT_IN_FORCE, d->id, 0, a->now, &n, err)) != BRSKI_OK ||
	    (a->reason != BRSKI_REASON_HOLD &&
	        (rc = set_lot(a, REGISTRAR_LOT_ON_HOLD, d->id, 0, a->now, &n, err)) != BRSKI_OK) ||
	    (rc = finish(a, d, err)) != BRSKI_OK)
		registrar_rollback(a->r);
	return rc;
}

enum brski_rc
registrar_revoke_device(struct registrar *r, const char *actor, struct registrar_device *d,
    enum brski_reason reason, struct brski_err *err)
{
	struct registrar_certificate held;
	struct act a;
	enum brski_rc rc;

	if ((rc = check_reason(reason, err)) != BRSKI_OK ||
	    (rc = registrar_certificate_on_hold(r->store, d->id, &held, NULL, err)) != BRSKI_OK)
		return rc;
	if (d->standing != REGISTRAR_IN_ORDER &&
	    (held.id == 0 || d->standing != REGISTRAR_REVOKED_DEVICE ||
	        reason == BRSKI_REASON_HOLD))
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE,
		    "this device is revoked or decommissioned already");
	act_init(&a, r, actor, "revoke", reason);
	say(&a, brski_reason_name((int)reason));
	return give_up(&a, d, REGISTRAR_REVOKED_DEVICE, err);
}

enum brski_rc
registrar_decommission(struct registrar *r, const char *actor, struct registrar_device *d,
    const char *reason, struct brski_err *err)
{
	struct act a;

	if (d->standing == REGISTRAR_DECOMMISSIONED_DEVICE)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE,
		    "this device is decommissioned already");
	act_init(&a, r, actor, "decommission", BRSKI_REASON_CESSATION);
	say(&a, reason != NULL ? reason : "by the operator");
	return give_up(&a, d, REGISTRAR_DECOMMISSIONED_DEVICE, err);
}

/* Without a certificate in force it comes as a new one: an old voucher is no way back in. */
static enum brski_rc
readmit(struct act *a, struct registrar_device *d, struct brski_err *err)
{
	struct registrar_certificate c;
	int64_t n = 0;
	enum brski_rc rc;

	d->standing = REGISTRAR_IN_ORDER;
	d->reinstated = a->now;
	if ((rc = set_lot(a, REGISTRAR_LOT_ON_HOLD, d->id, 0, 0, &n, err)) != BRSKI_OK ||
	    (rc = registrar_certificate_in_force(a->r->store, d->id, a->now, &c, NULL, err)) !=
	        BRSKI_OK)
		return rc;
	if (c.id == 0) {
		d->request = 0;
		d->state = REGISTRAR_LISTED;
	}
	return finish(a, d, err);
}

enum brski_rc
registrar_reinstate(struct registrar *r, const char *actor, struct registrar_device *d,
    const char *reason, struct brski_err *err)
{
	struct registrar_certificate held;
	struct act a;
	enum brski_rc rc;

	if ((rc = registrar_certificate_on_hold(r->store, d->id, &held, NULL, err)) != BRSKI_OK)
		return rc;
	if (d->standing == REGISTRAR_IN_ORDER && held.id == 0)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE,
		    "this device is neither revoked nor decommissioned");
	act_init(&a, r, actor, "reinstate", BRSKI_REASON_UNSPECIFIED);
	say(&a, reason != NULL ? reason : "by the operator");
	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = readmit(&a, d, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

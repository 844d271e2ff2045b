/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation lists from the table of certificates, RFC 5280 5. All generations of the CA have one
 * name, and a list's scope is its issuer's name: so each one tells of all that is revoked,
 * whichever key signed the certificate. Who has only one of them misses nothing.
 */
#include <stdio.h>
#include "registrar/va_inner.h"

#define TELL_AGAIN_S 3600

struct walk {
	struct brski_query q;
	struct brski_err err;
};

static bool
next_entry(void *arg, struct brski_crl_entry *out)
{
	struct walk *w = arg;

	return registrar_crl_entry(&w->q, out, &w->err);
}

/* Sign what the table says now. c becomes the next list. */
static enum brski_rc
sign(struct registrar *r, size_t i, int64_t now, struct registrar_crl *c, struct brski_err *err)
{
	const int64_t lifetime = r->site->conf.crl_lifetime_s;
	struct walk w = { .err = { 0 } };
	struct brski_crl_facts f = { .this_update = now,
		.next_update = now + lifetime,
		.next = next_entry,
		.arg = &w };
	enum brski_rc rc;

	brski_buf_reset(&c->der);
	if ((rc = registrar_crl_last_number(r->store, &f.number, err)) != BRSKI_OK)
		return rc;
	f.number++;
	/* one list past its end, 3.3 */
	if ((rc = registrar_crl_entries(r->store, now - lifetime, &w.q, err)) != BRSKI_OK)
		return rc;
	rc = registrar_keeper_sign_crl(r->site->keeper, i, &f, &c->der, err);
	brski_query_end(&w.q);
	if (rc == BRSKI_OK && (rc = w.err.rc) != BRSKI_OK && err != NULL)
		*err = w.err;
	c->number = f.number;
	c->this_update = f.this_update;
	c->next_update = f.next_update;
	return rc;
}

/* Half of its life is over, or of what a life is now; the first one is due at once. */
static int64_t
due_of(const struct registrar *r, const struct registrar_crl *c)
{
	int64_t life = c->next_update - c->this_update;

	if (life > r->site->conf.crl_lifetime_s)
		life = r->site->conf.crl_lifetime_s;
	return c->number == 0 ? 1 : c->this_update + life / 2;
}

static enum brski_rc
publish_one(struct registrar *r, size_t i, int64_t now, struct registrar_crl *c,
    struct brski_err *err)
{
	struct registrar_va_list *l;
	enum brski_rc rc;

	if (now < c->this_update)
		return brski_fail(err, BRSKI_E_CONFLICT, "RFC 5280 5.1.2.4",
		    "the clock stands %lld s before the last revocation list: it stays",
		    (long long)(c->this_update - now));
	if ((rc = sign(r, i, now, c, err)) == BRSKI_OK &&
	    (rc = registrar_crl_put(r->store, c, err)) == BRSKI_OK) {
		registrar_crl_files_later(r);
		if ((l = registrar_va_list_of(r, c->authority)) != NULL)
			l->trouble[0] = '\0';
	}
	return rc;
}

bool
registrar_crl_can_wait(enum brski_rc rc)
{
	return rc == BRSKI_E_CONFLICT || rc == BRSKI_E_CONFIG || rc == BRSKI_E_EXPIRED ||
	    rc == BRSKI_E_TOO_LARGE;
}

/* Whoever was revoked since is not on it: said at once, and every hour until it is mended. */
static enum brski_rc
tell(struct registrar *r, const struct registrar_authority *a, int64_t number,
    const struct brski_err *why, struct brski_err *err)
{
	const struct registrar_about about = { { NULL, 0 }, { NULL, 0 } };
	struct registrar_va_list *l = registrar_va_list_of(r, a->id);
	int64_t now = brski_clock_now(&r->clock);

	if (l != NULL) {
		snprintf(l->trouble, sizeof(l->trouble), "%s", why->detail);
		if (l->told == number + 1 && now < l->told_at + TELL_AGAIN_S)
			return BRSKI_OK;
		l->told = number + 1;
		l->told_at = now;
	}
	brski_log_err(r->log, "crl", why);
	brski_log(r->log,
	    &(struct brski_entry){ .level = BRSKI_LOG_ERROR,
	        .stage = "crl",
	        .msg = "the last revocation list stays, and lacks what was revoked since; it is "
	               "tried again" });
	return registrar_record(r, "registrar", "crl", &about, why, NULL, err);
}

const char *
registrar_crl_trouble(struct registrar *r, const uint8_t authority[REGISTRAR_AUTHORITY_ID])
{
	const struct registrar_va_list *l = registrar_va_list_of(r, authority);

	return l != NULL && l->trouble[0] != '\0' ? l->trouble : NULL;
}

/* One of them; *waits: why it has to wait. */
static enum brski_rc
publish(struct registrar *r, size_t i, bool if_due, struct brski_err *waits, struct brski_err *err)
{
	const struct registrar_authority *a;
	int64_t now = brski_clock_now(&r->clock), number;
	struct brski_err why = { 0 };
	struct registrar_crl c;
	enum brski_rc rc;
	size_t n;

	a = &registrar_keeper_authorities(r->site->keeper, &n)[i];
	if ((rc = registrar_crl_head(r->store, a->id, &c, err)) != BRSKI_OK)
		return rc;
	number = c.number;
	if (!if_due || due_of(r, &c) <= now)
		rc = publish_one(r, i, now, &c, &why);
	brski_buf_clear(&c.der);
	if (registrar_crl_can_wait(rc)) {
		*waits = why;
		return tell(r, a, number, &why, err);
	}
	if (rc != BRSKI_OK && err != NULL)
		*err = why;
	return rc;
}

enum brski_rc
registrar_crl_publish(struct registrar *r, const uint8_t *authority, struct brski_err *err)
{
	const struct registrar_authority *a;
	struct brski_err waits = { 0 };
	enum brski_rc rc = BRSKI_OK;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n && rc == BRSKI_OK; i++)
		if (a[i].has_key &&
		    (authority == NULL || memcmp(authority, a[i].id, sizeof(a[i].id)) == 0))
			rc = publish(r, i, authority == NULL, &waits, err);
	if (rc == BRSKI_OK && waits.rc != BRSKI_OK && err != NULL)
		*err = waits;
	return rc != BRSKI_OK ? rc : waits.rc;
}

/* A CA that is beyond its time signs nothing any more. */
int64_t
registrar_crl_due(struct registrar *r)
{
	const struct registrar_authority *a;
	struct registrar_crl c;
	int64_t due = 0;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n; i++) {
		if (!a[i].has_key || a[i].cert->not_after < brski_clock_now(&r->clock) ||
		    registrar_crl_head(r->store, a[i].id, &c, NULL) != BRSKI_OK)
			continue;
		if (due == 0 || due_of(r, &c) < due)
			due = due_of(r, &c);
	}
	return due;
}

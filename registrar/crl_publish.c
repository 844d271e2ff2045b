/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists from the table of certificates, RFC 5280 5. */
#include "registrar/va.h"

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
	struct walk w = { .err = { 0 } };
	struct brski_crl_facts f = { .number = c->number + 1,
		.this_update = now,
		.next_update = now + r->site->conf.crl_lifetime_s,
		.next = next_entry,
		.arg = &w };
	enum brski_rc rc;

	brski_buf_reset(&c->der);
	/* one list past its end, 3.3 */
	if ((rc = registrar_crl_entries(r->store, c->authority, now - r->site->conf.crl_lifetime_s,
	         &w.q, err)) != BRSKI_OK)
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

static int64_t
due_of(const struct registrar_crl *c)
{
	return c->number == 0 ? 1 : c->this_update + (c->next_update - c->this_update) / 2;
}

static enum brski_rc
publish_one(struct registrar *r, size_t i, const struct registrar_authority *a, bool if_due,
    struct brski_err *err)
{
	int64_t now = brski_clock_now(&r->clock);
	struct registrar_crl c;
	enum brski_rc rc;

	if ((rc = registrar_crl_get(r->store, a->id, &c, err)) != BRSKI_OK)
		return rc;
	if (!if_due || due_of(&c) <= now) {
		if (now < c.this_update)
			rc = brski_broken(err, BRSKI_E_CONFLICT,
			    "the clock stands before the last revocation list");
		else if ((rc = sign(r, i, now, &c, err)) == BRSKI_OK)
			rc = registrar_crl_put(r->store, &c, err);
	}
	brski_buf_clear(&c.der);
	return rc;
}

__attribute__((weak)) enum brski_rc
registrar_crl_publish(struct registrar *r, const uint8_t *authority, struct brski_err *err)
{
	const struct registrar_authority *a;
	enum brski_rc rc = BRSKI_OK;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n && rc == BRSKI_OK; i++)
		if (a[i].has_key &&
		    (authority == NULL || memcmp(authority, a[i].id, sizeof(a[i].id)) == 0))
			rc = publish_one(r, i, &a[i], authority == NULL, err);
	return rc;
}

__attribute__((weak)) int64_t
registrar_crl_due(struct registrar *r)
{
	const struct registrar_authority *a;
	struct registrar_crl c;
	int64_t due = 0;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n; i++) {
		if (!a[i].has_key || registrar_crl_get(r->store, a[i].id, &c, NULL) != BRSKI_OK)
			continue;
		if (due == 0 || due_of(&c) < due)
			due = due_of(&c);
		brski_buf_clear(&c.der);
	}
	return due;
}

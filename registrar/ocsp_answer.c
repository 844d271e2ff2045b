/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP: what the table of certificates says, signed. RFC 6960, RFC 5019, RFC 9654. */
#include "registrar/batch.h"
#include "registrar/va_inner.h"

#define STAGE   "ocsp"
#define FOREIGN REGISTRAR_AUTHORITIES_MAX

/* One request while it is answered. */
struct asked {
	struct registrar *r;
	int64_t now, until;
	struct brski_ocsp_single singles[BRSKI_OCSP_CERTS_MAX];
	size_t n;
	size_t signer; /* which generation */
	struct brski_slice nonce;
};

/* --- what we know */

/* Which generation issued it; FOREIGN: none that can speak. */
static size_t
find_issuer(const struct registrar *r, const struct brski_ocsp_id *id)
{
	const struct registrar_authority *a;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n; i++)
		if (a[i].has_key && brski_ocsp_id_is_of(id, a[i].cert))
			return i;
	return FOREIGN;
}

static enum brski_rc
look_up(const struct asked *q, const struct brski_ocsp_id *id, size_t issuer,
    struct brski_ocsp_single *out, struct brski_err *err)
{
	const struct registrar_authority *a;
	struct registrar_certificate c = { 0 };
	enum brski_rc rc;
	size_t n;

	*out = (struct brski_ocsp_single){ .id = id->der,
		.status = BRSKI_OCSP_UNKNOWN,
		.this_update = q->now,
		.next_update = q->until };
	if (issuer == FOREIGN)
		return BRSKI_OK;
	a = &registrar_keeper_authorities(q->r->site->keeper, &n)[issuer];
	if ((rc = registrar_certificate_by_serial(q->r->store, brski_slice(a->id, sizeof(a->id)),
	         id->serial, &c, NULL, err)) != BRSKI_OK ||
	    c.id == 0)
		return rc;
	out->status = c.revoked != 0 ? BRSKI_OCSP_REVOKED : BRSKI_OCSP_GOOD;
	out->revoked = c.revoked;
	out->reason = c.reason;
	return BRSKI_OK;
}

/* Signed by the generation of the first one that is ours; else by the current one. */
static enum brski_rc
look_up_all(struct asked *q, const struct brski_ocsp_request *req, struct brski_err *err)
{
	size_t issuer;
	enum brski_rc rc = BRSKI_OK;

	q->signer = FOREIGN;
	q->nonce = req->nonce;
	for (q->n = 0; q->n < req->n && rc == BRSKI_OK; q->n++) {
		issuer = find_issuer(q->r, &req->ids[q->n]);
		rc = look_up(q, &req->ids[q->n], issuer, &q->singles[q->n], err);
		if (q->signer == FOREIGN)
			q->signer = issuer;
	}
	if (q->signer == FOREIGN)
		q->signer = 0;
	return rc;
}

/* The signer outlives each of its answers by far: who has kept one can still judge it. */
static enum brski_rc
sign(struct asked *q, struct brski_buf *out, struct brski_err *err)
{
	struct brski_ocsp_facts f = { .singles = q->singles,
		.n = q->n,
		.produced = q->now,
		.nonce = q->nonce };

	return registrar_keeper_sign_ocsp(q->r->site->keeper, q->signer, q->now,
	    4 * q->r->site->conf.ocsp_lifetime_s, &f, out, err);
}

static void
ask(struct asked *q, struct registrar *r)
{
	*q = (struct asked){ .r = r, .now = brski_clock_now(&r->clock) };
	q->until = q->now + r->site->conf.ocsp_lifetime_s;
}

/* --- answers that are ready, RFC 5019 */

/* Where the answer is or would be; the CertID's hash goes to id. NULL without memory. */
static struct registrar_ready *
place(struct registrar *r, struct brski_slice der, uint8_t id[BRSKI_SHA256_SIZE])
{
	struct registrar_va *va = registrar_va_memory(r);

	brski_sha256(der, id);
	return va != NULL ? &va->ready[(id[0] << 8 | id[1]) % REGISTRAR_READY_N] : NULL;
}

/* The same facts, and less than half of its life is over; the clock may have been set back. */
static bool
still_good(const struct registrar_ready *a, const uint8_t id[BRSKI_SHA256_SIZE],
    const struct brski_ocsp_single *s)
{
	return a->der.n > 0 && memcmp(a->id, id, BRSKI_SHA256_SIZE) == 0 &&
	    a->status == s->status && a->revoked == s->revoked && a->reason == s->reason &&
	    a->this_update <= s->this_update &&
	    s->this_update < a->this_update + (a->next_update - a->this_update) / 2;
}

static enum brski_rc
make_ready(struct asked *q, const uint8_t id[BRSKI_SHA256_SIZE], struct registrar_ready *a,
    struct brski_err *err)
{
	const struct brski_ocsp_single *s = &q->singles[0];
	uint8_t hash[BRSKI_SHA256_SIZE];
	enum brski_rc rc;

	a->der.max = BRSKI_OCSP_RESPONSE_MAX;
	brski_buf_reset(&a->der);
	if ((rc = sign(q, &a->der, err)) != BRSKI_OK) {
		brski_buf_reset(&a->der);
		return rc;
	}
	memcpy(a->id, id, BRSKI_SHA256_SIZE);
	a->status = s->status;
	a->revoked = s->revoked;
	a->reason = s->reason;
	a->this_update = s->this_update;
	a->next_update = s->next_update;
	brski_sha256(brski_buf_slice(&a->der), hash);
	memcpy(a->etag, hash, sizeof(a->etag));
	return BRSKI_OK;
}

/*
 * The answer to q, which is about one certificate of ours and has no nonce. *out NULL: it cannot be
 * kept, sign it for this once: what is not on disk yet may still not come true.
 */
static enum brski_rc
find_ready(struct asked *q, struct registrar_ready **out, struct brski_err *err)
{
	uint8_t id[BRSKI_SHA256_SIZE];
	struct registrar_ready *a = place(q->r, q->singles[0].id, id);
	enum brski_rc rc = BRSKI_OK;

	*out = NULL;
	if (a == NULL || q->r->batch.open)
		return BRSKI_OK;
	if (!still_good(a, id, &q->singles[0]))
		rc = make_ready(q, id, a, err);
	if (rc == BRSKI_OK)
		*out = a;
	return rc;
}

/* --- the operations */

/* RFC 6960 2.3: what goes wrong is said in the answer. */
static enum brski_ocsp_status
status_of(enum brski_rc rc)
{
	switch (rc) {
	case BRSKI_E_MALFORMED:
	case BRSKI_E_TOO_LARGE:
		return BRSKI_OCSP_MALFORMED;
	case BRSKI_E_SIGNATURE: /* nobody is known here */
	case BRSKI_E_EXPIRED:   /* the CA has no say any more */
	case BRSKI_E_CONFIG:
		return BRSKI_OCSP_UNAUTHORIZED;
	case BRSKI_E_NOMEM:
	case BRSKI_E_UNAVAILABLE:
		return BRSKI_OCSP_TRY_LATER;
	default:
		return BRSKI_OCSP_INTERNAL_ERROR;
	}
}

/* Unsigned, with HTTP's 200. */
static void
reply_error(struct brski_exchange *x, const struct brski_err *why)
{
	enum brski_ocsp_status status = status_of(why->rc);
	bool theirs = status == BRSKI_OCSP_MALFORMED || why->rc == BRSKI_E_SIGNATURE;
	struct brski_entry e = { .level = theirs ? BRSKI_LOG_WARN : BRSKI_LOG_ERROR,
		.stage = STAGE,
		.peer = brski_slice_str(x->peer->address),
		.err = why };
	struct brski_err err = { 0 };

	brski_log(x->log, &e);
	brski_buf_reset(&x->reply);
	if (brski_ocsp_error_encode(status, &x->reply, &err) == BRSKI_OK)
		brski_reply_ok(x);
	else
		brski_reply_fail(x, STAGE, (struct brski_slice){ 0 }, &err);
}

static void
set_caching(const struct registrar_ready *a, struct brski_caching *out)
{
	memcpy(out->etag, a->etag, sizeof(a->etag));
	out->etag_n = sizeof(a->etag);
	out->modified = a->this_update;
	out->expires = a->next_update;
}

/* false: the client has it already, x is gone. */
static bool
compose(struct asked *q, struct brski_exchange *x, struct brski_err *err)
{
	struct registrar_ready *a = NULL;

	if (q->n == 1 && !brski_slice_present(q->nonce) &&
	    q->singles[0].status != BRSKI_OCSP_UNKNOWN) {
		if (find_ready(q, &a, err) != BRSKI_OK)
			return true;
	}
	if (a == NULL) {
		(void)sign(q, &x->reply, err);
		return true;
	}
	set_caching(a, &x->caching);
	if (brski_reply_unchanged(x))
		return false;
	(void)brski_buf_append(&x->reply, brski_buf_slice(&a->der), err);
	return true;
}

/* Whoever asks is answered, so a signature that nobody can judge has no business here. */
static enum brski_rc
read_request(struct brski_slice in, struct brski_ocsp_request *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_ocsp_request_decode(in, out, err)) != BRSKI_OK)
		return rc;
	if (out->is_signed)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5019 2.1.2",
		    "the OCSP request is signed");
	return BRSKI_OK;
}

static void
answer(struct registrar *r, struct brski_exchange *x, struct brski_slice in)
{
	struct brski_ocsp_request req;
	struct brski_err err = { 0 };
	struct asked q;

	ask(&q, r);
	x->reply_media = registrar_va_routes[3].media_out[0];
	if (read_request(in, &req, &err) == BRSKI_OK && look_up_all(&q, &req, &err) == BRSKI_OK &&
	    !compose(&q, x, &err))
		return;
	if (err.rc != BRSKI_OK)
		reply_error(x, &err);
	else
		registrar_reply_ok(r, x, STAGE);
}

void
registrar_va_ocsp_post(void *app, struct brski_exchange *x)
{
	answer(app, x, x->body);
}

void
registrar_va_ocsp_get(void *app, struct brski_exchange *x)
{
	struct brski_buf der = { .max = BRSKI_OCSP_REQUEST_MAX };
	struct brski_err err = { 0 };

	x->reply_media = registrar_va_routes[3].media_out[0];
	if (registrar_ocsp_path_decode(x->rest, &der, &err) == BRSKI_OK)
		answer(app, x, brski_buf_slice(&der));
	else
		reply_error(x, &err);
	brski_buf_clear(&der);
}

/* --- for TLS, RFC 6066 8 */

/* Which generation the table says it is of; FOREIGN: it is not there. */
static enum brski_rc
find_own(struct registrar *r, const struct brski_cert *c, size_t *issuer, struct brski_err *err)
{
	struct brski_buf der = { .max = 2 * BRSKI_CERT_MAX };
	struct registrar_certificate row = { 0 };
	const struct registrar_authority *a;
	enum brski_rc rc;
	size_t n;

	*issuer = FOREIGN;
	a = registrar_keeper_authorities(r->site->keeper, &n);
	if ((rc = registrar_certificate_match(r->store, c, &row, &der, err)) == BRSKI_OK &&
	    row.id != 0)
		while (n-- > 0)
			if (a[n].has_key &&
			    brski_slice_eq(row.authority, brski_slice(a[n].id, sizeof(a[n].id))))
				*issuer = n;
	brski_buf_clear(&der);
	return rc;
}

static enum brski_rc
staple(struct asked *q, struct brski_buf *out, int64_t *next_update, struct brski_err *err)
{
	struct registrar_ready *a;
	enum brski_rc rc;

	*next_update = q->until;
	if ((rc = find_ready(q, &a, err)) != BRSKI_OK)
		return rc;
	if (a == NULL)
		return sign(q, out, err);
	*next_update = a->next_update;
	return brski_buf_append(out, brski_buf_slice(&a->der), err);
}

enum brski_rc
registrar_ocsp_staple(struct registrar *r, const struct brski_cert *c, struct brski_buf *out,
    int64_t *next_update, struct brski_err *err)
{
	struct brski_ocsp_id id = { .serial = c->serial };
	struct brski_buf der = { 0 };
	struct asked q;
	enum brski_rc rc;
	size_t n;

	ask(&q, r);
	if ((rc = find_own(r, c, &q.signer, err)) != BRSKI_OK)
		return rc;
	if (q.signer == FOREIGN)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 6066 8",
		    "no CA of ours issued this certificate");
	q.n = 1;
	if ((rc = brski_ocsp_id_encode(BRSKI_SHA1,
	         registrar_keeper_authorities(r->site->keeper, &n)[q.signer].cert, c->serial, &der,
	         err)) == BRSKI_OK) {
		id.der = brski_buf_slice(&der);
		if ((rc = look_up(&q, &id, q.signer, &q.singles[0], err)) == BRSKI_OK)
			rc = staple(&q, out, next_update, err);
	}
	brski_buf_clear(&der);
	return rc;
}

struct brski_slice
registrar_va_staple(void *app, const struct brski_cert *own)
{
	struct registrar *r = app;
	struct registrar_va *va = registrar_va_memory(r);
	struct brski_err err = { 0 };
	int64_t until;
	enum brski_rc rc;

	if (va == NULL)
		return (struct brski_slice){ 0 };
	va->staple.max = BRSKI_OCSP_RESPONSE_MAX;
	brski_buf_reset(&va->staple);
	if ((rc = registrar_ocsp_staple(r, own, &va->staple, &until, &err)) == BRSKI_OK)
		return brski_buf_slice(&va->staple);
	if (rc != BRSKI_E_UNKNOWN) /* a certificate of another PKI is nothing to tell of */
		brski_log_err(r->log, STAGE, &err);
	return (struct brski_slice){ 0 };
}

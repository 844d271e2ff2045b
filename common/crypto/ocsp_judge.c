/* SPDX-License-Identifier: Apache-2.0 */
/* What a client makes of an OCSPResponse, RFC 6960 3.2 and 4.2 */
#include "crypto/ocsp_der.h"
#include "crypto/spki.h"

#define SKEW_S 300 /* by which a responder's clock may be ahead of ours */

/* Slices point into the response. */
struct answer {
	struct brski_slice tbs;  /* ResponseData, what is signed */
	struct brski_slice alg;  /* signatureAlgorithm, DER */
	struct brski_slice sig;  /* absent: not whole octets */
	struct brski_slice name; /* responderID: one of the two */
	struct brski_slice key_hash;
	struct brski_slice certs; /* content of certs */
	struct brski_slice nonce;
	struct brski_ocsp_single single; /* the one that was asked for */
	bool found;
};

/* Exactly YYYYMMDDHHMMSSZ, RFC 5280 4.1.2.5.2 */
static bool
take_time(struct brski_slice *in, int64_t *out)
{
	struct brski_slice text;

	return brski_der_take(in, BRSKI_DER_GENERAL_TIME, &text) && text.n == 15 &&
	    brski_time_parse_asn1(text, out, NULL) == BRSKI_OK;
}

/* RevokedInfo */
static bool
read_revoked(struct brski_slice in, struct brski_ocsp_single *s)
{
	struct brski_slice outer, code;

	s->status = BRSKI_OCSP_REVOKED;
	if (!take_time(&in, &s->revoked))
		return false;
	if (brski_der_take(&in, BRSKI_OCSP_CONTEXT_CONS(0), &outer)) {
		if (!brski_der_take(&outer, BRSKI_DER_ENUMERATED, &code) || outer.n != 0 ||
		    code.n != 1 || brski_reason_name(code.p[0]) == NULL)
			return false;
		s->reason = code.p[0];
	}
	return in.n == 0;
}

static bool
take_status(struct brski_slice *in, struct brski_ocsp_single *s)
{
	struct brski_slice nothing = { NULL, 0 }, info;

	if (brski_der_take(in, BRSKI_OCSP_CONTEXT_CONS(1), &info))
		return read_revoked(info, s);
	if (brski_der_take(in, BRSKI_OCSP_CONTEXT(0), &nothing))
		s->status = BRSKI_OCSP_GOOD;
	else if (brski_der_take(in, BRSKI_OCSP_CONTEXT(2), &nothing))
		s->status = BRSKI_OCSP_UNKNOWN;
	else
		return false;
	return nothing.n == 0;
}

/* SingleResponse */
static bool
read_single(struct brski_slice in, struct brski_ocsp_id *id, struct brski_ocsp_single *s)
{
	struct brski_slice outer;

	*s = (struct brski_ocsp_single){ .next_update = BRSKI_TIME_UNKNOWN };
	if (!brski_ocsp_id_take(&in, id) || !take_status(&in, s) ||
	    !take_time(&in, &s->this_update))
		return false;
	s->id = id->der;
	if (brski_der_take(&in, BRSKI_OCSP_CONTEXT_CONS(0), &outer) &&
	    (!take_time(&outer, &s->next_update) || outer.n != 0))
		return false;
	return brski_ocsp_exts_take(&in, BRSKI_OCSP_CONTEXT_CONS(1), NULL) == NULL && in.n == 0;
}

/* Should it be there more than once, the worst counts. */
static bool
read_singles(struct brski_slice in, const struct brski_ocsp_question *q, struct answer *a)
{
	struct brski_ocsp_single s;
	struct brski_ocsp_id id;
	struct brski_slice one;

	while (in.n > 0) {
		if (!brski_der_take(&in, BRSKI_DER_SEQUENCE, &one) || !read_single(one, &id, &s))
			return false;
		if (!brski_slice_eq(id.serial, q->subject->serial) ||
		    !brski_ocsp_id_is_of(&id, q->issuer) ||
		    (a->found && s.status == BRSKI_OCSP_GOOD))
			continue;
		a->found = true;
		a->single = s;
	}
	return true;
}

/* byName [1], byKey [2], both EXPLICIT */
static bool
take_responder(struct brski_slice *in, struct answer *a)
{
	struct brski_slice outer, none;

	if (brski_der_take(in, BRSKI_OCSP_CONTEXT_CONS(1), &a->name))
		return brski_name_read(a->name, &none);
	return brski_der_take(in, BRSKI_OCSP_CONTEXT_CONS(2), &outer) &&
	    brski_der_take(&outer, BRSKI_DER_OCTET_STRING, &a->key_hash) && outer.n == 0;
}

/* ResponseData */
static bool
read_data(struct brski_slice in, const struct brski_ocsp_question *q, struct answer *a)
{
	struct brski_slice singles;
	int64_t produced;

	return brski_ocsp_version_take(&in) && take_responder(&in, a) &&
	    take_time(&in, &produced) && brski_der_take(&in, BRSKI_DER_SEQUENCE, &singles) &&
	    read_singles(singles, q, a) &&
	    brski_ocsp_exts_take(&in, BRSKI_OCSP_CONTEXT_CONS(1), &a->nonce) == NULL && in.n == 0;
}

/* BasicOCSPResponse */
static bool
read_basic(struct brski_slice in, const struct brski_ocsp_question *q, struct answer *a)
{
	struct brski_slice seq, tbs, data, outer;

	if (!brski_der_is_strict(in) || !brski_der_take(&in, BRSKI_DER_SEQUENCE, &seq) ||
	    !brski_der_take_tlv(&seq, BRSKI_DER_SEQUENCE, &a->tbs) ||
	    !brski_der_take_tlv(&seq, BRSKI_DER_SEQUENCE, &a->alg) ||
	    !brski_der_take(&seq, BRSKI_DER_BIT_STRING, &a->sig))
		return false;
	a->sig = brski_der_octets(a->sig);
	if (brski_der_take(&seq, BRSKI_OCSP_CONTEXT_CONS(0), &outer) &&
	    (!brski_der_take(&outer, BRSKI_DER_SEQUENCE, &a->certs) || outer.n != 0))
		return false;
	tbs = a->tbs;
	return brski_der_take(&tbs, BRSKI_DER_SEQUENCE, &data) && seq.n == 0 &&
	    read_data(data, q, a);
}

/* The status; -1: broken. *bytes is absent unless it is 0. */
static int
read_response(struct brski_slice in, struct brski_slice *bytes)
{
	struct brski_slice seq, status, outer, body, type;

	if (in.n > BRSKI_OCSP_RESPONSE_MAX || !brski_der_is_strict(in) ||
	    !brski_der_take(&in, BRSKI_DER_SEQUENCE, &seq) ||
	    !brski_der_take(&seq, BRSKI_DER_ENUMERATED, &status) || status.n != 1)
		return -1;
	*bytes = (struct brski_slice){ NULL, 0 };
	if (status.p[0] != BRSKI_OCSP_SUCCESSFUL)
		return status.p[0];
	if (!brski_der_take(&seq, BRSKI_OCSP_CONTEXT_CONS(0), &outer) || seq.n != 0 ||
	    !brski_der_take(&outer, BRSKI_DER_SEQUENCE, &body) || outer.n != 0 ||
	    !brski_der_take(&body, BRSKI_DER_OID, &type) ||
	    !brski_slice_eq(type, BRSKI_OCSP_OID_BASIC) ||
	    !brski_der_take(&body, BRSKI_DER_OCTET_STRING, bytes) || body.n != 0)
		return -1;
	return BRSKI_OCSP_SUCCESSFUL;
}

/* Is it the one that responderID names? */
static bool
is_responder(const struct answer *a, const struct brski_cert *c)
{
	uint8_t digest[BRSKI_HASH_MAX];

	if (brski_slice_present(a->name))
		return brski_name_eq(a->name, c->subject);
	return brski_slice_eq(a->key_hash, brski_digest(BRSKI_SHA1, c->key, digest));
}

/* RFC 6960 4.2.2.2: certified for this by the CA that issued the certificate in question. */
static enum brski_rc
check_delegation(const struct brski_cert *c, const struct brski_ocsp_question *q,
    struct brski_err *err)
{
	if ((c->eku & BRSKI_EKU_OCSP_SIGNING) == 0 || brski_slice_present(c->unknown_critical) ||
	    (c->has_key_usage && (c->key_usage & BRSKI_KU_DIGITAL_SIGNATURE) == 0))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2",
		    "responder's certificate is not for OCSP");
	if (!brski_name_eq(c->issuer, q->issuer->subject) ||
	    brski_verify(q->issuer->spki, c->sig_alg, c->tbs, c->sig, NULL) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2",
		    "responder's certificate is not of the issuer that is asked about");
	if (q->at != BRSKI_TIME_UNKNOWN && (q->at < c->not_before || q->at > c->not_after))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.1.2.5",
		    "responder's certificate is out of its time");
	return BRSKI_OK;
}

static enum brski_rc
check_signer(const struct answer *a, const struct brski_cert *c,
    const struct brski_ocsp_question *q, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;

	if (c != q->issuer)
		rc = check_delegation(c, q, err);
	return rc != BRSKI_OK ? rc
	                      : brski_verify(c->spki, brski_alg_read(a->alg), a->tbs, a->sig, err);
}

/* The issuer, or a certificate that came along; responderID says which, the signature proves it. */
static enum brski_rc
check_signature(const struct answer *a, const struct brski_ocsp_question *q, struct brski_err *err)
{
	struct brski_slice certs = a->certs, der;
	struct brski_err why = { 0 };
	struct brski_cert c;
	size_t i;

	if (is_responder(a, q->issuer) && check_signer(a, q->issuer, q, &why) == BRSKI_OK)
		return BRSKI_OK;
	for (i = 0; i < BRSKI_CHAIN_MAX && brski_der_take_tlv(&certs, BRSKI_DER_SEQUENCE, &der);
	     i++)
		if (brski_cert_decode(der, &c, NULL) == BRSKI_OK && is_responder(a, &c) &&
		    check_signer(a, &c, q, &why) == BRSKI_OK)
			return BRSKI_OK;
	if (why.rc == BRSKI_OK)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.3",
		    "no certificate of the responder");
	if (err != NULL && err->rc == BRSKI_OK)
		*err = why;
	return why.rc;
}

/* RFC 6960 3.2 (5) and (6); RFC 5019 2.2.4: without nextUpdate, as old as the caller likes. */
static enum brski_rc
check_time(const struct brski_ocsp_single *s, const struct brski_ocsp_question *q,
    struct brski_err *err)
{
	int64_t until = s->next_update;

	if (until == BRSKI_TIME_UNKNOWN)
		until = s->this_update + q->max_age_s;
	if (q->at != BRSKI_TIME_UNKNOWN && (s->this_update > q->at + SKEW_S || q->at > until))
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 6960 3.2",
		    "OCSP answer is not of this time");
	return BRSKI_OK;
}

static enum brski_rc
check_status(const struct brski_ocsp_single *s, struct brski_err *err)
{
	char when[BRSKI_TIME_TEXT];

	if (s->status == BRSKI_OCSP_REVOKED) {
		brski_time_format_rfc3339(s->revoked, when);
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 6960 2.2", "revoked since %s: %s",
		    when, brski_reason_name(s->reason));
	}
	if (s->status != BRSKI_OCSP_GOOD)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 6960 2.2",
		    "the responder does not know the certificate");
	return BRSKI_OK;
}

static enum brski_rc
judge(const struct answer *a, const struct brski_ocsp_question *q, struct brski_err *err)
{
	enum brski_rc rc;

	if (!a->found)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 6960 3.2",
		    "OCSP answer is about another certificate");
	if ((rc = check_signature(a, q, err)) != BRSKI_OK)
		return rc;
	/* RFC 9654 2.1: a responder may leave it out; then the dates have to do. */
	if (brski_slice_present(q->nonce) && brski_slice_present(a->nonce) &&
	    !brski_slice_eq(q->nonce, a->nonce))
		return brski_fail(err, BRSKI_E_NONCE, "RFC 9654 2.1",
		    "OCSP answer has another's nonce");
	return check_time(&a->single, q, err);
}

enum brski_rc
brski_ocsp_response_judge(struct brski_slice in, const struct brski_ocsp_question *q,
    int64_t *next_update, struct brski_err *err)
{
	struct answer a = { 0 };
	struct brski_slice bytes;
	int64_t unused;
	enum brski_rc rc;
	int status;

	next_update = next_update != NULL ? next_update : &unused;
	*next_update = BRSKI_TIME_UNKNOWN;
	status = read_response(in, &bytes);
	if (status > BRSKI_OCSP_SUCCESSFUL)
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 6960 4.2.1",
		    "OCSP responder's error %d", status);
	if (status < 0 || !read_basic(bytes, q, &a))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 6960 4.2.1",
		    "OCSP answer broken, or with a critical extension");
	if ((rc = judge(&a, q, err)) != BRSKI_OK)
		return rc;
	*next_update = a.single.next_update;
	return check_status(&a.single, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "message/format.h"

#include <stdio.h>
#include "asn1/der.h"
#include "base/text.h"
#include "message/with.h"

#if BRSKI_WITH_CMS
/* A DER SEQUENCE; CBOR, JSON and text start otherwise. */
static bool
like_cms(struct brski_slice wire)
{
	return wire.n > 0 && wire.p[0] == BRSKI_DER_SEQUENCE;
}
#endif

#if BRSKI_WITH_COSE
/* A CBOR array or tag, no octet of ASCII: also what COSE then refuses for its wrong tag or none. */
static bool
like_cose(struct brski_slice wire)
{
	return wire.n > 0 && (wire.p[0] >> 5 == 4 || wire.p[0] >> 5 == 6);
}
#endif

const struct brski_format brski_formats[] = {
#if BRSKI_WITH_CMS
	{ "application/voucher-cms+json", "vcj", 0, like_cms, brski_cms_open, brski_cms_look,
	    brski_cms_seal, brski_voucher_decode_json, brski_voucher_encode_json, NULL,
	    "application/json", false, false },
#endif
#if BRSKI_WITH_COSE
	{ "application/voucher+cose", "vch", 836, like_cose, brski_cose_open, brski_cose_look,
	    brski_cose_seal, brski_voucher_decode_cbor, brski_voucher_encode_cbor,
	    brski_cose_forward, "application/cbor", true, true },
#endif
};
const size_t brski_formats_n = sizeof(brski_formats) / sizeof(brski_formats[0]);

const struct brski_format *
brski_format_find(struct brski_slice media_type)
{
	size_t i;

	for (i = 0; i < brski_formats_n; i++)
		if (brski_text_media_eq(media_type, brski_formats[i].media_type))
			return &brski_formats[i];
	return NULL;
}

const struct brski_format *
brski_format_sniff(struct brski_slice wire)
{
	size_t i;

	for (i = 0; i < brski_formats_n; i++)
		if (brski_formats[i].fits(wire))
			return &brski_formats[i];
	return NULL;
}

static enum brski_rc
check_artifact(const struct brski_artifact *a, bool strict, enum brski_voucher_kind kind,
    struct brski_err *err)
{
	if (a->v.kind != kind)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 3", "%s instead of %s",
		    brski_voucher_kind_name(a->v.kind), brski_voucher_kind_name(kind));
	if (strict && (a->v.odd & BRSKI_VOUCHER_ODD_DATE) != 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8366 5.3",
		    "strict: created-on is not a date-and-time");
	return BRSKI_OK;
}

enum brski_rc
brski_artifact_open(const struct brski_format *f, struct brski_slice wire,
    const struct brski_certs *context, bool strict, enum brski_voucher_kind kind,
    struct brski_artifact *out, struct brski_err *err)
{
	struct brski_artifact a = { .format = f, .env.certs.heap = out->env.certs.heap };
	enum brski_rc rc;

	if ((rc = f->open(wire, context, strict, &a.env, err)) != BRSKI_OK ||
	    (rc = f->decode(a.env.payload, &a.v, err)) != BRSKI_OK ||
	    (rc = check_artifact(&a, strict, kind, err)) != BRSKI_OK)
		brski_artifact_clear(&a);
	*out = a;
	return rc;
}

void
brski_artifact_clear(struct brski_artifact *a)
{
	brski_signed_clear(&a->env);
	brski_voucher_clear(&a->v);
	a->format = NULL;
}

static void
log_oddity(const struct brski_log *log, const struct brski_entry *like, const char *what)
{
	struct brski_entry line = *like;
	char msg[128];

	snprintf(msg, sizeof(msg), "%s tolerated: %s", like->msg, what);
	line.msg = msg;
	brski_log(log, &line);
}

void
brski_artifact_log_odd(const struct brski_artifact *a, const struct brski_log *log,
    const struct brski_entry *line)
{
	bool usual = a->format->pvr_without_certs && a->v.kind == BRSKI_VOUCHER_REQUEST;
	unsigned bit, env = a->env.odd;

	/* a request whose signer is the DTLS client need not carry its certificate */
	if (usual)
		env &= ~BRSKI_ODD_NO_CERT;
	for (bit = 1; bit != 0; bit <<= 1) {
		if ((env & bit) != 0)
			log_oddity(log, line, brski_odd_text(bit));
		if ((a->v.odd & bit) != 0)
			log_oddity(log, line, brski_voucher_odd_text(bit));
	}
}

enum brski_rc
brski_artifact_seal(const struct brski_format *f, const struct brski_voucher *v,
    const struct brski_key *key, const struct brski_certs *certs, int64_t signing_time,
    struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf payload = { .max = BRSKI_VOUCHER_MAX, .heap = out->heap };
	enum brski_rc rc;

	if ((rc = f->encode(v, &payload, err)) == BRSKI_OK)
		rc = f->seal(brski_buf_slice(&payload), key, certs, signing_time, out, err);
	brski_buf_clear(&payload);
	return rc;
}

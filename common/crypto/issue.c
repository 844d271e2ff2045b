/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include "base/text.h"
#include "crypto/cert_ext.h"
#include "crypto/issue.h"
#include "crypto/spki.h"

#define CONTEXT(n)      (BRSKI_DER_CONTEXT | (n))
#define CONTEXT_CONS(n) (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))
#define URL_MAX         255
#define SKI_SIZE        20

/* The number at *text, which moves behind it and a dot. */
static bool
take_arc(const char **text, uint32_t *out)
{
	char *end;
	unsigned long v;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	v = strtoul(*text, &end, 10);
	if (errno != 0 || v > UINT32_MAX || (*end != '\0' && (end[0] != '.' || end[1] == '\0')))
		return false;
	*text = *end == '.' ? end + 1 : end;
	*out = (uint32_t)v;
	return true;
}

/* X.690 8.19.2: seven bits in each octet, the first one not empty. */
static enum brski_rc
put_arc(uint64_t v, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	unsigned shift = 0;

	while (v >> shift > 0x7f)
		shift += 7;
	for (; shift > 0 && rc == BRSKI_OK; shift -= 7)
		rc = brski_buf_append_byte(out, (uint8_t)(0x80 | (v >> shift & 0x7f)), err);
	return rc == BRSKI_OK ? brski_buf_append_byte(out, (uint8_t)(v & 0x7f), err) : rc;
}

static enum brski_rc
put_arcs(const char *text, struct brski_buf *out, struct brski_err *err)
{
	const char *at = text;
	uint32_t first, second, arc;
	enum brski_rc rc;

	if (!take_arc(&at, &first) || !take_arc(&at, &second) || first > 2 ||
	    (first < 2 && second > 39))
		return brski_broken(err, BRSKI_E_INTERNAL, "not an OID: %s", text);
	/* X.690 8.19.4: the first two share one */
	rc = put_arc((uint64_t)first * 40 + second, out, err);
	while (rc == BRSKI_OK && *at != '\0') {
		if (!take_arc(&at, &arc))
			return brski_broken(err, BRSKI_E_INTERNAL, "not an OID: %s", text);
		rc = put_arc(arc, out, err);
	}
	return rc;
}

/* An OID's text as a DER element; it is our own or the operator's, never a peer's. */
static enum brski_rc
put_oid(const char *text, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = put_arcs(text, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_OID, mark, out, err)) != BRSKI_OK)
		out->n = mark;
	return rc;
}

/* Upper bounds of RFC 5280 A.1, in characters; a country has just two. */
static bool
fits(const struct brski_attr *a)
{
	size_t i, chars = 0;

	for (i = 0; i < a->value.n; i++)
		chars += (a->value.p[i] & 0xc0) != 0x80;
	if (strcmp(a->oid, BRSKI_OID_C) == 0)
		return chars == 2 && brski_string_is_printable(a->value);
	return chars >= 1 && chars <= 64;
}

enum brski_rc
brski_name_encode(const struct brski_attr *attrs, size_t n, struct brski_buf *out,
    struct brski_err *err)
{
	size_t i, rdn, name = out->n;
	enum brski_rc rc = BRSKI_OK;

	for (i = 0; i < n; i++) {
		if (!brski_text_is_clean(attrs[i].value) || !fits(&attrs[i])) {
			out->n = name;
			return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.1.2.4",
			    "attribute %s: not clean text or not of its length", attrs[i].oid);
		}
		rdn = out->n;
		if ((rc = put_oid(attrs[i].oid, out, err)) != BRSKI_OK ||
		    (rc = brski_string_encode(attrs[i].value, out, err)) != BRSKI_OK ||
		    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, rdn, out, err)) != BRSKI_OK ||
		    (rc = brski_der_enclose(BRSKI_DER_SET, rdn, out, err)) != BRSKI_OK)
			goto out;
	}
	rc = brski_der_enclose(BRSKI_DER_SEQUENCE, name, out, err);
out:
	if (rc != BRSKI_OK)
		out->n = name;
	return rc;
}

void
brski_cert_serial_random(struct brski_cert_facts *f)
{
	f->serial_n = 16;
	do {
		brski_random(f->serial, f->serial_n);
		f->serial[0] &= 0x7f;
	} while (f->serial[0] == 0);
}

/* What an extension writer gets to see. */
struct issue {
	const struct brski_cert_facts *f;
	const struct brski_cert *issuer; /* NULL: self-signed */
};

/*
 * Extension writers: each appends the DER that goes into extnValue, or nothing at all when the
 * facts have nothing to say.
 */
typedef enum brski_rc writer(const struct issue *, struct brski_buf *, struct brski_err *);

static enum brski_rc
write_basic(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	uint8_t len = (uint8_t)is->f->path_len;
	enum brski_rc rc = BRSKI_OK;

	if (!is->f->basic_constraints)
		return BRSKI_OK;
	if (is->f->ca)
		rc = brski_der_wrap(BRSKI_DER_BOOLEAN, BRSKI_LIT("\xff"), out, err);
	if (rc == BRSKI_OK && is->f->ca && is->f->path_len >= 0)
		rc = brski_der_wrap(BRSKI_DER_INTEGER, brski_slice(&len, 1), out, err);
	return rc != BRSKI_OK ? rc : brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* X.690 11.2.2: no trailing zero bits in a named bit list. */
static enum brski_rc
write_key_usage(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	uint8_t bits[3] = { 0 };
	size_t n = 1;
	unsigned i;

	if (is->f->key_usage == 0)
		return BRSKI_OK;
	for (i = 0; i < 9; i++)
		if ((is->f->key_usage & 1u << i) != 0) {
			bits[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
			bits[0] = (uint8_t)(7 - i % 8);
			n = 2 + i / 8;
		}
	return brski_der_wrap(BRSKI_DER_BIT_STRING, brski_slice(bits, n), out, err);
}

static enum brski_rc
write_purposes(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_eku *e;
	size_t mark = out->n;
	enum brski_rc rc;

	if (is->f->eku == 0)
		return BRSKI_OK;
	for (e = brski_ekus; e->bit != 0; e++)
		if ((is->f->eku & e->bit) != 0 &&
		    (rc = brski_der_wrap(BRSKI_DER_OID, e->oid, out, err)) != BRSKI_OK)
			return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

static enum brski_rc
write_ski(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];

	if (!is->f->ski)
		return BRSKI_OK;
	return brski_der_wrap(BRSKI_DER_OCTET_STRING, brski_key_id(is->f->spki, digest), out, err);
}

static enum brski_rc
write_aki(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	struct brski_slice none = { NULL, 0 };

	if (!is->f->aki)
		return BRSKI_OK;
	if (is->issuer == NULL)
		return brski_aki_put(none, is->f->spki, out, err);
	return brski_aki_put(is->issuer->ski, is->issuer->spki, out, err);
}

/* A dNSName, or an iPAddress where the text is one. */
static enum brski_rc
put_host(const char *text, struct brski_buf *out, struct brski_err *err)
{
	uint8_t ip[16];

	if (inet_pton(AF_INET, text, ip) == 1)
		return brski_der_wrap(CONTEXT(7), brski_slice(ip, 4), out, err);
	if (inet_pton(AF_INET6, text, ip) == 1)
		return brski_der_wrap(CONTEXT(7), brski_slice(ip, 16), out, err);
	return brski_der_wrap(CONTEXT(2), brski_slice_str(text), out, err);
}

/* RFC 4108 5: otherName { id-on-hardwareModuleName, [0] SEQUENCE { hwType, hwSerialNum } } */
static enum brski_rc
put_hw_module(const struct brski_cert_facts *f, struct brski_buf *out, struct brski_err *err)
{
	size_t other = out->n, value;
	enum brski_rc rc;

	if ((rc = put_oid("1.3.6.1.5.5.7.8.4", out, err)) != BRSKI_OK)
		return rc;
	value = out->n;
	if ((rc = put_oid(f->hw_type, out, err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, f->hw_serial, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, value, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(CONTEXT_CONS(0), value, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(CONTEXT_CONS(0), other, out, err);
}

static enum brski_rc
write_san(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_cert_facts *f = is->f;
	const char *const *host;
	size_t mark = out->n;
	enum brski_rc rc = BRSKI_OK;

	if (brski_slice_present(f->san))
		return brski_buf_append(out, f->san, err);
	for (host = f->dns; host != NULL && *host != NULL && rc == BRSKI_OK; host++)
		rc = put_host(*host, out, err);
	if (rc == BRSKI_OK && f->hw_type != NULL)
		rc = put_hw_module(f, out, err);
	if (rc != BRSKI_OK || out->n == mark)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

static enum brski_rc
write_masa_url(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	if (!brski_slice_present(is->f->masa_url))
		return BRSKI_OK;
	return brski_der_wrap(BRSKI_DER_IA5, is->f->masa_url, out, err);
}

/* One distribution point with one URI, RFC 5280 4.2.1.13. */
static enum brski_rc
write_crl_points(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	static const uint8_t around[] = { CONTEXT_CONS(0), CONTEXT_CONS(0), BRSKI_DER_SEQUENCE,
		BRSKI_DER_SEQUENCE };
	size_t mark = out->n, i;
	enum brski_rc rc;

	if (!brski_slice_present(is->f->crl_url))
		return BRSKI_OK;
	rc = brski_der_wrap(CONTEXT(6), is->f->crl_url, out, err);
	for (i = 0; i < sizeof(around) && rc == BRSKI_OK; i++)
		rc = brski_der_enclose(around[i], mark, out, err);
	return rc;
}

/* RFC 5280 4.2.2.1, id-ad-ocsp */
static enum brski_rc
write_ocsp(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if (!brski_slice_present(is->f->ocsp_url))
		return BRSKI_OK;
	if ((rc = put_oid("1.3.6.1.5.5.7.48.1", out, err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(CONTEXT(6), is->f->ocsp_url, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* RFC 6960 4.2.2.2.1 */
static enum brski_rc
write_nocheck(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	return is->f->ocsp_nocheck ? brski_buf_append(out, BRSKI_LIT("\x05\x00"), err) : BRSKI_OK;
}

/* In the order in which they are written. RFC 5280 4.2 says which are critical. */
static const struct {
	struct brski_slice oid;
	bool critical;
	writer *write;
} extensions[] = {
	{ BRSKI_EXT_BASIC, true, write_basic },
	{ BRSKI_EXT_KEY_USAGE, true, write_key_usage },
	{ BRSKI_EXT_KEY_PURPOSES, false, write_purposes },
	{ BRSKI_EXT_SUBJECT_KEY_ID, false, write_ski },
	{ BRSKI_EXT_AUTHORITY_KEY_ID, false, write_aki },
	{ BRSKI_EXT_SUBJECT_ALT_NAME, false, write_san },
	{ BRSKI_EXT_MASA_URL, false, write_masa_url },
	{ BRSKI_EXT_CRL_POINTS, false, write_crl_points },
	{ BRSKI_EXT_AUTHORITY_INFO, false, write_ocsp },
	{ BRSKI_EXT_OCSP_NOCHECK, false, write_nocheck },
};

/* The i-th extension, if the facts ask for it. */
static enum brski_rc
put_extension(const struct issue *is, size_t i, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n, value;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_OID, extensions[i].oid, out, err)) != BRSKI_OK ||
	    (extensions[i].critical &&
	        (rc = brski_der_wrap(BRSKI_DER_BOOLEAN, BRSKI_LIT("\xff"), out, err)) != BRSKI_OK))
		return rc;
	value = out->n;
	if ((rc = extensions[i].write(is, out, err)) != BRSKI_OK)
		return rc;
	if (out->n == value) {
		out->n = mark;
		return BRSKI_OK;
	}
	if ((rc = brski_der_enclose(BRSKI_DER_OCTET_STRING, value, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

static enum brski_rc
put_extensions(const struct issue *is, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n, i;
	enum brski_rc rc;

	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if ((rc = put_extension(is, i, out, err)) != BRSKI_OK)
			return rc;
	if (out->n == mark)
		return BRSKI_OK;
	if ((rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(CONTEXT_CONS(3), mark, out, err);
}

static enum brski_rc
put_validity(const struct brski_cert_facts *f, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_time_put(f->not_before, out, err)) != BRSKI_OK ||
	    (rc = brski_time_put(f->not_after, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* TBSCertificate, always v3. RFC 5280 4.1 */
static enum brski_rc
put_tbs(const struct issue *is, enum brski_alg alg, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_cert_facts *f = is->f;
	struct brski_slice issuer = is->issuer != NULL ? is->issuer->subject : f->subject;
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_buf_append(out, BRSKI_LIT("\xa0\x03\x02\x01\x02"), err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(BRSKI_DER_INTEGER, brski_slice(f->serial, f->serial_n), out,
	         err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, brski_alg_der(alg), err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, issuer, err)) != BRSKI_OK ||
	    (rc = put_validity(f, out, err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, f->subject, err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, f->spki, err)) != BRSKI_OK ||
	    (rc = put_extensions(is, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

enum brski_rc
brski_cert_issue(const struct brski_cert_facts *f, const struct brski_cert *issuer,
    const struct brski_key *key, struct brski_buf *out, struct brski_err *err)
{
	struct issue is = { .f = f, .issuer = issuer };
	size_t mark = out->n;
	enum brski_rc rc;

	if (!brski_slice_eq(issuer != NULL ? issuer->spki : f->spki, brski_key_spki(key)))
		return brski_broken(err, BRSKI_E_INTERNAL, "the key is not the issuer's");
	/* RFC 5280 4.1.2.2, 4.2.1.9: one octet of pathLen is more than any path */
	if (f->serial_n == 0 || f->serial_n > sizeof(f->serial) || f->serial[0] == 0 ||
	    f->serial[0] >= 0x80 || f->path_len > 127)
		return brski_broken(err, BRSKI_E_INTERNAL, "serial number or pathLen not possible");
	if ((rc = put_tbs(&is, brski_key_alg(key), out, err)) == BRSKI_OK)
		rc = brski_signed_enclose(key, mark, out, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}

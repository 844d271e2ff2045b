/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of bytes: base64 (RFC 4648 4 and 5), hex, PEM armour (RFC 7468), quoting. */
#ifndef BRSKI_TEXT_H
#define BRSKI_TEXT_H

#include "base/buf.h"

/* Standard alphabet, padded, on one line; appended to out. */
enum brski_rc brski_base64_encode(struct brski_slice in, struct brski_buf *out,
    struct brski_err *err);
/* base64url without padding; appended to out. */
enum brski_rc brski_base64url_encode(struct brski_slice in, struct brski_buf *out,
    struct brski_err *err);

enum brski_base64_form {
	BRSKI_BASE64_STRICT, /* RFC 4648 4, padded, no white space (RFC 7951 6.6) */
	BRSKI_BASE64_LINES,  /* as STRICT, CR LF SP TAB skipped anywhere (RFC 8951 3) */
	BRSKI_BASE64_ANY,    /* either alphabet, padded or not, no white space */
};
/*
 * Appended to out. E_MALFORMED: a character outside the form, a wrong length, bits left over that
 * are not zero.
 */
enum brski_rc brski_base64_decode(struct brski_slice in, enum brski_base64_form form,
    struct brski_buf *out, struct brski_err *err);
size_t brski_base64_encoded_len(size_t n);

/* lower case */
enum brski_rc brski_hex_encode(struct brski_slice in, struct brski_buf *out, struct brski_err *err);
enum brski_rc brski_hex_decode(struct brski_slice in, struct brski_buf *out, struct brski_err *err);
/* "%2F" becomes one octet, RFC 3986 2.1. Appended to out. E_MALFORMED: a broken escape. */
enum brski_rc brski_percent_decode(struct brski_slice in, struct brski_buf *out,
    struct brski_err *err);

/*
 * The next PEM block in *text: label (borrowed) and its bytes appended to out; *text moves behind
 * it. E_NOT_FOUND when there is no further block (no err filled), E_MALFORMED when one is broken.
 * Text between blocks is skipped.
 */
enum brski_rc brski_pem_next(struct brski_slice *text, struct brski_slice *label,
    struct brski_buf *out, struct brski_err *err);
/* Append "-----BEGIN label-----" ... with 64-character lines. */
enum brski_rc brski_pem_encode(const char *label, struct brski_slice der, struct brski_buf *out,
    struct brski_err *err);

/* Constant-time comparison of secrets or digests. */
bool brski_secret_eq(struct brski_slice a, struct brski_slice b);
/* Overwrite so that the compiler keeps it. */
void brski_wipe(void *p, size_t n);

/*
 * Copy at most cap - 1 bytes of peer text into dst, anything but printable ASCII replaced by '?';
 * always terminated. Returns dst.
 */
char *brski_text_safe(struct brski_slice in, char *dst, size_t cap);
/* Valid UTF-8 without NUL or other C0/C1 control characters? */
bool brski_text_is_clean(struct brski_slice in);
/* Valid UTF-8, RFC 3629? */
bool brski_text_is_utf8(struct brski_slice in);
/*
 * The same media type? Type and subtype of both, case-insensitive, parameters ignored; RFC 9110
 * 8.3.1.
 */
bool brski_text_media_eq(struct brski_slice a, const char *b);
/* ASCII case-insensitive equality with a literal. */
bool brski_text_eq_nocase(struct brski_slice a, const char *b);

/*
 * Fill with bytes from the kernel's generator; never fails short of a broken kernel (aborts then).
 */
void brski_random(void *p, size_t n);

#endif

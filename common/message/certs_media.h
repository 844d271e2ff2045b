/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How certificates travel in EST answers: media type -> encoding is a table, RFC 7030 4.1.3,
 * RFC 9148 4.3, cBRSKI 5.3. The first row is what is sent to whoever asks for nothing.
 */
#ifndef BRSKI_CERTS_MEDIA_H
#define BRSKI_CERTS_MEDIA_H

#include "crypto/cert.h"

struct brski_certs_form {
	const char *media_type; /* as sent: "application/pkcs7-mime; smime-type=certs-only" */
	bool single;            /* holds exactly one certificate */
	/* Appended to out. */
	enum brski_rc (
	    *encode)(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err);
	/* As brski_certs_only_decode(); *out is empty, its heap and max are the caller's. */
	enum brski_rc (
	    *decode)(struct brski_slice in, struct brski_certs *out, struct brski_err *err);
};
/* application/pkcs7-mime (281), application/multipart-core (62), application/pkix-cert (287) */
extern const struct brski_certs_form brski_certs_forms[];
extern const size_t brski_certs_forms_n;
/* By type/subtype, case-insensitive, parameters ignored. NULL: none of them. */
const struct brski_certs_form *brski_certs_form_find(struct brski_slice media_type);

#endif

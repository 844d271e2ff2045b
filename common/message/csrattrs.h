/* SPDX-License-Identifier: Apache-2.0 */
/* EST CSR attributes, RFC 7030 4.5.2 as RFC 8951 and RFC 9908 correct it. */
#ifndef BRSKI_CSRATTRS_H
#define BRSKI_CSRATTRS_H

#include "base/buf.h"
#include "crypto/key.h"

#define BRSKI_CSRATTRS_MAX ((size_t)4096)

struct brski_csrattrs {
	bool challenge_password;      /* POP linking wanted, RFC 7030 3.5 */
	enum brski_key_type key_type; /* NONE: not said, or one that we cannot make */
	unsigned rsa_bits;            /* with BRSKI_KEY_RSA */
	/* Extensions DER of extensionRequest; absent: none. Points into the input. */
	struct brski_slice extensions;
	/* a bare Extension where Extensions is due (before RFC 9908); ignored */
	bool old_extension_form;
	unsigned unknown; /* entries that we do not know and ignored */
};

/*
 * in is borrowed as long as *out is used. Empty input or an empty SEQUENCE: nothing asked.
 * E_MALFORMED.
 */
enum brski_rc brski_csrattrs_decode(struct brski_slice in, struct brski_csrattrs *out,
    struct brski_err *err);
enum brski_rc brski_csrattrs_encode(const struct brski_csrattrs *a, struct brski_buf *out,
    struct brski_err *err);

#endif

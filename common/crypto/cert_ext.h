/* SPDX-License-Identifier: Apache-2.0 */
/* Between cert.c, which takes a certificate apart, and cert_ext.c, which reads its extensions. */
#ifndef BRSKI_CERT_EXT_H
#define BRSKI_CERT_EXT_H

#include "crypto/x509.h"

/* The key purposes that have a bit; ends with bit 0. */
struct brski_eku {
	unsigned bit;
	struct brski_slice oid;
};
extern const struct brski_eku brski_ekus[];

/* Put what the extension says into *c. NULL, or the clause that its value breaks. */
const char *brski_cert_ext_read(const struct brski_ext *e, struct brski_cert *c);

#endif

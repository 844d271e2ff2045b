/* SPDX-License-Identifier: Apache-2.0 */
/* Is this the server that the URL names? RFC 9525: DNS-ID and IP-ID, never the subject's CN. */
#ifndef BRSKI_TLS_NAME_H
#define BRSKI_TLS_NAME_H

#include "crypto/cert.h"

/*
 * host is a DNS name or the text of an address, without brackets. A wildcard is the whole leftmost
 * label. E_CERTIFICATE: no.
 */
enum brski_rc brski_tls_name_check(const struct brski_cert *c, const char *host,
    struct brski_err *err);
bool brski_host_is_address(const char *host);

#endif

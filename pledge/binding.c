/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/binding.h"

#include <string.h>

#define BRSKI "/.well-known/brski/"
#define EST   "/.well-known/est/"

/* RFC 8995 5.9.2: a pledge asks for csrattrs before it enrols. */
const struct pledge_binding pledge_https = {
	.name = "https",
	.scheme = "https://",
	.format = "application/voucher-cms+json",
	.base64 = true,
	.cacerts_first = true,
	.calls = {
		[PLEDGE_CALL_VOUCHER] = { true, BRSKI "requestvoucher", NULL, NULL,
		    "RFC 8995 5.6" },
		[PLEDGE_CALL_VOUCHER_STATUS] = { true, BRSKI "voucher_status", NULL, NULL,
		    "RFC 8995 5.7" },
		[PLEDGE_CALL_CACERTS] = { false, EST "cacerts", NULL, "application/pkcs7-mime",
		    "RFC 7030 4.1.3" },
		[PLEDGE_CALL_CSRATTRS] = { false, EST "csrattrs", NULL, "application/csrattrs",
		    "RFC 7030 4.5.2" },
		[PLEDGE_CALL_ENROL] = { true, EST "simpleenroll", "application/pkcs10",
		    "application/pkcs7-mime", "RFC 7030 4.2.3" },
		[PLEDGE_CALL_ENROL_STATUS] = { true, BRSKI "enrollstatus", NULL, NULL,
		    "RFC 8995 5.9.4" },
		[PLEDGE_CALL_REENROL] = { true, EST "simplereenroll", "application/pkcs10",
		    "application/pkcs7-mime", "RFC 7030 4.2.2" },
	},
};

/*
 * The short names, and the smallest forms: one certificate (287), a list of them (62). A pledge
 * should not ask for csrattrs: cBRSKI 6.7.1.
 */
const struct pledge_binding pledge_coaps = {
	.name = "coaps",
	.scheme = "coaps://",
	.format = "application/voucher+cose",
	.calls = {
		[PLEDGE_CALL_VOUCHER] = { true, BRSKI "rv", NULL, NULL, "cBRSKI 6.6" },
		[PLEDGE_CALL_VOUCHER_STATUS] = { true, BRSKI "vs", NULL, NULL, "cBRSKI 6.6" },
		[PLEDGE_CALL_CACERTS] = { false, EST "crts", NULL, "application/multipart-core",
		    "cBRSKI 6.7" },
		[PLEDGE_CALL_ENROL] = { true, EST "sen", "application/pkcs10",
		    "application/pkix-cert", "RFC 9148 4.3" },
		[PLEDGE_CALL_ENROL_STATUS] = { true, BRSKI "es", NULL, NULL, "cBRSKI 6.6" },
		[PLEDGE_CALL_REENROL] = { true, EST "sren", "application/pkcs10",
		    "application/pkix-cert", "cBRSKI 6.7.4" },
	},
};

const struct pledge_binding *
pledge_binding_find(const char *candidate)
{
	static const struct pledge_binding *const all[] = { &pledge_https, &pledge_coaps };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strncmp(candidate, all[i]->scheme, strlen(all[i]->scheme)) == 0)
			return all[i];
	return NULL;
}

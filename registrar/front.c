/* SPDX-License-Identifier: Apache-2.0 */
/* What a registrar serves, on one screen. */
#include "message/media.h"
#include "registrar/admin.h"
#include "registrar/registrar.h"

static const char *const json[] = { "application/json", NULL };
static const char *const pkcs10[] = { "application/pkcs10", NULL };
/* one certificate needs no wrapping, RFC 9148 4.3 */
static const char *const issued[] = { "application/pkcs7-mime", "application/pkix-cert", NULL };
static const char *const csrattrs[] = { "application/csrattrs", NULL };
static const char *const csv[] = { "text/csv", NULL };

#define BRSKI  "/.well-known/brski/"
#define EST    "/.well-known/est/"
#define KIB    ((size_t)1024)
#define IDEVID BRSKI_WHO_CERTIFICATE
#define ANYONE BRSKI_WHO_ANYONE
#define GET    BRSKI_GET
#define POST   BRSKI_POST

/* Short names, Uri-Path-Abbrev and resource types: cBRSKI 6.5, RFC 9148 4.1. */
static const struct brski_coap_name rv = { BRSKI "rv", 402, "brski.rv" };
static const struct brski_coap_name vs = { BRSKI "vs", 403, "brski.vs" };
static const struct brski_coap_name es = { BRSKI "es", 401, "brski.es" };
static const struct brski_coap_name crts = { EST "crts", 301, "ace.est.crts" };
static const struct brski_coap_name sen = { EST "sen", 302, "ace.est.sen" };
static const struct brski_coap_name sren = { EST "sren", 303, "ace.est.sren" };
static const struct brski_coap_name att = { EST "att", 306, "ace.est.att" };

const struct brski_route registrar_routes[] = {
	{ POST, BRSKI "requestvoucher", brski_voucher_media, brski_voucher_media, 64 * KIB, IDEVID,
	    registrar_requestvoucher, "RFC 8995 5.2", BRSKI_BINARY, &rv },
	{ POST, BRSKI "voucher_status", brski_status_media, NULL, 4 * KIB, IDEVID,
	    registrar_voucher_status, "RFC 8995 5.7", BRSKI_BINARY, &vs },
	{ POST, BRSKI "enrollstatus", brski_status_media, NULL, 4 * KIB, IDEVID,
	    registrar_enrollstatus, "RFC 8995 5.9.4", BRSKI_BINARY, &es },
	{ GET, EST "cacerts", NULL, brski_certs_media, 0, ANYONE, registrar_cacerts, "RFC 7030 4.1",
	    BRSKI_BASE64, &crts },
	{ GET, EST "csrattrs", NULL, csrattrs, 0, ANYONE, registrar_csrattrs, "RFC 7030 4.5",
	    BRSKI_BASE64, &att },
	{ POST, EST "simpleenroll", pkcs10, issued, 16 * KIB, IDEVID, registrar_simpleenroll,
	    "RFC 7030 4.2", BRSKI_BASE64, &sen },
	{ POST, EST "simplereenroll", pkcs10, issued, 16 * KIB, IDEVID, registrar_simplereenroll,
	    "RFC 7030 4.2.2", BRSKI_BASE64, &sren },
};

const struct brski_route registrar_admin_routes[] = {
	{ GET, "/v1/devices", NULL, json, 0, ANYONE, registrar_admin_list, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ POST, "/v1/devices/import", csv, json, 1024 * KIB, ANYONE, registrar_admin_import,
	    "admin API 1", BRSKI_BINARY, NULL },
	{ GET, "/v1/devices/*", NULL, json, 0, ANYONE, registrar_admin_show, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ POST, "/v1/devices/*", NULL, json, 0, ANYONE, registrar_admin_decide, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ GET, "/v1/certificates", NULL, json, 0, ANYONE, registrar_admin_cert_list, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ GET, "/v1/certificates/*", NULL, json, 0, ANYONE, registrar_admin_cert_show,
	    "admin API 1", BRSKI_BINARY, NULL },
	{ POST, "/v1/certificates/*", NULL, json, 0, ANYONE, registrar_admin_cert_revoke,
	    "admin API 1", BRSKI_BINARY, NULL },
	{ GET, "/v1/audit", NULL, json, 0, ANYONE, registrar_admin_audit, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ GET, "/v1/audit/verify", NULL, json, 0, ANYONE, registrar_admin_verify, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ GET, "/v1/ca", NULL, json, 0, ANYONE, registrar_admin_ca, "admin API 1", BRSKI_BINARY,
	    NULL },
	{ POST, "/v1/ca/rollover/*", NULL, json, 0, ANYONE, registrar_admin_rollover, "admin API 1",
	    BRSKI_BINARY, NULL },
	{ GET, "/v1/status", NULL, json, 0, ANYONE, registrar_admin_status, "admin API 1",
	    BRSKI_BINARY, NULL },
};
const size_t registrar_routes_n = sizeof(registrar_routes) / sizeof(registrar_routes[0]);
const size_t registrar_admin_routes_n =
    sizeof(registrar_admin_routes) / sizeof(registrar_admin_routes[0]);

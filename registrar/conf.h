/* SPDX-License-Identifier: Apache-2.0 */
/* registrar.conf as a struct. The schema table in conf.c is the manual's source too. */
#ifndef REGISTRAR_CONF_H
#define REGISTRAR_CONF_H

#include "conf/conf.h"
#include "registrar/policy.h"

/* A manufacturer is an object: whose devices these are and how they are treated. */
struct registrar_conf_manufacturer {
	char *name; /* the section's title */
	struct brski_conf_list anchors;
	int serial_from;   /* enum brski_serial_from */
	int idevid_expiry; /* 0 enforce, 1 ignore */
	int admission;     /* enum registrar_admission */
	char *masa_url;    /* NULL: what the IDevID says */
	struct brski_conf_list masa_anchors;
	struct brski_conf_list
	    voucher_anchors;             /* none: who signed a voucher is the pledge's to say */
	struct brski_conf_list crls;     /* files; none and no ocsp_url: IDevIDs are not revoked */
	struct brski_conf_list crl_urls; /* http: fetched anew when their time comes */
	bool crl_required;               /* without a current one nobody passes */
	char *ocsp_url;                  /* http: asked at bootstrapping; NULL: nobody is */
	int audit_log;                   /* 0 require, 1 record */
	int unknown_owner, nonceless;    /* 0 refuse, 1 accept */
	int assertion;                   /* enum registrar_strength */
};

/* A domain that may have owned devices before us: an integrator, an earlier CA of ours. */
struct registrar_conf_owner {
	char *name;
	char *domain_id; /* base64, as audit logs have it */
};

enum registrar_pin {
	REGISTRAR_PIN_LOOSE,
	REGISTRAR_PIN_TIGHT
};
enum registrar_dtls {
	REGISTRAR_DTLS_12,
	REGISTRAR_DTLS_13
};
enum registrar_csr_key {
	REGISTRAR_CSR_P256,
	REGISTRAR_CSR_P384,
	REGISTRAR_CSR_ANY
};

#define REGISTRAR_VA_HOST_MAX 255 /* octets of va-url behind http:// */

struct registrar_conf {
	char *listen, *listen_coaps;       /* listen_coaps NULL: no CoAPS */
	char *listen_jpy;                  /* NULL: no stateless join proxies */
	bool announce;                     /* by mDNS and plain CoAP */
	struct brski_conf_list interfaces; /* on which; none: all */
	char *admin, *database;
	char *certificate, *key, *domain_ca, *domain_ca_key;
	int dtls_min; /* enum registrar_dtls */
	int log_level, log_format;
	bool strict;
	int pin; /* enum registrar_pin */

	int64_t hold_s;        /* how long an answer waits for the MASA before it is 202 */
	int64_t retry_after_s; /* the longest Retry-After */
	int64_t patience_s;    /* how long an unreachable MASA is asked again */
	int64_t connections;
	int64_t request_timeout_s; /* from its first byte to its last */

	char *listen_va;                 /* plain HTTP: CRL and OCSP; NULL: not served */
	int64_t va_connections;          /* of its own: who is slow there stops nobody else */
	char *va_url;                    /* "http://HOST:PORT", put into certificates; NULL: not */
	int64_t crl_lifetime_s;          /* thisUpdate to nextUpdate */
	char *crl_directory;             /* where each list is kept as a file too; NULL: nowhere */
	int64_t ocsp_lifetime_s;         /* of an answer */
	int64_t renewal_overlap_s;       /* how long a superseded certificate is still good */
	int64_t certificates_per_device; /* whose time is not over, revoked ones too */

	int64_t ldevid_lifetime_s;
	bool ldevid_client_auth, ldevid_server_auth, ldevid_san;
	int csr_key; /* enum registrar_csr_key */
	bool csr_key_required, channel_binding;

	struct brski_conf_sections manufacturers; /* struct registrar_conf_manufacturer */
	struct brski_conf_sections owners;        /* struct registrar_conf_owner */
};

extern const struct brski_conf_schema registrar_conf_schema;

/* Load and check what the table cannot say. E_CONFIG with file and line, or section name. */
enum brski_rc registrar_conf_load(const char *path, struct registrar_conf *out,
    struct brski_err *err);
void registrar_conf_clear(struct registrar_conf *c);

#endif

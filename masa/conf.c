/* SPDX-License-Identifier: Apache-2.0 */
#include "masa/conf.h"
#include "masa/policy.h"

static const char *const serial_names[] = { "subject", "hardware-module-name", NULL };
static const char *const pin_names[] = { "highest", "lowest", NULL };
static const char *const format_names[] = { "logfmt", "json", NULL };
static const char *const level_names[] = { "error", "warn", "info", "debug", NULL };

#define YEARS_10 (INT64_C(3660) * 86400)

/* clang-format off */
#define AT(m) offsetof(struct masa_conf, m)
#define TEXT(n, m, def, help) \
	{ n, BRSKI_CONF_STRING, AT(m), def, 0, 0, NULL, NULL, help }
#define PATH(n, m, def, help) \
	{ n, BRSKI_CONF_PATH, AT(m), def, 0, 0, NULL, NULL, help }
#define PATHS(n, m, def, help) \
	{ n, BRSKI_CONF_PATHS, AT(m), def, 0, 0, NULL, NULL, help }
#define FLAG(n, m, def, help) \
	{ n, BRSKI_CONF_BOOL, AT(m), def, 0, 0, NULL, NULL, help }
#define LIFE(n, m, def, help) \
	{ n, BRSKI_CONF_DURATION, AT(m), def, 60, YEARS_10, NULL, NULL, help }
#define ENUM(n, m, def, names, help) \
	{ n, BRSKI_CONF_ENUM, AT(m), def, 0, 0, names, NULL, help }
#define INT(n, m, def, min, max, help) \
	{ n, BRSKI_CONF_INT, AT(m), def, min, max, NULL, NULL, help }

static const struct brski_conf_option options[] = {
	TEXT("listen", listen, "[::]:9443",
	    "Address and port on which registrars are served over HTTPS."),
	PATH("database", database, NULL,
	    "The ledger, an SQLite file; made when it is not there."),
	PATH("tls-certificate", tls_certificate, NULL,
	    "PEM certificate of the TLS server, followed by its issuers."),
	PATH("tls-key", tls_key, NULL,
	    "PEM private key of the TLS server."),
	PATH("signer-certificate", signer_certificate, NULL,
	    "PEM certificate that signs vouchers, followed by its issuers up to the root that "
	    "pledges know."),
	PATH("signer-key", signer_key, NULL,
	    "PEM private key that signs vouchers."),
	PATHS("manufacturer-anchors", manufacturer_anchors, NULL,
	    "PEM files of the certificates to which IDevIDs must chain."),
	PATHS("registrar-anchors", registrar_anchors, "",
	    "PEM files of the certificates to which a registrar must chain, by its TLS client "
	    "certificate or by the signer of its request, to be given a voucher without nonce."),
	PATHS("crls", crls, "",
	    "Certificate revocation lists that are looked at for registrars and IDevIDs; "
	    "certificates that none of them covers pass."),
	ENUM("serial-number", serial_number, "subject", serial_names,
	    "Where an IDevID holds the serial number of the device."),
	FLAG("ignore-idevid-expiry", ignore_idevid_expiry, "no",
	    "Take IDevIDs whose notAfter has passed."),
	FLAG("require-proximity", require_proximity, "no",
	    "Give a voucher with a nonce only when the pledge's own request proves that it stood "
	    "before this registrar."),
	FLAG("strict", strict, "no",
	    "Refuse requests without idevid-issuer, and signed objects that deviate from RFC 5652 "
	    "and RFC 8366 in ways that are usually tolerated."),
	LIFE("voucher-lifetime", voucher_life_s, "20m",
	    "Longest life of a voucher without nonce."),
	LIFE("request-lifetime", request_life_s, "5d",
	    "Requests that were made longer ago are stale."),
	ENUM("nonceless-pin", nonceless_pin, "highest", pin_names,
	    "Which CA of the registrar's chain a voucher without nonce pins; one with a nonce pins "
	    "the lowest."),
	INT("audit-log-events", audit_log_events, "64", 2, 1024,
	    "Entries that the audit log of a device keeps before it is abridged."),
	INT("connections", connections, "1024", 1, 65536,
	    "Connections served at once."),
	ENUM("log-format", log_format, "logfmt", format_names,
	    "Form of the log lines on standard error."),
	ENUM("log-level", log_level, "info", level_names,
	    "Lines of less weight are left out."),
	ENUM("policy", policy, "first", masa_policy_names,
	    "Policy of a device that the factory registers: first come first served, or only the "
	    "recorded owner."),
	TEXT("masa-url", masa_url, "",
	    "MASA URL that the factory writes into IDevIDs: host, host and port, or an https URL."),
	TEXT("hardware-type", hardware_type, "",
	    "Object identifier of the hardware type; IDevIDs then get a hardwareModuleName."),
	PATH("manufacturer-certificate", manufacturer_certificate, "",
	    "PEM certificate of the CA that issues IDevIDs, followed by its issuers; only for the "
	    "factory."),
	PATH("manufacturer-key", manufacturer_key, "",
	    "PEM private key of that CA; only for the factory."),
	{ NULL, BRSKI_CONF_STRING, 0, NULL, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */

const struct brski_conf_schema masa_conf_schema = { options, sizeof(struct masa_conf) };

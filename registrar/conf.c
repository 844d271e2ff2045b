/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/conf.h"

#include <net/if.h>

#include "net/listen.h"
#include "registrar/masa_url.h"
#include "registrar/store.h"
#include "registrar/web.h"

#define OFF(member)   offsetof(struct registrar_conf, member)
#define M_OFF(member) offsetof(struct registrar_conf_manufacturer, member)
#define O_OFF(member) offsetof(struct registrar_conf_owner, member)

/* The four shapes of a row: value, number with its range, one of some names, section. */
#define ROW(name, type, offset, def, help)                      \
	{                                                       \
		name, type, offset, def, 0, 0, NULL, NULL, help \
	}
#define ROW_NUM(name, type, offset, def, min, max, help)            \
	{                                                           \
		name, type, offset, def, min, max, NULL, NULL, help \
	}
#define ROW_ENUM(name, offset, def, names, help)                            \
	{                                                                   \
		name, BRSKI_CONF_ENUM, offset, def, 0, 0, names, NULL, help \
	}
#define ROW_SECTION(name, offset, sub, help)                                  \
	{                                                                     \
		name, BRSKI_CONF_SECTION, offset, NULL, 0, 0, NULL, sub, help \
	}
#define ROW_END                                          \
	{                                                \
		NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL \
	}

static const char *const serial_names[] = { "subject", "hardware-module-name", NULL };
static const char *const expiry_names[] = { "enforce", "ignore", NULL };
static const char *const admission_names[] = { "any", "listed", "approve", NULL };
static const char *const audit_names[] = { "require", "record", NULL };
static const char *const refuse_names[] = { "refuse", "accept", NULL };
static const char *const strength_names[] = { "logged", "proximity", "verified", NULL };
static const char *const pin_names[] = { "loose", "tight", NULL };
static const char *const dtls_names[] = { "1.2", "1.3", NULL };
static const char *const csr_key_names[] = { "p256", "p384", "any", NULL };
static const char *const level_names[] = { "error", "warn", "info", "debug", NULL };
static const char *const format_names[] = { "logfmt", "json", NULL };

static const struct brski_conf_option manufacturer_options[] = {
	ROW("anchors", BRSKI_CONF_PATHS, M_OFF(anchors), NULL,
	    "Files with the certificates to which this maker's IDevIDs chain."),
	ROW_ENUM("serial-number", M_OFF(serial_from), "subject", serial_names,
	    "Where the device's serial number stands in the IDevID."),
	ROW_ENUM("idevid-expiry", M_OFF(idevid_expiry), "enforce", expiry_names,
	    "Whether an IDevID beyond its notAfter is refused; its issuers' dates always count."),
	ROW_ENUM("admission", M_OFF(admission), "listed", admission_names,
	    "Which devices may join: any, those imported or approved, or those approved one by "
	    "one."),
	ROW("masa-url", BRSKI_CONF_STRING, M_OFF(masa_url), "",
	    "The MASA to ask, instead of the one that the IDevID names."),
	ROW("masa-anchors", BRSKI_CONF_PATHS, M_OFF(masa_anchors), NULL,
	    "Files with the certificates to which the MASA's TLS certificate chains."),
	ROW("voucher-anchors", BRSKI_CONF_PATHS, M_OFF(voucher_anchors), "",
	    "Files with the certificates to which this maker's vouchers must chain, or whose key "
	    "signs them; without any it is left to the device."),
	ROW("crls", BRSKI_CONF_PATHS, M_OFF(crls), "",
	    "Files with this maker's CRLs; a revoked IDevID is refused."),
	ROW("crl-urls", BRSKI_CONF_WORDS, M_OFF(crl_urls), "",
	    "The same, fetched from http URLs and again when their time comes."),
	ROW("crl-required", BRSKI_CONF_BOOL, M_OFF(crl_required), "no",
	    "Refuse IDevIDs unless a CRL of their issuer is there and has not run out."),
	ROW("ocsp-url", BRSKI_CONF_STRING, M_OFF(ocsp_url), "",
	    "This maker's OCSP responder, asked about each device that bootstraps."),
	ROW_ENUM("audit-log", M_OFF(audit_log), "require", audit_names,
	    "Whether a device must have an accepted audit log to enrol, or the verdict is only "
	    "recorded."),
	ROW_ENUM("unknown-owner", M_OFF(unknown_owner), "refuse", refuse_names,
	    "What an audit-log entry of an unknown domain means, or one dropped from the log."),
	ROW_ENUM("nonceless", M_OFF(nonceless), "refuse", refuse_names,
	    "What another domain's nonceless voucher in the audit log means: it can take the "
	    "device back."),
	ROW_ENUM("assertion", M_OFF(assertion), "logged", strength_names,
	    "The weakest assertion that the audit log may show for our own voucher."),
	ROW_END,
};
static const struct brski_conf_schema manufacturer_schema = { manufacturer_options,
	sizeof(struct registrar_conf_manufacturer) };

static const struct brski_conf_option owner_options[] = {
	ROW("domain-id", BRSKI_CONF_STRING, O_OFF(domain_id), NULL,
	    "The domainID in base64, as audit logs show it."),
	ROW_END,
};
static const struct brski_conf_schema owner_schema = { owner_options,
	sizeof(struct registrar_conf_owner) };

static const struct brski_conf_option options[] = {
	ROW("listen", BRSKI_CONF_STRING, OFF(listen), "[::]:8443", "Address and port for pledges."),
	ROW("listen-coaps", BRSKI_CONF_STRING, OFF(listen_coaps), "",
	    "Address and UDP port for pledges that speak CoAP over DTLS; without it nobody is "
	    "served that way."),
	ROW("listen-jpy", BRSKI_CONF_STRING, OFF(listen_jpy), "",
	    "Address and UDP port for such pledges behind stateless join proxies; without it there "
	    "is none."),
	ROW_ENUM("dtls-min-version", OFF(dtls_min), "1.2", dtls_names,
	    "The oldest version of DTLS that such pledges may use."),
	ROW("announce", BRSKI_CONF_BOOL, OFF(announce), "yes",
	    "Let pledges and join proxies find this registrar by mDNS and plain CoAP."),
	ROW("interfaces", BRSKI_CONF_WORDS, OFF(interfaces), "",
	    "The network interfaces on which it can be found; without any it is all that can "
	    "multicast."),
	ROW("admin-socket", BRSKI_CONF_PATH, OFF(admin), "",
	    "Unix socket of the admin API; without it there is none."),
	ROW("database", BRSKI_CONF_PATH, OFF(database), "registrar.db",
	    "SQLite file with devices, vouchers, certificates and the audit trail."),
	ROW("certificate", BRSKI_CONF_PATH, OFF(certificate), "registrar.pem",
	    "The registrar's certificate, followed by what leads to the domain CA."),
	ROW("key", BRSKI_CONF_PATH, OFF(key), "registrar.key", "The registrar's private key."),
	ROW("domain-ca", BRSKI_CONF_PATH, OFF(domain_ca), "domain-ca.pem",
	    "The CA that signs LDevIDs, followed by its issuers up to the root, or by its "
	    "generations "
	    "of before and after, see brski-registrar(8)."),
	ROW("domain-ca-key", BRSKI_CONF_PATH, OFF(domain_ca_key), "domain-ca.key",
	    "The private keys of the CAs in domain-ca, at least of the first."),
	ROW_ENUM("log-level", OFF(log_level), "info", level_names,
	    "The least important lines that are logged."),
	ROW_ENUM("log-format", OFF(log_format), "logfmt", format_names, "The form of a log line."),
	ROW("strict", BRSKI_CONF_BOOL, OFF(strict), "no",
	    "Refuse voucher-requests with oddities that are usually tolerated, such as id-data as "
	    "content type."),
	ROW_ENUM("pin", OFF(pin), "loose", pin_names,
	    "What the MASA is asked to pin: the domain CA, or this registrar's certificate alone."),
	ROW_NUM("hold", BRSKI_CONF_DURATION, OFF(hold_s), "4", 0, 60,
	    "How long a pledge's request waits for the MASA before it is told to come back."),
	ROW_NUM("retry-after", BRSKI_CONF_DURATION, OFF(retry_after_s), "10", 1, 60,
	    "The longest time after which a pledge is told to come back."),
	ROW_NUM("patience", BRSKI_CONF_DURATION, OFF(patience_s), "10m", 1, 345600,
	    "How long a MASA that does not answer is asked again before the pledge is told."),
	ROW_NUM("connections", BRSKI_CONF_INT, OFF(connections), "1024", 1, 65536,
	    "How many pledges may be connected."),
	ROW_NUM("request-timeout", BRSKI_CONF_DURATION, OFF(request_timeout_s), "15", 1, 600,
	    "How long a pledge's request may take to arrive."),
	ROW("listen-va", BRSKI_CONF_STRING, OFF(listen_va), "",
	    "Address and port for CRLs and OCSP over plain HTTP; without it there is none."),
	ROW_NUM("va-connections", BRSKI_CONF_INT, OFF(va_connections), "256", 8, 65536,
	    "How many may be connected there, an eighth of them from one address."),
	ROW("va-url", BRSKI_CONF_STRING, OFF(va_url), "",
	    "How others reach listen-va, http://HOST:PORT; put into certificates."),
	ROW_NUM("crl-lifetime", BRSKI_CONF_DURATION, OFF(crl_lifetime_s), "7d", 4, 31536000,
	    "How long a CRL is good; it is made anew when half of that is over, and with each "
	    "revocation."),
	ROW("crl-directory", BRSKI_CONF_PATH, OFF(crl_directory), "",
	    "A folder that gets each CRL as a file too, for another web server."),
	ROW_NUM("ocsp-lifetime", BRSKI_CONF_DURATION, OFF(ocsp_lifetime_s), "1h", 4, 604800,
	    "How long an OCSP answer is good."),
	ROW_NUM("renewal-overlap", BRSKI_CONF_DURATION, OFF(renewal_overlap_s), "7d", 0, 31536000,
	    "How long a renewed certificate is still good beside its successor; then it is revoked "
	    "as superseded."),
	ROW_NUM("certificates-per-device", BRSKI_CONF_INT, OFF(certificates_per_device), "500", 1,
	    1000,
	    "How many certificates a device may have whose time is not over; what was revoked "
	    "before brskictl device reinstate does not count. Beyond that it is told to come "
	    "back."),
	ROW_NUM("ldevid-lifetime", BRSKI_CONF_DURATION, OFF(ldevid_lifetime_s), "1y", 4, 3153600000,
	    "How long an LDevID is valid; never beyond its issuer."),
	ROW("ldevid-client-auth", BRSKI_CONF_BOOL, OFF(ldevid_client_auth), "yes",
	    "Put extended key usage clientAuth into LDevIDs."),
	ROW("ldevid-server-auth", BRSKI_CONF_BOOL, OFF(ldevid_server_auth), "no",
	    "Put extended key usage serverAuth into LDevIDs."),
	ROW("ldevid-san", BRSKI_CONF_BOOL, OFF(ldevid_san), "no",
	    "Take over the subjectAltName of a certification request instead of refusing it."),
	ROW_ENUM("csr-key", OFF(csr_key), "p256", csr_key_names,
	    "The key type that the CSR attributes ask devices for."),
	ROW("csr-key-required", BRSKI_CONF_BOOL, OFF(csr_key_required), "no",
	    "Refuse certification requests with another key type."),
	ROW("channel-binding", BRSKI_CONF_BOOL, OFF(channel_binding), "no",
	    "Demand a challengePassword that ties the certification request to its connection."),
	ROW_SECTION("manufacturer", OFF(manufacturers), &manufacturer_schema,
	    "Whose devices may come, one section per maker."),
	ROW_SECTION("former-owner", OFF(owners), &owner_schema,
	    "A domain whose entries in audit logs are expected, one section each."),
	ROW_END,
};
const struct brski_conf_schema registrar_conf_schema = { options, sizeof(struct registrar_conf) };

/* An address that may be absent. */
static enum brski_rc
check_listen(const char *name, const char *value, struct brski_err *err)
{
	struct sockaddr_storage ss;
	socklen_t n;

	if (value != NULL && !brski_listen_parse(value, &ss, &n))
		return brski_fail(err, BRSKI_E_CONFIG, "registrar.conf(5)",
		    "%s = \"%s\" is not ADDRESS:PORT", name, value);
	return BRSKI_OK;
}

/* It goes into certificates with a path behind it; http, because its answers are signed. */
static enum brski_rc
check_va_url(const char *url, struct brski_err *err)
{
	static const char scheme[] = "http://";
	static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "0123456789-._~[]:";
	size_t n;

	if (url == NULL)
		return BRSKI_OK;
	n = strncmp(url, scheme, sizeof(scheme) - 1) == 0 ? strlen(url) - (sizeof(scheme) - 1) : 0;
	if (n == 0 || n > REGISTRAR_VA_HOST_MAX || url[sizeof(scheme) - 1] == ':' ||
	    strspn(url + sizeof(scheme) - 1, host) != n)
		return brski_fail(err, BRSKI_E_CONFIG, "registrar.conf(5)",
		    "va-url = \"%s\" is not http://HOST or http://HOST:PORT", url);
	return BRSKI_OK;
}

/* What they give is signed, and who would vouch for their TLS? RFC 5280 8, RFC 6960 5. */
static enum brski_rc
check_web(const struct registrar_conf_manufacturer *m, struct brski_err *err)
{
	const char *bad = NULL;
	size_t i;

	for (i = 0; i < m->crl_urls.n && bad == NULL; i++)
		if (!registrar_web_url(m->crl_urls.v[i]))
			bad = m->crl_urls.v[i];
	if (bad == NULL && m->ocsp_url != NULL && !registrar_web_url(m->ocsp_url))
		bad = m->ocsp_url;
	if (bad != NULL)
		return brski_fail(err, BRSKI_E_CONFIG, "registrar.conf(5)",
		    "manufacturer \"%s\": \"%s\" is no http:// URL", m->name, bad);
	return BRSKI_OK;
}

/* What the table cannot say. */
static enum brski_rc
check(const struct registrar_conf *c, struct brski_err *err)
{
	const struct registrar_conf_manufacturer *m = c->manufacturers.v;
	char url[REGISTRAR_MASA_URL_MAX];
	enum brski_rc rc;
	size_t i;

	if ((rc = check_listen("listen-coaps", c->listen_coaps, err)) != BRSKI_OK ||
	    (rc = check_listen("listen-jpy", c->listen_jpy, err)) != BRSKI_OK ||
	    (rc = check_listen("listen-va", c->listen_va, err)) != BRSKI_OK ||
	    (rc = check_va_url(c->va_url, err)) != BRSKI_OK)
		return rc;
	for (i = 0; i < c->interfaces.n; i++)
		if (strlen(c->interfaces.v[i]) >= IF_NAMESIZE)
			return brski_fail(err, BRSKI_E_CONFIG, "registrar.conf(5)",
			    "interfaces: \"%s\" is longer than the name of an interface",
			    c->interfaces.v[i]);
	for (i = 0; i < c->manufacturers.n; i++) {
		/* it is half of a device's key */
		if (m[i].name[0] == '\0' || strlen(m[i].name) > REGISTRAR_NAME_MAX)
			return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.3",
			    "a manufacturer's name has 1 to %d octets", REGISTRAR_NAME_MAX);
		if (m[i].masa_url != NULL &&
		    registrar_masa_url(brski_slice_str(m[i].masa_url), url, NULL) != BRSKI_OK)
			return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 2.3.2",
			    "manufacturer \"%s\": masa-url is no MASA URL", m[i].name);
		if ((rc = check_web(&m[i], err)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}

enum brski_rc
registrar_conf_load(const char *path, struct registrar_conf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_conf_load(path, &registrar_conf_schema, out, err)) == BRSKI_OK &&
	    (rc = check(out, err)) != BRSKI_OK)
		registrar_conf_clear(out);
	return rc;
}

void
registrar_conf_clear(struct registrar_conf *c)
{
	brski_conf_clear(&registrar_conf_schema, c);
}

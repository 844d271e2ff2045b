/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for a voucher and taking it: RFC 8995 5.2 and 5.6. */
#include "pledge/engine.h"

#define NONCE_SIZE 16

/*
 * Connect as the device that left the factory. A new attempt has a new nonce, unless this registrar
 * is still deciding.
 */
enum brski_rc
pledge_identify(struct pledge *p, struct brski_err *err)
{
	enum brski_rc rc;

	pledge_hang_up(p);
	brski_artifact_clear(&p->request);
	brski_certs_clear(&p->server);
	brski_buf_reset(&p->pvr);
	p->has_request = p->unparked = false;
	pledge_speak(p);
	(void)pledge_unpark(p);
	p->as = PLEDGE_AS_IDEVID;
	if ((rc = p->port->connect(p->port->arg, p->candidate, p->as, err)) == BRSKI_OK)
		p->connected = true;
	return rc;
}

enum brski_rc
pledge_request_open(struct pledge *p, struct brski_err *err)
{
	const struct brski_format *f;
	enum brski_rc rc;

	brski_artifact_clear(&p->request);
	p->request = pledge_artifact(p);
	/* a request that was made before a restart may be in another format than now configured */
	if ((f = brski_format_sniff(brski_buf_slice(&p->pvr))) != NULL)
		p->format = f;
	/* the signer's certificate may have been left out: it is ours */
	rc = brski_artifact_open(p->format, brski_buf_slice(&p->pvr), p->conf.idevid, false,
	    BRSKI_VOUCHER_REQUEST, &p->request, err);
	p->has_request = rc == BRSKI_OK;
	return rc;
}

bool
pledge_request_names(const struct pledge *p, const struct brski_cert *server)
{
	const struct brski_voucher *v = &p->request.v;
	uint8_t hash[BRSKI_SHA256_SIZE];

	if (v->proximity_registrar_cert.p != NULL)
		return brski_slice_eq(v->proximity_registrar_cert, server->der);
	if (v->proximity_registrar_pubk.p != NULL)
		return brski_slice_eq(v->proximity_registrar_pubk, server->spki);
	brski_sha256(server->spki, hash);
	return brski_slice_eq(v->proximity_registrar_pubk_sha256, brski_slice(hash, sizeof(hash)));
}

/*
 * RFC 8995 5.2: the certificate that this very connection presented, its key, or (in hash) the
 * digest of that, which is the smallest.
 */
static void
set_proximity(const struct pledge *p, const struct brski_cert *server,
    uint8_t hash[BRSKI_SHA256_SIZE], struct brski_voucher *v)
{
	enum pledge_proximity leaf = p->conf.proximity;

	if (leaf == PLEDGE_PROXIMITY_AUTO)
		leaf = p->format->pvr_without_certs ? PLEDGE_PROXIMITY_PUBK_SHA256
		                                    : PLEDGE_PROXIMITY_CERT;
	if (leaf == PLEDGE_PROXIMITY_CERT)
		v->proximity_registrar_cert = server->der;
	else if (leaf == PLEDGE_PROXIMITY_PUBK)
		v->proximity_registrar_pubk = server->spki;
	else {
		brski_sha256(server->spki, hash);
		v->proximity_registrar_pubk_sha256 = brski_slice(hash, BRSKI_SHA256_SIZE);
	}
}

/* RFC 8995 5.2: a fresh nonce, and whom this very connection leads to. */
static enum brski_rc
make_request(struct pledge *p, const struct brski_cert *server, struct brski_err *err)
{
	static const struct brski_certs none;
	const struct brski_certs *certs = p->format->pvr_without_certs ? &none : p->conf.idevid;
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER_REQUEST);
	int64_t now = pledge_now(p);
	uint8_t nonce[NONCE_SIZE], hash[BRSKI_SHA256_SIZE];
	char date[BRSKI_TIME_TEXT];
	enum brski_rc rc;

	p->port->random(p->port->arg, nonce, sizeof(nonce));
	v.assertion = BRSKI_ASSERTION_PROXIMITY;
	v.nonce = brski_slice(nonce, sizeof(nonce));
	v.serial_number = p->serial;
	set_proximity(p, server, hash, &v);
	if (now != BRSKI_TIME_UNKNOWN) {
		brski_time_format_rfc3339(now, date);
		v.created_on = (struct brski_date){ brski_slice_str(date), now };
	}
	brski_buf_reset(&p->pvr);
	if ((rc = brski_artifact_seal(p->format, &v, p->conf.idevid_key, certs, now, &p->pvr,
	         err)) != BRSKI_OK)
		return rc;
	return pledge_request_open(p, err);
}

/*
 * The same bytes as long as we are waiting on one registrar (5.6), over a restart too: saved before
 * they leave.
 */
static enum brski_rc
write_request(struct pledge *p, const void *arg, const struct pledge_peer *peer,
    struct brski_buf *body, struct brski_err *err)
{
	const struct pledge_port *port = p->port;
	enum brski_rc rc;

	(void)arg;
	if (!p->has_request &&
	    ((rc = make_request(p, &peer->chain->v[0], err)) != BRSKI_OK ||
	        (rc = port->save(port->arg, PLEDGE_ITEM_PVR, brski_buf_slice(&p->pvr), err)) !=
	            BRSKI_OK ||
	        (rc = pledge_save_state(p, PLEDGE_REQUEST_JOIN, err)) != BRSKI_OK))
		return rc;
	return brski_buf_append(body, brski_buf_slice(&p->pvr), err);
}

enum brski_rc
pledge_request_join(struct pledge *p, struct brski_err *err)
{
	struct pledge_op op = { .call = PLEDGE_CALL_VOUCHER,
		.media = p->format->media_type,
		.accept = p->format->media_type,
		.max = BRSKI_ENVELOPE_MAX,
		.write = write_request };

	return pledge_ask(p, &op, &p->voucher, err);
}

/*
 * What the pin stands for: itself, or the server whose key it is. Sole anchor until cacerts is
 * known: 5.6.2.
 */
static enum brski_rc
keep_pin(struct pledge *p, const struct brski_voucher *v, struct brski_err *err)
{
	struct brski_slice der =
	    v->pinned_domain_cert.p != NULL ? v->pinned_domain_cert : p->server.v[0].der;
	enum brski_rc rc;

	brski_certs_clear(&p->trust);
	if ((rc = brski_certs_add(&p->trust, der, err)) != BRSKI_OK)
		return rc;
	return pledge_save_certs(p, PLEDGE_ITEM_TRUST, &p->trust, err);
}

/* Since this one was sent, another registrar's request took its place in the storage. */
static enum brski_rc
keep_request(struct pledge *p, struct brski_err *err)
{
	if (!p->unparked)
		return BRSKI_OK;
	p->unparked = false;
	return p->port->save(p->port->arg, PLEDGE_ITEM_PVR, brski_buf_slice(&p->pvr), err);
}

/* 5.6.1, then 5.6.2 over the chain that this connection presented; then it is ours for good. */
enum brski_rc
pledge_imprint(struct pledge *p, struct brski_err *err)
{
	const struct pledge_port *port = p->port;
	struct pledge_voucher_in in = { .format = p->format,
		.wire = brski_buf_slice(&p->voucher),
		.anchors = &p->anchors,
		.serial = p->serial,
		.idevid = &p->conf.idevid->v[0],
		.request = &p->request.v,
		.at = pledge_now(p),
		.accept_assertions = p->conf.accept_assertions,
		.accept_nonceless = p->conf.accept_nonceless,
		.strict = p->conf.strict };
	struct brski_artifact a = pledge_artifact(p);
	enum brski_rc rc;

	if ((rc = pledge_voucher_judge(&in, &a, err)) == BRSKI_OK &&
	    (rc = pledge_pin_check(&a.v, &p->server, in.at, err)) == BRSKI_OK &&
	    (rc = keep_request(p, err)) == BRSKI_OK &&
	    (rc = port->save(port->arg, PLEDGE_ITEM_VOUCHER, in.wire, err)) == BRSKI_OK)
		rc = keep_pin(p, &a.v, err);
	brski_artifact_clear(&a);
	return rc;
}

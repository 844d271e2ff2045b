/* SPDX-License-Identifier: Apache-2.0 */
/* The judges of the daemons, for people: nothing is decided here. */
#include "masa/rvr.h"
#include "pledge/imprint.h"
#include "registrar/ctl/input.h"
#include "registrar/ctl/view.h"
#include "registrar/pvr.h"
#include "voucher/json.h"

/* Everything that was handed in, read. */
struct job {
	const struct ctl_args *args;
	struct brski_buf wire, request;
	const struct brski_format *format;
	struct brski_certs anchors, client;
	struct brski_signed request_env; /* --request, opened */
	struct brski_voucher request_voucher;
	int64_t at;
};

/* Judge; what is worth saying about an accepted object goes into result. */
typedef enum brski_rc judge_fn(const struct job *job, json_t *result, struct brski_err *err);

struct role {
	const char *name;
	judge_fn *judge;
	enum brski_voucher_kind kind;
	bool request, client_cert, strict; /* which options it takes; --request is then due */
};

static void
job_clear(struct job *job)
{
	brski_buf_clear(&job->wire);
	brski_buf_clear(&job->request);
	brski_certs_clear(&job->anchors);
	brski_certs_clear(&job->client);
	brski_signed_clear(&job->request_env);
	brski_voucher_clear(&job->request_voucher);
}

static enum brski_rc
judge_signature(const struct job *job, json_t *result, struct brski_err *err)
{
	struct brski_signed env = { 0 };
	enum brski_rc rc;

	/* an anchor may be the signer itself, and then need not be inside */
	if ((rc = job->format->open(brski_buf_slice(&job->wire), &job->anchors, false, &env,
	         err)) != BRSKI_OK)
		return rc;
	rc = brski_path_validate(&(struct brski_path){ .leaf = env.signer,
	                             .untrusted = &env.certs,
	                             .anchors = &job->anchors,
	                             .at = job->at },
	    NULL, err);
	if (rc == BRSKI_OK)
		(void)brski_json_put(result, "signer", ctl_view_cert(env.signer));
	brski_signed_clear(&env);
	return rc;
}

static enum brski_rc
judge_as_registrar(const struct job *job, json_t *result, struct brski_err *err)
{
	struct registrar_pvr_in in = {
		.format = job->format,
		.wire = brski_buf_slice(&job->wire),
		.client_chain = &job->client,
		.anchors = &job->anchors,
		.serial_from = BRSKI_SERIAL_FROM_SUBJECT,
		.at = job->at,
		.strict = job->args->strict,
	};
	struct registrar_pvr pvr;
	enum brski_rc rc;

	if ((rc = registrar_pvr_judge(&in, &pvr, err)) == BRSKI_OK) {
		(void)brski_json_put(result, "serial-number",
		    json_stringn((const char *)pvr.serial.p, pvr.serial.n));
		(void)brski_json_put(result, "pledge", ctl_view_cert(pvr.client));
	}
	registrar_pvr_clear(&pvr);
	return rc;
}

static enum brski_rc
judge_as_masa(const struct job *job, json_t *result, struct brski_err *err)
{
	struct masa_rvr_in in = {
		.format = job->format,
		.wire = brski_buf_slice(&job->wire),
		.anchors = &job->anchors,
		.serial_from = BRSKI_SERIAL_FROM_SUBJECT,
		.at = job->at,
		.strict = job->args->strict,
	};
	struct masa_rvr rvr;
	enum brski_rc rc;

	if ((rc = masa_rvr_judge(&in, &rvr, err)) == BRSKI_OK) {
		(void)brski_json_put(result, "serial-number",
		    json_stringn((const char *)rvr.rvr.v.serial_number.p,
		        rvr.rvr.v.serial_number.n));
		(void)brski_json_put(result, "proximity", json_boolean(rvr.proximity));
		(void)brski_json_put(result, "registrar", ctl_view_cert(rvr.rvr.env.signer));
	}
	masa_rvr_clear(&rvr);
	return rc;
}

/*
 * Does the one certificate that the pledge saw tell whether the pin covers it? A chain might be
 * missing.
 */
static bool
decides_pin(const struct brski_voucher *v, const struct brski_cert *seen)
{
	struct brski_cert pin;

	if (v->pinned_domain_cert.p == NULL ||
	    brski_cert_decode(v->pinned_domain_cert, &pin, NULL) != BRSKI_OK)
		return true;
	return !pin.ca || brski_slice_eq(pin.spki, seen->spki) ||
	    brski_name_eq(seen->issuer, pin.subject) || brski_cert_self_issued(seen);
}

/* A request that names a key: a pin that is a key, or the very key, decides. */
static bool
decides_key_pin(const struct brski_voucher *v, struct brski_slice key)
{
	struct brski_cert pin;

	if (key.p == NULL || v->pinned_domain_cert.p == NULL)
		return key.p != NULL;
	return brski_cert_decode(v->pinned_domain_cert, &pin, NULL) == BRSKI_OK &&
	    brski_slice_eq(pin.spki, key);
}

/* The key that the request names; by its digest, when it is the pinned one. */
static struct brski_slice
asked_key(const struct brski_voucher *v, const struct brski_voucher *request)
{
	struct brski_cert pin = { .spki = v->pinned_domain_pubk };
	uint8_t hash[BRSKI_SHA256_SIZE];

	if (request->proximity_registrar_pubk.p != NULL)
		return request->proximity_registrar_pubk;
	if (v->pinned_domain_cert.p != NULL)
		(void)brski_cert_decode(v->pinned_domain_cert, &pin, NULL);
	brski_sha256(pin.spki, hash);
	return brski_slice_eq(request->proximity_registrar_pubk_sha256,
	           brski_slice(hash, sizeof(hash)))
	    ? pin.spki
	    : brski_slice(NULL, 0);
}

static enum brski_rc
check_pin(const struct brski_voucher *v, const struct brski_voucher *request, int64_t at,
    json_t *result, struct brski_err *err)
{
	struct brski_cert bare = { .spki = asked_key(v, request) };
	struct brski_certs chain = { 0 };
	bool decided = decides_key_pin(v, bare.spki);
	enum brski_rc rc = BRSKI_OK;

	if (decided)
		rc = pledge_pin_check(v, &(struct brski_certs){ .v = &bare, .n = 1 }, at, err);
	else if (request->proximity_registrar_cert.p != NULL)
		rc = brski_certs_add(&chain, request->proximity_registrar_cert, err);
	if (rc == BRSKI_OK && chain.n > 0 && decides_pin(v, &chain.v[0])) {
		decided = true;
		rc = pledge_pin_check(v, &chain, at, err);
	}
	(void)brski_json_put(result, "pin",
	    json_string(!decided          ? "not judged"
	            : bare.spki.p != NULL ? "covers the proximity key"
	                                  : "covers the proximity certificate"));
	brski_certs_clear(&chain);
	return rc;
}

static enum brski_rc
judge_as_pledge(const struct job *job, json_t *result, struct brski_err *err)
{
	static const struct brski_cert nobody; /* has no serial number */
	const struct brski_voucher *request = &job->request_voucher;
	const struct brski_cert *idevid = job->request_env.signer;
	struct pledge_voucher_in in = {
		.format = job->format,
		.wire = brski_buf_slice(&job->wire),
		.anchors = &job->anchors,
		.serial = request->serial_number,
		.idevid = idevid, /* requests in COSE come without it */
		.request = request,
		.at = job->at,
		.accept_assertions = PLEDGE_ACCEPT_DEFAULT,
		.strict = job->args->strict,
	};
	struct brski_artifact a = { 0 };
	enum brski_rc rc;

	if (in.serial.p == NULL &&
	    (rc = brski_cert_device_serial(idevid != NULL ? idevid : &nobody,
	         BRSKI_SERIAL_FROM_SUBJECT, &in.serial, err)) != BRSKI_OK)
		return rc;
	if ((rc = pledge_voucher_judge(&in, &a, err)) != BRSKI_OK)
		return rc;
	(void)brski_json_put(result, "assertion", json_string(brski_assertion_name(a.v.assertion)));
	(void)brski_json_put(result, "signer", ctl_view_cert(a.env.signer));
	if (idevid == NULL && a.v.idevid_issuer.p != NULL)
		(void)brski_json_put(result, "idevid-issuer", json_string("not judged"));
	rc = check_pin(&a.v, request, job->at, result, err);
	brski_artifact_clear(&a);
	return rc;
}

static const struct role roles[] = {
	{ "pledge", judge_as_pledge, BRSKI_VOUCHER, true, true, true },
	{ "registrar", judge_as_registrar, BRSKI_VOUCHER_REQUEST, false, true, true },
	{ "masa", judge_as_masa, BRSKI_VOUCHER_REQUEST, false, false, true },
};
static const struct role signature_only = { "signature", judge_signature, BRSKI_VOUCHER, false,
	false, false };

static const struct role *
find_role(const struct ctl_args *a)
{
	size_t i;

	if (a->signature_only)
		return a->as == NULL ? &signature_only : NULL;
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]) && a->as != NULL; i++)
		if (strcmp(roles[i].name, a->as) == 0)
			return &roles[i];
	return NULL;
}

static int
check_usage(const struct ctl_args *a, const struct role *role)
{
	if (role == NULL)
		return ctl_usage("one of --as pledge, --as registrar, --as masa, --signature-only");
	if (a->anchors.n == 0)
		return ctl_usage("--anchor is missing");
	if (role->request != (a->request != NULL))
		return ctl_usage("--request goes with --as pledge, and only with it");
	if ((a->client_cert != NULL && !role->client_cert) || (a->strict && !role->strict))
		return ctl_usage("%s does not go with %s",
		    a->strict && !role->strict ? "--strict" : "--client-cert", role->name);
	return CTL_OK;
}

/* The pledge's own request: read, not judged, unless somebody changed it. */
static enum brski_rc
load_request(struct job *job, struct brski_err *err)
{
	struct brski_slice wire = brski_buf_slice(&job->request);
	const struct brski_format *f = brski_format_sniff(wire);
	struct brski_signed *env = &job->request_env;
	struct brski_err verdict = { 0 };
	enum brski_rc rc;

	if (f == NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 5.2",
		    "--request is not a signed voucher-request");
	if ((rc = f->look(wire, &job->client, env, &verdict, err)) != BRSKI_OK ||
	    (rc = f->decode(env->payload, &job->request_voucher, err)) != BRSKI_OK)
		return rc;
	if (job->request_voucher.kind != BRSKI_VOUCHER_REQUEST)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 5.2", "--request is a voucher");
	if (verdict.rc != BRSKI_OK && (env->odd & BRSKI_ODD_NO_CERT) == 0)
		return brski_fail(err, verdict.rc, verdict.spec, "--request: %s", verdict.detail);
	return BRSKI_OK;
}

static enum brski_rc
load(const struct ctl_args *a, struct job *job, struct brski_err *err)
{
	struct ctl_list client = { .v = { a->client_cert }, .n = a->client_cert != NULL };
	enum brski_rc rc;

	*job =
	    (struct job){ .args = a, .request_voucher = brski_voucher_init(BRSKI_VOUCHER_REQUEST) };
	if ((rc = ctl_time(a->at, &job->at, err)) != BRSKI_OK ||
	    (rc = ctl_certs(&a->anchors, &job->anchors, err)) != BRSKI_OK ||
	    (rc = ctl_certs(&client, &job->client, err)) != BRSKI_OK ||
	    (rc = ctl_read(a->operands.v[0], &job->wire, err)) != BRSKI_OK ||
	    (a->request != NULL &&
	        ((rc = ctl_read(a->request, &job->request, err)) != BRSKI_OK ||
	            (rc = load_request(job, err)) != BRSKI_OK)))
		return rc;
	job->format = brski_format_sniff(brski_buf_slice(&job->wire));
	if (job->format == NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 3",
		    "not a signed voucher in a format that we know");
	return BRSKI_OK;
}

/* "Cannot be parsed" is told from "is refused" before anybody judges. */
static enum brski_rc
parse(const struct job *job, bool payload, struct brski_err *err)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_err verdict = { 0 };
	struct brski_signed env = { 0 };
	enum brski_rc rc;

	rc = job->format->look(brski_buf_slice(&job->wire), NULL, &env, &verdict, err);
	if (rc == BRSKI_OK && payload && env.payload.p != NULL)
		rc = job->format->decode(env.payload, &v, err);
	brski_voucher_clear(&v);
	brski_signed_clear(&env);
	return rc;
}

static int
verify(const struct job *job, const struct role *role)
{
	json_t *result = json_object();
	struct brski_err err = { 0 };
	int rc;

	(void)brski_json_put(result, "accepted", json_true());
	(void)brski_json_put(result, "as", json_string(role->name));
	if (parse(job, role != &signature_only, &err) != BRSKI_OK)
		rc = ctl_fail(&err);
	else if (role->judge(job, result, &err) != BRSKI_OK)
		rc = ctl_refused(&err, json_incref(result), job->args->json);
	else
		rc = ctl_view_print(json_incref(result), job->args->json);
	json_decref(result);
	return rc;
}

int
ctl_voucher_verify(struct ctl_args *a)
{
	const struct role *role = find_role(a);
	struct brski_err err = { 0 };
	struct job job;
	int rc;

	if ((rc = check_usage(a, role)) != CTL_OK)
		return rc;
	rc = load(a, &job, &err) != BRSKI_OK ? ctl_fail(&err) : verify(&job, role);
	job_clear(&job);
	return rc;
}

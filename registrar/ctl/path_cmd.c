/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/path.h"
#include "registrar/ctl/input.h"
#include "registrar/ctl/view.h"
#include "voucher/json.h"

struct job {
	struct brski_certs leaf, anchors, untrusted;
	struct brski_crls crls;
	int64_t at;
};

static void
job_clear(struct job *job)
{
	brski_certs_clear(&job->leaf);
	brski_certs_clear(&job->anchors);
	brski_certs_clear(&job->untrusted);
	brski_crls_clear(&job->crls);
}

/*
 * The first certificate of CERT is judged; more in that file, as in a chain, help to build the
 * path.
 */
static enum brski_rc
load(const struct ctl_args *a, struct job *job, struct brski_err *err)
{
	enum brski_rc rc;

	*job = (struct job){ 0 };
	if ((rc = ctl_time(a->at, &job->at, err)) != BRSKI_OK ||
	    (rc = ctl_certs(&a->operands, &job->leaf, err)) != BRSKI_OK ||
	    (rc = ctl_certs(&a->anchors, &job->anchors, err)) != BRSKI_OK ||
	    (rc = ctl_certs(&a->untrusted, &job->untrusted, err)) != BRSKI_OK ||
	    (rc = ctl_crls(&a->crls, &job->crls, err)) != BRSKI_OK)
		return rc;
	return brski_certs_copy(&job->untrusted, &job->leaf, err);
}

static int
accepted(const struct brski_path_found *found, bool json)
{
	json_t *path = json_array();
	size_t i;

	for (i = 0; i < found->n; i++)
		(void)json_array_append_new(path, ctl_view_cert(found->v[i]));
	return ctl_view_print(json_pack("{s:b, s:o}", "accepted", 1, "path", path), json);
}

static int
verify(const struct job *job, const struct ctl_args *a)
{
	struct brski_path path = {
		.leaf = &job->leaf.v[0],
		.untrusted = &job->untrusted,
		.anchors = &job->anchors,
		.crls = &job->crls,
		.require_crl = a->require_crl,
		.at = job->at,
	};
	struct brski_path_found found;
	struct brski_err err = { 0 };

	if (brski_path_validate(&path, &found, &err) != BRSKI_OK)
		return ctl_refused(&err, json_object(), a->json);
	return accepted(&found, a->json);
}

int
ctl_path_verify(struct ctl_args *a)
{
	struct brski_err err = { 0 };
	struct job job;
	int rc;

	if (a->anchors.n == 0)
		return ctl_usage("--anchor is missing");
	rc = load(a, &job, &err) != BRSKI_OK ? ctl_fail(&err) : verify(&job, a);
	job_clear(&job);
	return rc;
}

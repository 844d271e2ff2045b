/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our voucher or voucher-request in COSE, for others to look at.
 *
 * usage: seal voucher|request KEY [bag=CERTS] [forward=1] [LEAF=VALUE...]
 *
 * KEY and CERTS are files; VALUE is text, or @FILE for bytes. forward: what a registrar passes on.
 * The object goes to standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/file.h"
#include "message/format.h"

#define LEAVES_MAX 16

struct job {
	struct brski_voucher v;
	struct brski_certs bag;
	struct brski_buf files[LEAVES_MAX];
	size_t files_n;
	bool forward;
};

static void
die(const struct brski_err *err, const char *what)
{
	fprintf(stderr, "seal: %s: %s\n", what, err->detail);
	exit(1);
}

static struct brski_slice
value_of(struct job *job, const char *text)
{
	struct brski_buf *file = &job->files[job->files_n];
	struct brski_err err = { 0 };

	if (text[0] != '@')
		return brski_slice_str(text);
	if (job->files_n++ == LEAVES_MAX || brski_file_read(text + 1, file, &err) != BRSKI_OK)
		die(&err, text);
	return brski_buf_slice(file);
}

static void
set_leaf(struct job *job, const struct brski_leaf *leaf, const char *text)
{
	void *member = (char *)&job->v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		job->v.assertion = brski_assertion_from(brski_slice_str(text));
		break;
	case BRSKI_LEAF_BOOL:
		*(enum brski_tri *)member = strcmp(text, "true") == 0 ? BRSKI_TRUE : BRSKI_FALSE;
		break;
	case BRSKI_LEAF_DATE:
		((struct brski_date *)member)->text = brski_slice_str(text);
		break;
	default:
		*(struct brski_slice *)member = value_of(job, text);
		break;
	}
}

static void
take(struct job *job, char *argument)
{
	const struct brski_leaf *leaf;
	struct brski_err err = { 0 };
	char *value = strchr(argument, '=');

	if (value == NULL)
		die(&err, argument);
	*value++ = '\0';
	leaf = brski_leaf_find(brski_slice_str(argument));
	if (leaf != NULL)
		set_leaf(job, leaf, value);
	else if (strcmp(argument, "forward") == 0)
		job->forward = true;
	else if (strcmp(argument, "bag") != 0 ||
	    brski_certs_load(&job->bag, value, &err) != BRSKI_OK)
		die(&err, argument);
}

int
main(int argc, char **argv)
{
	const struct brski_format *f = brski_format_find(BRSKI_LIT("application/voucher+cose"));
	struct brski_buf sealed = { 0 }, out = { 0 };
	struct brski_key key = { 0 };
	struct brski_err err = { 0 };
	struct job job = { 0 };
	int i;

	if (argc < 3)
		die(&err, "usage: seal voucher|request KEY [LEAF=VALUE...]");
	job.v = brski_voucher_init(
	    strcmp(argv[1], "voucher") == 0 ? BRSKI_VOUCHER : BRSKI_VOUCHER_REQUEST);
	for (i = 3; i < argc; i++)
		take(&job, argv[i]);
	if (brski_key_load(argv[2], &key, &err) != BRSKI_OK ||
	    brski_artifact_seal(f, &job.v, &key, &job.bag, BRSKI_TIME_UNKNOWN, &sealed, &err) !=
	        BRSKI_OK ||
	    (job.forward ? f->forward(brski_buf_slice(&sealed), &out, &err)
	                 : brski_buf_set(&out, brski_buf_slice(&sealed), &err)) != BRSKI_OK)
		die(&err, argv[2]);
	i = fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0 ? 0 : 1;
	brski_key_clear(&key);
	brski_certs_clear(&job.bag);
	brski_buf_clear(&sealed);
	brski_buf_clear(&out);
	while (job.files_n > 0)
		brski_buf_clear(&job.files[--job.files_n]);
	return i;
}

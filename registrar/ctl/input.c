/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/input.h"

#include "base/file.h"
#include "base/text.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)
#define CERTS_MAX      4096

static bool
has_pem(struct brski_slice in)
{
	return in.n > 0 && memmem(in.p, in.n, "-----BEGIN ", 11) != NULL;
}

/*
 * Hex digits and white space only. Neither a DER SEQUENCE nor a COSE object has a base64 that is
 * hex.
 */
static bool
unwrap_hex(struct brski_slice in, struct brski_buf *out)
{
	struct brski_buf digits = { .max = FILE_MAX_BYTES };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < in.n && rc == BRSKI_OK; i++)
		if (memchr(" \t\r\n", in.p[i], 4) == NULL)
			rc = brski_buf_append_byte(&digits, in.p[i], NULL);
	if (rc == BRSKI_OK && digits.n == 0)
		rc = BRSKI_E_MALFORMED;
	if (rc == BRSKI_OK)
		rc = brski_hex_decode(brski_buf_slice(&digits), out, NULL);
	brski_buf_clear(&digits);
	return rc == BRSKI_OK;
}

static enum brski_rc
unwrap(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	struct brski_slice label;

	if (has_pem(in))
		return brski_pem_next(&in, &label, out, err);
	if (unwrap_hex(in, out))
		return BRSKI_OK;
	/* what is not base64 is taken as it is */
	if (in.n > 0 && brski_base64_decode(in, BRSKI_BASE64_LINES, out, NULL) == BRSKI_OK)
		return BRSKI_OK;
	return brski_buf_append(out, in, err);
}

/* Several files may have been named: say in which one the trouble is. */
static enum brski_rc
in_file(const char *path, enum brski_rc rc, struct brski_err *err)
{
	struct brski_err cause = *err;

	if (rc == BRSKI_OK || cause.spec == NULL)
		return rc; /* our own trouble with files names them already */
	*err = (struct brski_err){ 0 };
	(void)brski_fail(err, rc, cause.spec, "%s: %s", path, cause.detail);
	return rc;
}

enum brski_rc
ctl_read(const char *path, struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf text = { .max = FILE_MAX_BYTES };
	enum brski_rc rc;

	if ((rc = brski_file_read(path, &text, err)) == BRSKI_OK)
		rc = unwrap(brski_buf_slice(&text), out, err);
	brski_buf_clear(&text);
	return in_file(path, rc, err);
}

enum brski_rc
ctl_certs(const struct ctl_list *files, struct brski_certs *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	out->max = CERTS_MAX;
	for (i = 0; i < files->n && rc == BRSKI_OK; i++)
		rc = in_file(files->v[i], brski_certs_load(out, files->v[i], err), err);
	return rc;
}

enum brski_rc
ctl_crls(const struct ctl_list *files, struct brski_crls *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < files->n && rc == BRSKI_OK; i++)
		rc = in_file(files->v[i], brski_crls_load(out, files->v[i], err), err);
	return rc;
}

enum brski_rc
ctl_time(const char *at, int64_t *out, struct brski_err *err)
{
	struct brski_clock system = brski_clock_system();

	if (at == NULL)
		*out = brski_clock_now(&system);
	else if (strcmp(at, "never") == 0)
		*out = BRSKI_TIME_UNKNOWN;
	else
		return brski_time_parse_rfc3339(brski_slice_str(at), out, err);
	return BRSKI_OK;
}

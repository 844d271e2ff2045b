/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, CRLs and keys from files: apart, because not everybody who reads them has files. */
#include "base/file.h"
#include "crypto/crl.h"

enum brski_rc
brski_certs_load(struct brski_certs *list, const char *path, struct brski_err *err)
{
	struct brski_buf text = { .max = BRSKI_BUF_MAX, .heap = list->heap };
	enum brski_rc rc;

	if ((rc = brski_file_read(path, &text, err)) == BRSKI_OK)
		rc = brski_certs_add_any(list, brski_buf_slice(&text), err);
	brski_buf_clear(&text);
	return rc;
}

enum brski_rc
brski_crls_load(struct brski_crls *list, const char *path, struct brski_err *err)
{
	struct brski_buf in = { .max = 2 * BRSKI_CRL_MAX };
	enum brski_rc rc;

	if ((rc = brski_file_read(path, &in, err)) == BRSKI_OK)
		rc = brski_crls_add(list, brski_buf_slice(&in), err);
	brski_buf_clear(&in);
	return rc;
}

enum brski_rc
brski_key_load(const char *path, struct brski_key *k, struct brski_err *err)
{
	struct brski_buf in = { .max = BRSKI_KEY_FILE_MAX };
	enum brski_rc rc;

	*k = (struct brski_key){ 0 };
	if ((rc = brski_file_read(path, &in, err)) == BRSKI_OK)
		rc = brski_key_decode(brski_buf_slice(&in), k, err);
	brski_buf_wipe(&in);
	return rc;
}

enum brski_rc
brski_keys_load(const char *path, struct brski_keys *out, struct brski_err *err)
{
	struct brski_buf in = { .max = BRSKI_KEY_FILE_MAX };
	enum brski_rc rc;

	*out = (struct brski_keys){ 0 };
	if ((rc = brski_file_read(path, &in, err)) == BRSKI_OK)
		rc = brski_keys_decode(brski_buf_slice(&in), out, err);
	brski_buf_wipe(&in);
	return rc;
}

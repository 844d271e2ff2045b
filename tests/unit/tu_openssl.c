/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tu_openssl.h"
#include "base/file.h"
#include "base/text.h"

static char dir[32];

int
tu_openssl_open(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tu_openssl.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

int
tu_openssl_close(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? 0 : -1;
}

void
tu_openssl_needed(void)
{
	if (system("openssl version >/dev/null 2>&1") != 0)
		skip();
}

int
tu_openssl(struct brski_buf *out, const char *args)
{
	char command[512], part[4096];
	struct brski_err err = { 0 };
	size_t n;
	FILE *p;

	snprintf(command, sizeof(command), "{ cd %s && openssl %s; } 2>&1", dir, args);
	p = popen(command, "r");
	assert_non_null(p);
	while ((n = fread(part, 1, sizeof(part), p)) > 0)
		if (out != NULL)
			assert_ok(brski_buf_append(out, brski_slice(part, n), &err), &err);
	return pclose(p);
}

void
tu_openssl_says(const char *args, const char *text)
{
	struct brski_buf out = { 0 };
	int status = tu_openssl(&out, args);

	if (status != 0 || strstr(brski_buf_cstr(&out), text) == NULL)
		fail_msg("openssl %s: status %d, said: %s", args, status, brski_buf_cstr(&out));
	brski_buf_clear(&out);
}

const char *
tu_openssl_path(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

void
tu_openssl_put(const char *name, struct brski_slice bytes)
{
	struct brski_err err = { 0 };

	assert_ok(brski_file_write(tu_openssl_path(name), bytes, 0600, &err), &err);
}

void
tu_openssl_put_pem(const char *name, const char *label, struct brski_slice der)
{
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_pem_encode(label, der, &pem, &err), &err);
	tu_openssl_put(name, brski_buf_slice(&pem));
	brski_buf_clear(&pem);
}

void
tu_openssl_put_key(const char *name, const struct brski_key *key)
{
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_key_encode_pem(key, &pem, &err), &err);
	tu_openssl_put(name, brski_buf_slice(&pem));
	brski_buf_wipe(&pem);
}

void
tu_openssl_get(const char *name, struct brski_buf *out)
{
	struct brski_err err = { 0 };

	assert_ok(brski_file_read(tu_openssl_path(name), out, &err), &err);
}

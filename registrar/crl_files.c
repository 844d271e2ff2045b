/* SPDX-License-Identifier: Apache-2.0 */
/* Each list as a file too, for another web server: written once the list itself is on disk. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/text.h"
#include "registrar/batch.h"
#include "registrar/va_inner.h"

static enum brski_rc
write_one(const char *folder, const char *name, const struct registrar_crl *c,
    struct brski_err *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s.crl", folder, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return brski_broken(err, BRSKI_E_IO, "crl-directory: the path is too long");
	return brski_file_write(path, brski_buf_slice(&c->der), 0644, err);
}

/* What has been published of this generation, unless it is there already. */
static enum brski_rc
write_list(struct registrar *r, const struct registrar_authority *a, bool current,
    struct brski_err *err)
{
	const char *folder = r->site->conf.crl_directory;
	struct registrar_va_list *l = registrar_va_list_of(r, a->id);
	char id[2 * REGISTRAR_AUTHORITY_ID + 1];
	struct brski_buf hex = brski_buf_fixed(id, sizeof(id));
	struct registrar_crl c;
	enum brski_rc rc;

	if ((rc = registrar_crl_get(r->store, a->id, &c, err)) != BRSKI_OK)
		return rc;
	if (c.number == 0 || (l != NULL && l->written == c.number))
		goto out;
	if ((rc = brski_hex_encode(brski_slice(a->id, sizeof(a->id)), &hex, err)) != BRSKI_OK ||
	    (rc = write_one(folder, brski_buf_cstr(&hex), &c, err)) != BRSKI_OK ||
	    (current && (rc = write_one(folder, "domain", &c, err)) != BRSKI_OK))
		goto out;
	if (l != NULL)
		l->written = c.number;
out:
	brski_buf_clear(&c.der);
	return rc;
}

static void
write_all(struct registrar *r)
{
	const char *folder = r->site->conf.crl_directory;
	const struct registrar_authority *a;
	struct brski_err err = { 0 };
	size_t i, n;

	if (folder == NULL)
		return;
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		brski_log_warn(r->log, "crl", "%s: %s", folder, strerror(errno));
	a = registrar_keeper_authorities(r->site->keeper, &n);
	if (registrar_flush(r, &err) == BRSKI_OK)
		for (i = 0; i < n && err.rc == BRSKI_OK; i++)
			(void)write_list(r, &a[i], i == 0, &err);
	if (err.rc != BRSKI_OK)
		brski_log_err(r->log, "crl", &err);
}

static void
fire(void *arg)
{
	struct registrar *r = arg;

	r->va->files = NULL;
	write_all(r);
}

void
registrar_crl_files_later(struct registrar *r)
{
	struct registrar_va *va;

	if (r->site->conf.crl_directory == NULL || (va = registrar_va_memory(r)) == NULL ||
	    va->files != NULL)
		return;
	va->files = r->timers.start(r->timers.arg, 0, fire, r);
}

void
registrar_crl_files_now(struct registrar *r)
{
	if (r->va == NULL || r->va->files == NULL)
		return;
	r->timers.cancel(r->timers.arg, r->va->files);
	fire(r);
}

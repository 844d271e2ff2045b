/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/port_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

/* A clock that stands before this program was written has lost its battery. 2026-01-01T00:00:00Z */
#define CLOCK_FLOOR INT64_C(1767225600)

/* A registrar may ask its MASA while we wait; it answers 202 in good time if it cannot. */
#define CONNECT_MS   5000
#define CALL_MS      30000
#define LOW_SPEED_MS 25000

static const struct {
	const char *name;
	mode_t mode;
} files[PLEDGE_ITEMS] = {
	[PLEDGE_ITEM_STATE] = { "state", 0600 },
	[PLEDGE_ITEM_PVR] = { "pvr.vcj", 0644 },
	[PLEDGE_ITEM_VOUCHER] = { "voucher.vcj", 0644 },
	[PLEDGE_ITEM_TRUST] = { "trust.pem", 0644 },
	[PLEDGE_ITEM_CSR] = { "ldevid.csr", 0644 },
	[PLEDGE_ITEM_LDEVID] = { "ldevid.pem", 0644 },
	[PLEDGE_ITEM_KEY] = { "ldevid.key", 0600 },
	[PLEDGE_ITEM_ANCHORS] = { "anchors.pem", 0644 },
};

bool
pledge_posix_path(const struct pledge_posix *pp, enum pledge_item item, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s/%s", pp->dir, files[item].name);

	return n > 0 && (size_t)n < cap;
}

static enum brski_rc
item_path(const struct pledge_posix *pp, enum pledge_item item, char out[PATH_MAX],
    struct brski_err *err)
{
	if (!pledge_posix_path(pp, item, out, PATH_MAX))
		return brski_broken(err, BRSKI_E_IO, "the state folder's name is too long");
	return BRSKI_OK;
}

/* clock, random */

static int64_t
port_now(void *arg)
{
	struct pledge_posix *pp = arg;
	struct brski_clock clock = brski_clock_system();
	int64_t now = brski_clock_now(&clock);

	return pp->no_clock || now < CLOCK_FLOOR ? BRSKI_TIME_UNKNOWN : now;
}

static uint64_t
port_ticks(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
port_random(void *arg, void *p, size_t n)
{
	(void)arg;
	brski_random(p, n);
}

/* items */

static enum brski_rc
port_load(void *arg, enum pledge_item item, struct brski_buf *out, struct brski_err *err)
{
	char path[PATH_MAX];
	enum brski_rc rc;

	if ((rc = item_path(arg, item, path, err)) != BRSKI_OK)
		return rc;
	return brski_file_read(path, out, err);
}

static enum brski_rc
erase(const char *dir, const char *path, struct brski_err *err)
{
	int fd;

	if (unlink(path) == -1)
		return errno == ENOENT
		    ? BRSKI_OK
		    : brski_broken(err, BRSKI_E_IO, "%s: %s", path, strerror(errno));
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1) {
		(void)fsync(fd);
		close(fd);
	}
	return BRSKI_OK;
}

static enum brski_rc
port_save(void *arg, enum pledge_item item, struct brski_slice bytes, struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	char path[PATH_MAX];
	enum brski_rc rc;

	if ((rc = item_path(pp, item, path, err)) != BRSKI_OK)
		return rc;
	if (brski_slice_present(bytes))
		return brski_file_write(path, bytes, files[item].mode, err);
	if (item == PLEDGE_ITEM_KEY)
		brski_key_clear(&pp->ldevid_key);
	return erase(pp->dir, path, err);
}

/* the LDevID key: a file */

static enum brski_rc
make_key(struct pledge_posix *pp, enum brski_key_type type, struct brski_err *err)
{
	struct brski_key key = { 0 };
	struct brski_buf pem = { 0 };
	enum brski_rc rc;

	if ((rc = brski_key_generate(type, &key, err)) == BRSKI_OK &&
	    (rc = brski_key_encode_pem(&key, &pem, err)) == BRSKI_OK &&
	    (rc = port_save(pp, PLEDGE_ITEM_KEY, brski_buf_slice(&pem), err)) == BRSKI_OK) {
		brski_key_clear(&pp->ldevid_key);
		pp->ldevid_key = key;
		key = (struct brski_key){ 0 };
	}
	brski_buf_wipe(&pem);
	brski_key_clear(&key);
	return rc;
}

static enum brski_rc
port_ldevid_key(void *arg, enum brski_key_type fresh, const struct brski_key **out,
    struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	char path[PATH_MAX];
	enum brski_rc rc = BRSKI_OK;

	*out = NULL;
	if (fresh != BRSKI_KEY_NONE)
		rc = make_key(pp, fresh, err);
	else if (pp->ldevid_key.ops == NULL &&
	    (rc = item_path(pp, PLEDGE_ITEM_KEY, path, err)) == BRSKI_OK)
		rc = brski_key_load(path, &pp->ldevid_key, err);
	if (rc == BRSKI_OK)
		*out = &pp->ldevid_key;
	return rc;
}

/* link */

static void
port_close(void *arg)
{
	struct pledge_posix *pp = arg;

	brski_http_session_free(pp->session);
	pp->session = NULL;
	brski_tls_unref(pp->tls);
	pp->tls = NULL;
}

/* Who we are on this connection: the device of the factory, or the domain's. */
static enum brski_rc
present(struct pledge_posix *pp, enum pledge_as as, struct brski_tls_conf *conf,
    struct brski_err *err)
{
	char path[PATH_MAX];
	enum brski_rc rc;

	if (as == PLEDGE_AS_IDEVID) {
		conf->key = &pp->id->key;
		conf->chain = &pp->id->idevid;
		return BRSKI_OK;
	}
	brski_certs_clear(&pp->ldevid);
	if ((rc = port_ldevid_key(pp, BRSKI_KEY_NONE, &conf->key, err)) != BRSKI_OK ||
	    (rc = item_path(pp, PLEDGE_ITEM_LDEVID, path, err)) != BRSKI_OK)
		return rc;
	conf->chain = &pp->ldevid;
	return brski_certs_load(&pp->ldevid, path, err);
}

/* No anchors: the engine judges the chain, not TLS. RFC 8995 5.1. */
static enum brski_rc
port_connect(void *arg, const char *candidate, enum pledge_as as, struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	struct brski_tls_conf tls = { .server = false };
	struct brski_http_session_conf session = { .one_connection = true,
		.connect_ms = CONNECT_MS,
		.total_ms = CALL_MS,
		.low_speed_ms = LOW_SPEED_MS };
	enum brski_rc rc;

	port_close(pp);
	snprintf(pp->candidate, sizeof(pp->candidate), "%s", candidate);
	if ((rc = present(pp, as, &tls, err)) != BRSKI_OK ||
	    (rc = brski_tls_new(&tls, &pp->tls, err)) != BRSKI_OK)
		return rc;
	session.tls = pp->tls;
	return brski_http_session_new(pp->http, &session, &pp->session, err);
}

/* One call under way: the loop runs until it is answered. */
struct call {
	struct pledge_posix *pp;
	const struct pledge_request *r;
	struct pledge_answer *a;
	bool done;
	enum brski_rc rc;
	struct brski_err err;
};

static enum brski_rc
call_compose(void *arg, const struct brski_peer *peer, struct brski_buf *body,
    struct brski_err *err)
{
	struct call *c = arg;
	struct pledge_peer p = { .chain = &peer->chain };

	if (peer->has_binding)
		p.binding = brski_slice(peer->binding, sizeof(peer->binding));
	return c->r->compose(c->r->arg, &p, body, err);
}

static void
call_done(void *arg, const struct brski_http_answer *a)
{
	struct call *c = arg;
	size_t n = a->media.n < PLEDGE_MEDIA_MAX ? a->media.n : 0;

	c->done = true;
	c->err = a->err;
	c->a->status = a->status;
	c->a->retry_after_s = a->retry_after_s;
	if (n > 0)
		memcpy(c->a->media, a->media.p, n);
	c->a->media[n] = '\0';
	if ((c->rc = a->rc) == BRSKI_OK)
		c->rc = brski_buf_append(c->a->body, a->body, &c->err);
	brski_loop_stop(c->pp->loop);
}

static enum brski_rc
port_request(void *arg, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	char url[2 * PLEDGE_CANDIDATE_MAX];
	struct call c = { .pp = pp, .r = r, .a = a };
	struct brski_http_call call = { .method = r->post ? BRSKI_POST : BRSKI_GET,
		.url = url,
		.media = r->media,
		.accept = r->accept,
		.compose = call_compose,
		.max_answer = a->body->max,
		.done = call_done,
		.arg = &c };
	enum brski_rc rc;

	snprintf(url, sizeof(url), "%s%s", pp->candidate, r->path);
	if ((rc = brski_http_call(pp->session, &call, err)) != BRSKI_OK)
		return rc;
	if (!c.done)
		brski_loop_run(pp->loop);
	if (!c.done) {
		pp->interrupted = true;
		port_close(pp); /* the call must not outlive c */
		return brski_broken(err, BRSKI_E_PENDING, "interrupted by a signal");
	}
	if (err != NULL && err->rc == BRSKI_OK)
		*err = c.err;
	return c.rc;
}

/* life */

static enum brski_rc
lock_folder(struct pledge_posix *pp, struct brski_err *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/lock", pp->dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return brski_broken(err, BRSKI_E_IO, "the state folder's name is too long");
	if ((pp->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		return brski_broken(err, BRSKI_E_IO, "%s: %s", path, strerror(errno));
	if (flock(pp->lock, LOCK_EX | LOCK_NB) == -1)
		return brski_broken(err, BRSKI_E_BUSY, "%s: another brski-pledge works on it",
		    pp->dir);
	return BRSKI_OK;
}

static enum brski_rc
open_folder(struct pledge_posix *pp, unsigned how, struct brski_err *err)
{
	struct stat st;

	if ((how & PLEDGE_DIR_CREATE) != 0 && mkdir(pp->dir, 0755) == -1 && errno != EEXIST)
		return brski_broken(err, BRSKI_E_IO, "%s: %s", pp->dir, strerror(errno));
	if (stat(pp->dir, &st) == -1)
		return brski_broken(err, errno == ENOENT ? BRSKI_E_NOT_FOUND : BRSKI_E_IO, "%s: %s",
		    pp->dir, strerror(errno));
	return (how & PLEDGE_DIR_LOCK) != 0 ? lock_folder(pp, err) : BRSKI_OK;
}

enum brski_rc
pledge_posix_open(struct pledge_posix *pp, const char *dir, unsigned how, struct brski_err *err)
{
	enum brski_rc rc;

	*pp = (struct pledge_posix){ .dir = dir, .lock = -1 };
	pp->port = (struct pledge_port){ .arg = pp,
		.now = port_now,
		.ticks_ms = port_ticks,
		.random = port_random,
		.connect = port_connect,
		.request = port_request,
		.close = port_close,
		.load = port_load,
		.save = port_save,
		.ldevid_key = port_ldevid_key };
	if ((rc = open_folder(pp, how, err)) != BRSKI_OK)
		pledge_posix_close(pp);
	return rc;
}

enum brski_rc
pledge_posix_start(struct pledge_posix *pp, const struct pledge_identity *id,
    const struct brski_log *log, struct brski_err *err)
{
	enum brski_rc rc;

	pp->id = id;
	pp->port.log = log;
	if ((rc = brski_loop_new(&pp->loop, err)) != BRSKI_OK ||
	    (rc = brski_loop_signals(pp->loop, NULL, NULL, err)) != BRSKI_OK)
		return rc;
	return brski_http_client_new(pp->loop, log, &pp->http, err);
}

void
pledge_posix_close(struct pledge_posix *pp)
{
	port_close(pp);
	if (pp->http != NULL)
		brski_http_client_free(pp->http);
	if (pp->loop != NULL)
		brski_loop_free(pp->loop);
	brski_key_clear(&pp->ldevid_key);
	brski_certs_clear(&pp->ldevid);
	if (pp->lock != -1)
		close(pp->lock);
	*pp = (struct pledge_posix){ .lock = -1 };
}

struct sleep {
	struct brski_loop *loop;
	bool over;
};

static void
wake(void *arg)
{
	struct sleep *s = arg;

	s->over = true;
	brski_loop_stop(s->loop);
}

void
pledge_posix_wait(struct pledge_posix *pp, uint32_t ms)
{
	struct sleep s = { .loop = pp->loop };
	struct brski_timer *t;

	if (ms == 0 || (t = brski_timer_start(pp->loop, ms, wake, &s)) == NULL)
		return;
	brski_loop_run(pp->loop);
	if (!s.over) {
		pp->interrupted = true;
		brski_timer_cancel(t);
	}
}

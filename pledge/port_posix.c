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

/* A name that ends in a dot ends in the suffix of the voucher format. */
static const struct {
	const char *name;
	mode_t mode;
} files[PLEDGE_ITEMS] = {
	[PLEDGE_ITEM_STATE] = { "state", 0600 },
	[PLEDGE_ITEM_PVR] = { "pvr.", 0644 },
	[PLEDGE_ITEM_VOUCHER] = { "voucher.", 0644 },
	[PLEDGE_ITEM_TRUST] = { "trust.pem", 0644 },
	[PLEDGE_ITEM_CSR] = { "ldevid.csr", 0644 },
	[PLEDGE_ITEM_LDEVID] = { "ldevid.pem", 0644 },
	[PLEDGE_ITEM_KEY] = { "ldevid.key", 0600 },
	[PLEDGE_ITEM_ANCHORS] = { "anchors.pem", 0644 },
	[PLEDGE_ITEM_NEXT_KEY] = { "ldevid.key.next", 0600 },
	[PLEDGE_ITEM_NEXT_LDEVID] = { "ldevid.pem.next", 0644 },
	[PLEDGE_ITEM_NEXT_TRUST] = { "trust.pem.next", 0644 },
};

static bool
by_format(enum pledge_item item)
{
	return item == PLEDGE_ITEM_PVR || item == PLEDGE_ITEM_VOUCHER;
}

/* The item's name if it is in this format. */
static bool
name_in(const struct pledge_posix *pp, enum pledge_item item, const struct brski_format *f,
    char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s/%s%s", pp->dir, files[item].name,
	    by_format(item) ? f->suffix : "");

	return n > 0 && (size_t)n < cap;
}

bool
pledge_posix_path(const struct pledge_posix *pp, enum pledge_item item, char *out, size_t cap)
{
	size_t i;

	for (i = 0; by_format(item) && i < brski_formats_n; i++)
		if (name_in(pp, item, &brski_formats[i], out, cap) && access(out, F_OK) == 0)
			return true;
	return name_in(pp, item, &brski_formats[0], out, cap);
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

/* What happened to a name in it lasts. */
static void
sync_folder(const char *dir)
{
	int fd;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1) {
		(void)fsync(fd);
		close(fd);
	}
}

static enum brski_rc
erase(const char *dir, const char *path, struct brski_err *err)
{
	if (unlink(path) == -1)
		return errno == ENOENT
		    ? BRSKI_OK
		    : brski_broken(err, BRSKI_E_IO, "%s: %s", path, strerror(errno));
	sync_folder(dir);
	return BRSKI_OK;
}

/* Where the key of that item is held; NULL: it is no key. */
static struct brski_key *
held_key(struct pledge_posix *pp, enum pledge_item item)
{
	return item == PLEDGE_ITEM_KEY     ? &pp->ldevid_key
	    : item == PLEDGE_ITEM_NEXT_KEY ? &pp->next_key
	                                   : NULL;
}

static enum brski_rc
port_save(void *arg, enum pledge_item item, struct brski_slice bytes, struct brski_err *err)
{
	const struct brski_format *f = brski_format_sniff(bytes);
	struct pledge_posix *pp = arg;
	char path[PATH_MAX], old[PATH_MAX];
	enum brski_rc rc;

	if ((rc = item_path(pp, item, old, err)) != BRSKI_OK)
		return rc;
	if (held_key(pp, item) != NULL)
		brski_key_clear(held_key(pp, item));
	if (!name_in(pp, item, f != NULL ? f : &brski_formats[0], path, sizeof(path)))
		return brski_broken(err, BRSKI_E_IO, "the state folder's name is too long");
	/* of one format at a time: what is there in another goes first */
	if ((!brski_slice_present(bytes) || strcmp(path, old) != 0) &&
	    (rc = erase(pp->dir, old, err)) != BRSKI_OK)
		return rc;
	if (!brski_slice_present(bytes))
		return BRSKI_OK;
	return brski_file_write(path, bytes, files[item].mode, err);
}

/* the LDevID keys: files */

static enum brski_rc
make_key(struct pledge_posix *pp, enum pledge_item which, enum brski_key_type type,
    struct brski_err *err)
{
	struct brski_key key = { 0 };
	struct brski_buf pem = { 0 };
	enum brski_rc rc;

	if ((rc = brski_key_generate(type, &key, err)) == BRSKI_OK &&
	    (rc = brski_key_encode_pem(&key, &pem, err)) == BRSKI_OK &&
	    (rc = port_save(pp, which, brski_buf_slice(&pem), err)) == BRSKI_OK) {
		*held_key(pp, which) = key;
		key = (struct brski_key){ 0 };
	}
	brski_buf_wipe(&pem);
	brski_key_clear(&key);
	return rc;
}

static enum brski_rc
port_ldevid_key(void *arg, enum pledge_item which, enum brski_key_type fresh,
    const struct brski_key **out, struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	struct brski_key *held = held_key(pp, which);
	char path[PATH_MAX];
	enum brski_rc rc = BRSKI_OK;

	*out = NULL;
	if (fresh != BRSKI_KEY_NONE)
		rc = make_key(pp, which, fresh, err);
	else if (held->ops == NULL && (rc = item_path(pp, which, path, err)) == BRSKI_OK)
		rc = brski_key_load(path, held, err);
	if (rc == BRSKI_OK)
		*out = held;
	return rc;
}

static enum brski_rc
port_adopt_key(void *arg, struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	char from[PATH_MAX], to[PATH_MAX];
	enum brski_rc rc;

	if ((rc = item_path(pp, PLEDGE_ITEM_NEXT_KEY, from, err)) != BRSKI_OK ||
	    (rc = item_path(pp, PLEDGE_ITEM_KEY, to, err)) != BRSKI_OK)
		return rc;
	if (rename(from, to) == -1)
		return brski_broken(err, errno == ENOENT ? BRSKI_E_NOT_FOUND : BRSKI_E_IO, "%s: %s",
		    from, strerror(errno));
	sync_folder(pp->dir);
	/* both are read anew from where they are now */
	brski_key_clear(&pp->ldevid_key);
	brski_key_clear(&pp->next_key);
	return BRSKI_OK;
}

/* link */

static void
port_close(void *arg)
{
	struct pledge_posix *pp = arg;

	if (pp->conn != NULL)
		pp->link->close(pp->conn);
	pp->conn = NULL;
}

/* Who we are on this connection: the device of the factory, or the domain's. */
static enum brski_rc
present(struct pledge_posix *pp, enum pledge_as as, struct pledge_link_conf *conf,
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
	if ((rc = port_ldevid_key(pp, PLEDGE_ITEM_KEY, BRSKI_KEY_NONE, &conf->key, err)) !=
	        BRSKI_OK ||
	    (rc = item_path(pp, PLEDGE_ITEM_LDEVID, path, err)) != BRSKI_OK)
		return rc;
	conf->chain = &pp->ldevid;
	return brski_certs_load(&pp->ldevid, path, err);
}

static enum brski_rc
port_connect(void *arg, const char *candidate, enum pledge_as as, struct brski_err *err)
{
	static const struct pledge_link *const links[] = { &pledge_link_https, &pledge_link_coaps };
	const struct pledge_binding *binding = pledge_binding_find(candidate);
	struct pledge_posix *pp = arg;
	struct pledge_link_conf conf = { .loop = pp->loop,
		.log = pp->port.log,
		.candidate = candidate,
		.classical = pp->classical,
		.hybrid = pp->hybrid,
		.dtls12 = pp->dtls12 };
	enum brski_rc rc;
	size_t i;

	port_close(pp);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i]->binding == binding)
			pp->link = links[i];
	if ((rc = present(pp, as, &conf, err)) != BRSKI_OK)
		return rc;
	return pp->link->open(&conf, &pp->conn, err);
}

static enum brski_rc
port_request(void *arg, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct pledge_posix *pp = arg;
	enum brski_rc rc = pp->link->request(pp->conn, r, a, err);

	pp->interrupted |= rc == BRSKI_E_PENDING;
	return rc;
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
		.ldevid_key = port_ldevid_key,
		.adopt_key = port_adopt_key };
	if ((rc = open_folder(pp, how, err)) != BRSKI_OK)
		pledge_posix_close(pp);
	return rc;
}

static void
on_hup(void *arg)
{
	struct pledge_posix *pp = arg;

	pp->hup = true;
	pledge_posix_wake(pp);
}

enum brski_rc
pledge_posix_start(struct pledge_posix *pp, const struct pledge_identity *id,
    const struct brski_log *log, struct brski_err *err)
{
	enum brski_rc rc;

	pp->id = id;
	pp->port.log = log;
	if ((rc = brski_loop_new(&pp->loop, err)) != BRSKI_OK ||
	    (rc = brski_loop_signals(pp->loop, pp->hears_hup ? on_hup : NULL, pp, err)) != BRSKI_OK)
		return rc;
	return BRSKI_OK;
}

void
pledge_posix_close(struct pledge_posix *pp)
{
	port_close(pp);
	if (pp->loop != NULL)
		brski_loop_free(pp->loop);
	brski_key_clear(&pp->ldevid_key);
	brski_key_clear(&pp->next_key);
	brski_certs_clear(&pp->ldevid);
	if (pp->lock != -1)
		close(pp->lock);
	*pp = (struct pledge_posix){ .lock = -1 };
}

struct pledge_sleep {
	struct brski_loop *loop;
	struct brski_timer *timer; /* NULL once it has fired */
	bool over;
};

static void
end_sleep(struct pledge_sleep *s)
{
	s->over = true;
	brski_loop_stop(s->loop);
}

static void
on_time(void *arg)
{
	struct pledge_sleep *s = arg;

	s->timer = NULL;
	end_sleep(s);
}

void
pledge_posix_wake(struct pledge_posix *pp)
{
	if (pp->sleep != NULL)
		end_sleep(pp->sleep);
}

void
pledge_posix_wait(struct pledge_posix *pp, uint32_t ms)
{
	struct pledge_sleep s = { .loop = pp->loop };

	if (ms == 0 || (s.timer = brski_timer_start(pp->loop, ms, on_time, &s)) == NULL)
		return;
	pp->sleep = &s;
	brski_loop_run(pp->loop);
	pp->sleep = NULL;
	brski_timer_cancel(s.timer);
	if (!s.over)
		pp->interrupted = true;
}

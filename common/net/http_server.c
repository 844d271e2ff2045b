/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "net/http_conn.h"
#include "net/listen.h"

#define BACKLOG         512
#define ACCEPT_AGAIN_MS 100  /* after running out of file descriptors */
#define POOL_EXTRA      8192 /* libmicrohttpd's own needs beside the headers, per connection */
#define UNIX_PREFIX     "unix:"
#define UNIX_MODE       0660

static const struct brski_http_limits defaults = {
	.connections = 1024,
	.connections_per_address = 128,
	.handshake_ms = 10000,
	.request_ms = 15000,
	.idle_ms = 60000,
	.header_bytes = 8192,
};

void
http_server_log(const struct brski_http_server *s, const struct brski_peer *peer,
    const struct brski_err *err)
{
	struct brski_entry e = {
		.level = BRSKI_LOG_WARN,
		.stage = "http",
		.peer = brski_slice_str(peer->address),
		.err = err,
	};

	brski_log(s->conf.log, &e);
}

/* --- libmicrohttpd in our loop */

void
http_server_run(struct brski_http_server *s)
{
	struct timeval now = { 0 };
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(s->mhd);
	/* it has no timeouts of its own: what is due is due now */
	if (MHD_get_timeout(s->mhd, &ms) == MHD_YES)
		evtimer_add(&s->mhd_due, &now);
}

static void
on_mhd(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	http_server_run(arg);
}

/* Paths are compared as they came: what is escaped matches no route. */
static size_t
no_unescape(void *cls, struct MHD_Connection *mc, char *s)
{
	(void)cls;
	(void)mc;
	return strlen(s);
}

static void
on_connection(void *cls, struct MHD_Connection *mc, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct brski_http_server *s = cls;
	int fd;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		fd = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		*context = s->handed[fd];
		s->handed[fd] = NULL;
	} else if (*context != NULL && !s->stopping)
		http_conn_unref(*context);
}

enum brski_rc
http_server_hand(struct brski_http_server *s, struct http_conn *c, int local, struct brski_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct http_conn **more;
	size_t n = (size_t)local + 64;

	if ((size_t)local >= s->handed_n) {
		if ((more = reallocarray(s->handed, n, sizeof(*more))) == NULL) {
			close(local);
			return brski_broken(err, BRSKI_E_NOMEM, "connection table");
		}
		memset(more + s->handed_n, 0, (n - s->handed_n) * sizeof(*more));
		s->handed = more;
		s->handed_n = n;
	}
	s->handed[local] = c;
	c->refs++;
	if (MHD_add_connection(s->mhd, local, (struct sockaddr *)&sa, sizeof(sa)) == MHD_YES)
		return BRSKI_OK;
	s->handed[local] = NULL;
	c->refs--;
	return brski_broken(err, BRSKI_E_NOMEM, "HTTP connection");
}

static enum brski_rc
start_mhd(struct brski_http_server *s, struct brski_err *err)
{
	struct event_base *base = brski_loop_base(s->loop);
	const union MHD_DaemonInfo *info;

	s->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
	        MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, http_request_on, s, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
	    MHD_OPTION_CONNECTION_LIMIT, s->conf.limits.connections + 16,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)s->conf.limits.header_bytes + POOL_EXTRA,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, no_unescape, NULL,
	    MHD_OPTION_URI_LOG_CALLBACK, http_request_new, s, MHD_OPTION_NOTIFY_COMPLETED,
	    http_request_over, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
	if (s->mhd == NULL ||
	    (info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD)) == NULL)
		return brski_broken(err, BRSKI_E_INTERNAL, "HTTP library");
	event_assign(&s->mhd_ready, base, info->epoll_fd, EV_READ | EV_PERSIST, on_mhd, s);
	if (event_add(&s->mhd_ready, NULL) != 0)
		return brski_broken(err, BRSKI_E_NOMEM, "event loop");
	return BRSKI_OK;
}

/* --- the listener */

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int n, void *arg)
{
	(void)l;
	(void)n;
	http_conn_accept(arg, fd, sa);
}

/* Out of descriptors: a level-triggered listener would spin. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	struct brski_http_server *s = arg;
	struct timeval tv = { .tv_usec = ACCEPT_AGAIN_MS * 1000 };

	evconnlistener_disable(l);
	evtimer_add(&s->accept_again, &tv);
	brski_log_warn(s->conf.log, "http", "cannot accept: %s",
	    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
}

static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct brski_http_server *s = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(s->listener);
}

static enum brski_rc
bind_to(int fd, const struct sockaddr *sa, socklen_t n, struct brski_err *err,
    const char *listen_at)
{
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, sa, n) != 0)
		return brski_broken(err, BRSKI_E_IO, "cannot listen on %s: %s", listen_at,
		    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	return BRSKI_OK;
}

static enum brski_rc
open_tcp(struct brski_http_server *s, const char *at, int *fd, struct brski_err *err)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t n, bound_n = sizeof(ss);
	enum brski_rc rc;

	if (!brski_listen_parse(at, &ss, &n))
		return brski_fail(err, BRSKI_E_CONFIG, "listen",
		    "'%s' is neither ADDRESS:PORT nor unix:PATH", at);
	*fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if ((rc = bind_to(*fd, (struct sockaddr *)&ss, n, err, at)) != BRSKI_OK)
		return rc;
	if (getsockname(*fd, (struct sockaddr *)&ss, &bound_n) == 0)
		s->port = ntohs(*brski_listen_port(&ss));
	return BRSKI_OK;
}

/* What a run before this one left: nobody answers there. */
static void
remove_stale(const struct sockaddr_un *sa)
{
	struct stat st;
	int fd;

	if (lstat(sa->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0)
		unlink(sa->sun_path);
	close(fd);
}

static enum brski_rc
open_unix(struct brski_http_server *s, const char *path, int *fd, struct brski_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	enum brski_rc rc;

	if (path[0] == '\0' || strlen(path) >= sizeof(sa.sun_path))
		return brski_fail(err, BRSKI_E_CONFIG, "listen",
		    "a socket's path has 1 to %zu bytes", sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, strlen(path));
	remove_stale(&sa);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if ((rc = bind_to(*fd, (struct sockaddr *)&sa, sizeof(sa), err, path)) != BRSKI_OK)
		return rc;
	if ((s->unix_path = strdup(path)) == NULL || chmod(path, UNIX_MODE) != 0)
		return brski_broken(err, BRSKI_E_IO, "socket %s", path);
	return BRSKI_OK;
}

static enum brski_rc
start_listener(struct brski_http_server *s, struct brski_err *err)
{
	const char *at = s->conf.listen;
	enum brski_rc rc;
	int fd = -1;

	if (strncmp(at, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		rc = open_unix(s, at + strlen(UNIX_PREFIX), &fd, err);
	else
		rc = open_tcp(s, at, &fd, err);
	if (rc == BRSKI_OK &&
	    (s->listener = evconnlistener_new(brski_loop_base(s->loop), on_accept, s,
	         LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd)) == NULL)
		rc = brski_broken(err, BRSKI_E_IO, "cannot listen on %s", at);
	if (rc != BRSKI_OK) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	return BRSKI_OK;
}

/* --- the server */

static void
fill_limits(struct brski_http_limits *l)
{
	const struct brski_http_limits given = *l;

	*l = defaults;
#define TAKE(member)           \
	if (given.member != 0) \
	l->member = given.member
	TAKE(connections);
	TAKE(connections_per_address);
	TAKE(handshake_ms);
	TAKE(request_ms);
	TAKE(idle_ms);
	TAKE(header_bytes);
#undef TAKE
}

enum brski_rc
brski_http_server_new(struct brski_loop *loop, const struct brski_http_server_conf *conf,
    struct brski_http_server **out, struct brski_err *err)
{
	struct brski_http_server *s;
	enum brski_rc rc;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP server");
	TAILQ_INIT(&s->conns);
	s->loop = loop;
	s->conf = *conf;
	s->conf.tls = NULL;
	fill_limits(&s->conf.limits);
	evtimer_assign(&s->mhd_due, brski_loop_base(loop), on_mhd, s);
	evtimer_assign(&s->accept_again, brski_loop_base(loop), on_accept_again, s);
	event_assign(&s->mhd_ready, brski_loop_base(loop), -1, 0, on_mhd, s);
	if (conf->tls != NULL)
		s->tls = brski_tls_ref(conf->tls);
	if ((rc = start_mhd(s, err)) != BRSKI_OK || (rc = start_listener(s, err)) != BRSKI_OK) {
		brski_http_server_free(s);
		return rc;
	}
	s->conf.listen = NULL; /* borrowed for this call only */
	*out = s;
	return BRSKI_OK;
}

void
brski_http_server_set_tls(struct brski_http_server *s, struct brski_tls *tls)
{
	struct brski_tls *old = s->tls;

	s->tls = brski_tls_ref(tls);
	brski_tls_unref(old);
}

void
brski_http_server_free(struct brski_http_server *s)
{
	struct http_conn *c;

	if (s == NULL)
		return;
	if (s->listener != NULL)
		evconnlistener_free(s->listener);
	if (s->unix_path != NULL)
		unlink(s->unix_path);
	TAILQ_FOREACH(c, &s->conns, link)
	if (c->request != NULL)
		http_request_drop(c->request);
	s->stopping = true;
	if (s->mhd != NULL)
		MHD_stop_daemon(s->mhd);
	while ((c = TAILQ_FIRST(&s->conns)) != NULL)
		http_conn_free(c);
	event_del(&s->mhd_ready);
	event_del(&s->mhd_due);
	event_del(&s->accept_again);
	brski_tls_unref(s->tls);
	free(s->handed);
	free(s->unix_path);
	free(s);
}

unsigned
brski_http_server_port(const struct brski_http_server *s)
{
	return s->port;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl over a link: it gets the plaintext end of the link's pump as its socket, opens no other,
 * and resolves no name. A link has a multi handle of its own, so that curl has no choice of
 * connections.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "base/text.h"
#include "net/http_link.h"

#define UPLOAD_BYTES 16384 /* the least that curl takes */

/* --- URL */

static bool
url_part(CURLU *u, CURLUPart part, unsigned flags, char *out, size_t cap)
{
	char *text = NULL;
	bool ok;

	ok = curl_url_get(u, part, &text, flags) == CURLUE_OK && strlen(text) < cap;
	if (ok)
		memcpy(out, text, strlen(text) + 1);
	curl_free(text);
	return ok;
}

/* "[fe80::1]" with its zone apart becomes "fe80::1%zone" */
static bool
url_host(CURLU *u, char out[HTTP_HOST_MAX])
{
	char zone[64];
	size_t n;

	if (!url_part(u, CURLUPART_HOST, 0, out, HTTP_HOST_MAX))
		return false;
	n = strlen(out);
	if (out[0] == '[') {
		memmove(out, out + 1, n - 2);
		n -= 2;
		out[n] = '\0';
	}
	if (url_part(u, CURLUPART_ZONEID, 0, zone, sizeof(zone)))
		return snprintf(out + n, HTTP_HOST_MAX - n, "%%%s", zone) <
		    (int)(HTTP_HOST_MAX - n);
	return n > 0;
}

static bool
url_take(CURLU *u, const char *url, bool tls, struct http_call *call)
{
	char scheme[16];

	return curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
	    url_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) &&
	    strcmp(scheme, tls ? "https" : "http") == 0 && url_host(u, call->origin.host) &&
	    url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, call->origin.port,
	        sizeof(call->origin.port)) &&
	    curl_url_set(u, CURLUPART_PORT, call->origin.port, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_SCHEME, "http", 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_URL, &call->url, 0) == CURLUE_OK;
}

enum brski_rc
http_url_read(const char *url, bool tls, struct http_call *call, struct brski_err *err)
{
	CURLU *u = curl_url();
	char safe[128];
	bool ok;

	if (u == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "URL");
	ok = url_take(u, url, tls, call);
	curl_url_cleanup(u);
	if (!ok)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9110 4.2", "'%s' is no %s URL",
		    brski_text_safe(brski_slice_str(url), safe, sizeof(safe)),
		    tls ? "https" : "http");
	return BRSKI_OK;
}

/* --- what curl asks for */

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct http_link *l = arg;
	int fd = l->local;

	(void)purpose;
	(void)sa;
	/* there is no second one */
	l->local = -1;
	return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

static int
on_sockopt(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct http_link *l = arg;

	l->curl_closed = true;
	return close(fd);
}

/* --- the answer */

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;

	call->rc = brski_buf_append(&call->answer, brski_slice(data, size * n), &call->err);
	return call->rc == BRSKI_OK ? size * n : CURL_WRITEFUNC_ERROR;
}

/* The value of a header of that name, trimmed; absent: another header. */
static struct brski_slice
header_value(struct brski_slice line, const char *name)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' || strncasecmp((const char *)line.p, name, n) != 0)
		return (struct brski_slice){ 0 };
	line = brski_slice(line.p + n + 1, line.n - n - 1);
	while (line.n > 0 && strchr(" \t", line.p[0]) != NULL)
		line = brski_slice(line.p + 1, line.n - 1);
	while (line.n > 0 && strchr(" \t\r\n", line.p[line.n - 1]) != NULL)
		line.n--;
	return line;
}

static enum brski_rc
check_headers(const struct http_call *call, struct brski_err *err)
{
	if (call->header_bytes > HTTP_HEADERS_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 9110 5.4",
		    "header section of more than %d bytes", HTTP_HEADERS_MAX);
	return BRSKI_OK;
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct brski_slice line = brski_slice(data, size * n), v;
	struct http_call *call = arg;

	call->header_bytes += line.n;
	if ((call->rc = check_headers(call, &call->err)) != BRSKI_OK)
		return CURL_WRITEFUNC_ERROR;
	if (brski_slice_present(v = header_value(line, "Content-Type"))) {
		call->has_media = true;
		brski_text_safe(v, call->media, sizeof(call->media));
	} else if (brski_slice_present(v = header_value(line, "Location"))) {
		free(call->location);
		call->location = strndup((const char *)v.p, v.n);
	}
	return line.n;
}

static int
on_progress(void *arg, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all, curl_off_t ul)
{
	struct http_call *call = arg;
	unsigned ms = call->session->conf.low_speed_ms;
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	curl_off_t sent = ul + 1, received = dl + (curl_off_t)call->header_bytes;

	(void)dl_all;
	(void)ul_all;
	if (sent != call->sent || received != call->received)
		evtimer_add(&call->stall, &tv);
	call->sent = sent;
	call->received = received;
	return 0;
}

/* --- the request */

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_NOPROGRESS, 0 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_CONNECTTIMEOUT_MS, 0x7fffffff },
	/* its default of 64 KiB would be cleared for each call */
	{ CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES },
	/* nothing that a proxy or netrc of the environment would add */
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
};

static const struct {
	CURLoption option;
	const char *value;
} texts[] = {
	{ CURLOPT_PROXY, "" },
	{ CURLOPT_PROTOCOLS_STR, "http" },
	/* takes the resolver out; the socket is ours anyway */
	{ CURLOPT_UNIX_SOCKET_PATH, "/" },
};

static bool
set_options(CURL *e)
{
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (curl_easy_setopt(e, numbers[i].option, numbers[i].value) != CURLE_OK)
			return false;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (curl_easy_setopt(e, texts[i].option, texts[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool
set_link(CURL *e, struct http_link *l)
{
	return curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, l) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_sockopt) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, l) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PRIVATE, l) == CURLE_OK;
}

static bool
set_call(CURL *e, struct http_call *call)
{
	bool post = call->conf.method == BRSKI_POST;

	return curl_easy_setopt(e, CURLOPT_URL, call->url) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, call) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HEADERDATA, call) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_XFERINFODATA, call) == CURLE_OK &&
	    (!post || curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK) &&
	    (!post ||
	        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n) ==
	            CURLE_OK) &&
	    (!post ||
	        curl_easy_setopt(e, CURLOPT_POSTFIELDS, brski_buf_cstr(&call->body)) == CURLE_OK);
}

enum brski_rc
http_curl_start(struct http_link *l, struct brski_err *err)
{
	struct http_call *call = l->call;
	enum brski_rc rc;

	evtimer_del(&l->timer);
	if (call->conf.compose != NULL) {
		brski_buf_reset(&call->body);
		rc = call->conf.compose(call->conf.arg, &l->peer->peer, &call->body, err);
		if (rc != BRSKI_OK)
			return rc;
	}
	l->state = LINK_BUSY;
	if ((call->easy = curl_easy_init()) == NULL || !set_options(call->easy) ||
	    !set_link(call->easy, l) || !set_call(call->easy, call) ||
	    curl_multi_add_handle(l->multi, call->easy) != CURLM_OK)
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP request");
	return BRSKI_OK;
}

void
http_curl_stop(struct http_call *call)
{
	if (call->easy == NULL)
		return;
	if (call->link != NULL)
		curl_multi_remove_handle(call->link->multi, call->easy);
	curl_easy_cleanup(call->easy);
	call->easy = NULL;
	event_del(&call->stall);
}

/* --- curl in our loop */

static enum brski_rc
curl_error(const struct http_call *call, CURLcode code, struct brski_err *err)
{
	switch (code) {
	case CURLE_OK:
		return BRSKI_OK;
	case CURLE_OUT_OF_MEMORY:
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP library");
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return brski_broken(err, BRSKI_E_UPSTREAM, "%s", curl_easy_strerror(code));
	default:
		if (call->rc != BRSKI_OK)
			return call->rc;
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "%s", curl_easy_strerror(code));
	}
}

static void
finished(struct http_link *l, CURLcode code)
{
	struct http_call *call = l->call;
	curl_off_t retry_after = 0;
	long status = 0;
	enum brski_rc rc = curl_error(call, code, &call->err);

	/* the other end may close a kept connection at the very moment that we use it again */
	if (rc == BRSKI_E_UNAVAILABLE && l->served > 0 && call->header_bytes == 0 && !call->again &&
	    !l->session->conf.one_connection) {
		http_call_requeue(call);
		return;
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after);
	http_call_end(call, rc, status, retry_after > 0 ? (unsigned)retry_after : 0);
}

static void
run(struct http_link *l, curl_socket_t fd, int what)
{
	CURLMsg *m;
	int still;

	curl_multi_socket_action(l->multi, fd, what, &still);
	/* one easy handle at a time; the link may be gone after its end */
	if ((m = curl_multi_info_read(l->multi, &still)) != NULL && m->msg == CURLMSG_DONE)
		finished(l, m->data.result);
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	run(arg, fd,
	    ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
	        ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
on_curl_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_want_io(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_link *l = arg;
	struct event_base *base = brski_loop_base(l->session->client->loop);
	short events = (short)(((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
	    ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0));

	(void)easy;
	(void)socket_arg;
	event_del(&l->curl_io);
	if (what == CURL_POLL_REMOVE)
		return 0;
	event_assign(&l->curl_io, base, fd, (short)(events | EV_PERSIST), on_io, l);
	return event_add(&l->curl_io, NULL);
}

static int
on_want_timer(CURLM *multi, long ms, void *arg)
{
	struct http_link *l = arg;
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)multi;
	return ms < 0 ? evtimer_del(&l->curl_timer) : evtimer_add(&l->curl_timer, &tv);
}

enum brski_rc
http_curl_open(struct http_link *l, struct brski_err *err)
{
	evtimer_assign(&l->curl_timer, brski_loop_base(l->session->client->loop), on_curl_timer, l);
	if ((l->multi = curl_multi_init()) == NULL ||
	    curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_want_io) != CURLM_OK ||
	    curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l) != CURLM_OK ||
	    curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_want_timer) != CURLM_OK ||
	    curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l) != CURLM_OK ||
	    curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK)
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP library");
	return BRSKI_OK;
}

void
http_curl_close(struct http_link *l)
{
	if (l->multi != NULL)
		curl_multi_cleanup(l->multi);
	if (l->local >= 0)
		close(l->local);
	event_del(&l->curl_io);
	event_del(&l->curl_timer);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server and client against each other, and against what they must not take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "tu_http.h"

#define MANY 200

static int
set_up(void **state)
{
	static struct tu_http h;

	tu_http_init(&h);
	*state = &h;
	return 0;
}

static int
set_up_tls(void **state)
{
	struct tu_http *h;

	set_up(state);
	h = *state;
	tu_http_serve(h, "127.0.0.1:0", h->tls);
	return 0;
}

/* Short limits, and no TLS, so that a test can say what it wants byte by byte. */
static int
set_up_plain(void **state)
{
	struct tu_http *h;

	set_up(state);
	h = *state;
	h->limits = (struct brski_http_limits){
		.connections = 8,
		.connections_per_address = 4,
		.handshake_ms = 50,
		.request_ms = 50,
		.idle_ms = 100,
	};
	tu_http_serve(h, "127.0.0.1:0", NULL);
	return 0;
}

static int
tear_down(void **state)
{
	tu_http_clear(*state);
	return 0;
}

static struct brski_http_session *
device_session(struct tu_http *h, bool one_connection)
{
	return tu_http_session(h, tu_http_tls(&h->device, NULL, false), one_connection);
}

/* POST body as text/plain */
static struct brski_http_call
post(const char *url, const char *body)
{
	return (struct brski_http_call){ .method = BRSKI_POST,
		.url = url,
		.media = "text/plain",
		.body = brski_slice_str(body) };
}

static struct brski_http_call
get(const char *url)
{
	return (struct brski_http_call){ .method = BRSKI_GET, .url = url };
}

static void
call(struct tu_http *h, struct brski_http_session *s, struct tu_http_call *c,
    struct brski_http_call what)
{
	memset(c, 0, sizeof(*c));
	tu_http_call(h, s, c, &what);
}

static void
expect(const struct tu_http_call *c, int status, const char *body)
{
	if (c->rc != BRSKI_OK || c->status != status || strcmp(c->body, body) != 0)
		fail_msg("rc=%s status=%d '%s' %s", brski_rc_name(c->rc), c->status, c->body,
		    c->err.detail);
}

/* --- the happy paths */

static void
test_echo(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct tu_http_call c;
	char body[1001];

	call(h, s, &c, post(tu_http_url(h, "https", "/echo"), "hello"));
	expect(&c, 200, "hello");
	assert_string_equal(c.media, "text/plain");
	assert_true(c.has_peer);
	assert_int_equal(c.chain_n, 2);
	/* exactly the limit, over the kept connection */
	memset(body, 'a', 1000);
	body[1000] = '\0';
	call(h, s, &c, post(tu_http_url(h, "https", "/echo"), body));
	expect(&c, 200, body);
	assert_int_equal(c.chain_n, 2);
	call(h, s, &c, post(tu_http_url(h, "https", "/echo"), ""));
	expect(&c, 200, "");
	call(h, s, &c, get(tu_http_url(h, "https", "/peer?a=b%20c")));
	assert_non_null(strstr(c.body, "query=a=b%20c"));
	assert_int_equal(h->lines, 0);
	brski_http_session_free(s);
}

/* RFC 8995 5: a persistent connection; the exporter tells one from another */
static void
test_keep_alive(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct tu_http_call c, d;
	int i;

	call(h, s, &c, get(tu_http_url(h, "https", "/peer")));
	for (i = 0; i < 5; i++) {
		call(h, s, &d, get(tu_http_url(h, "https", "/peer")));
		assert_string_equal(d.body, c.body);
		assert_memory_equal(d.binding, c.binding, sizeof(c.binding));
	}
	brski_http_session_free(s);
}

static void
test_large(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct brski_http_call what = get(tu_http_url(h, "https", "/big"));
	struct tu_http_call c;
	char *body;

	what.max_answer = 1000000;
	call(h, s, &c, what);
	assert_int_equal(c.rc, BRSKI_OK);
	assert_int_equal(c.body_n, 1000000);
	/* one byte less is refused while it comes */
	what.max_answer = 999999;
	call(h, s, &c, what);
	assert_int_equal(c.rc, BRSKI_E_TOO_LARGE);
	/* and the other way; the session takes another connection */
	body = malloc(1000001);
	assert_non_null(body);
	memset(body, 'b', 1000000);
	body[1000000] = '\0';
	what = post(tu_http_url(h, "https", "/large"), body);
	what.max_answer = 1000000;
	call(h, s, &c, what);
	assert_int_equal(c.rc, BRSKI_OK);
	assert_int_equal(c.body_n, 1000000);
	free(body);
	brski_http_session_free(s);
}

static void
test_many(void **state)
{
	static struct tu_http_call c[MANY];
	struct tu_http *h = *state;
	struct brski_http_session *s[4];
	struct brski_http_call what = get(tu_http_url(h, "https", "/peer"));
	int i;

	memset(c, 0, sizeof(c));
	for (i = 0; i < 4; i++)
		s[i] = device_session(h, false);
	for (i = 0; i < MANY; i++)
		tu_http_call_start(s[i % 4], &c[i], &what);
	for (i = 0; i < MANY; i++) {
		tu_http_until(h, &c[i].done);
		assert_int_equal(c[i].status, 200);
	}
	assert_int_equal(h->handled, MANY);
	assert_int_equal(h->lines, 0);
	for (i = 0; i < 4; i++)
		brski_http_session_free(s[i]);
}

/* --- refusals before the body */

static void
test_refusals(void **state)
{
	static const struct {
		const char *path;
		bool post;
		const char *media, *accept;
		int status;
		const char *body;
	} rows[] = {
		{ "/nowhere", false, NULL, NULL, 404, "no such resource\n" },
		{ "/%65cho", true, "text/plain", NULL, 404, "no such resource\n" },
		{ "/echo", false, NULL, NULL, 405, "method not allowed\n" },
		{ "/echo", true, "text/html", NULL, 415, "media type not supported\n" },
		{ "/echo", true, NULL, NULL, 415, "media type not supported\n" },
		{ "/echo", true, "text/plain", "text/html", 406, "no such representation\n" },
		{ "/secret", false, NULL, NULL, 401, "client certificate required\n" },
	};
	struct tu_http *h = *state;
	struct brski_http_session *s = tu_http_session(h, tu_http_tls(NULL, NULL, false), false);
	struct tu_http_call c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct brski_http_call what = { .method = rows[i].post ? BRSKI_POST : BRSKI_GET,
			.url = tu_http_url(h, "https", rows[i].path),
			.media = rows[i].media,
			.accept = rows[i].accept,
			.body = brski_slice_str(rows[i].post ? "x" : NULL) };

		h->lines = 0;
		call(h, s, &c, what);
		expect(&c, rows[i].status, rows[i].body);
		assert_string_equal(c.media, "text/plain; charset=utf-8");
		assert_int_equal(h->lines, 1);
		assert_non_null(strstr(h->line, "stage=http"));
		assert_non_null(strstr(h->line, "spec="));
	}
	assert_int_equal(h->handled, 0);
	assert_int_equal(h->turned_away, 1);
	brski_http_session_free(s);
}

/* RFC 8995 5.2: 401 and close; the next call needs another connection */
static void
test_refuse_and_close(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, true);
	struct tu_http_call c;

	call(h, s, &c, get(tu_http_url(h, "https", "/refuse")));
	expect(&c, 401, "proximity not proven\n");
	assert_non_null(strstr(h->line, "rc=E_PROXIMITY"));
	assert_non_null(strstr(h->line, "serial=\"J1\""));
	call(h, s, &c, get(tu_http_url(h, "https", "/peer")));
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	brski_http_session_free(s);
}

static void
test_pending(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct tu_http_call c;

	call(h, s, &c, get(tu_http_url(h, "https", "/pending")));
	expect(&c, 202, "");
	assert_int_equal(c.retry_after_s, 33);
	brski_http_session_free(s);
}

/* Say text to the server, give back all that it says until it closes. */
static const char *
talk(struct tu_http *h, const char *text, unsigned ms)
{
	static char out[8192];
	int fd = tu_raw_connect(h);

	out[0] = '\0';
	tu_raw_send(fd, text);
	if (!tu_raw_read(h, fd, out, sizeof(out), ms))
		fail_msg("not closed: %s", out);
	close(fd);
	return out;
}

static void
begins(const char *answer, const char *with)
{
	if (strncmp(answer, with, strlen(with)) != 0)
		fail_msg("want %s: %s", with, answer);
}

/* RFC 9110 15.5.14: known at once from Content-Length, or while the chunks come */
static void
test_too_large(void **state)
{
	struct tu_http *h = *state;
	struct brski_buf chunk = { .max = 4096 };
	struct brski_err err = { 0 };
	const char *answer;
	char a[601];

	answer = talk(h,
	    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 1001\r\n\r\n",
	    500);
	begins(answer, "HTTP/1.1 413 ");
	assert_non_null(strstr(answer, "\r\n\r\nmessage too large\n"));
	assert_non_null(strstr(h->line, "rc=E_TOO_LARGE"));
	assert_non_null(strstr(h->line, "Content-Length 1001"));
	assert_int_equal(h->lines, 1);

	memset(a, 'a', 600);
	a[600] = '\0';
	assert_ok(brski_buf_printf(&chunk, &err,
	              "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
	              "Transfer-Encoding: chunked\r\n\r\n258\r\n%s\r\n258\r\n%s\r\n0\r\n\r\n",
	              a, a),
	    &err);
	answer = talk(h, brski_buf_cstr(&chunk), 500);
	begins(answer, "HTTP/1.1 413 ");
	assert_non_null(strstr(answer, "\r\n\r\nmessage too large\n"));
	assert_non_null(strstr(h->line, "body of more than 1000 bytes"));
	assert_int_equal(h->lines, 2);
	assert_int_equal(h->handled, 0);
	brski_buf_clear(&chunk);

	/* a route that takes no body */
	begins(talk(h, "GET /pending HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", 500),
	    "HTTP/1.1 413 ");
}

/* RFC 8951 3: base64 both ways, white space anywhere, and DER as it is; limits count bytes. */
static void
test_base64(void **state)
{
	static const char good[] = "\r\n\r\nMAMCAQA=\n";
	static const struct {
		const char *body, *answer;
		unsigned status;
	} t[] = {
		{ "MAMCAQA=", good, 200 },
		{ " MAMC\r\nAQA=\r\n", good, 200 },
		{ "0\3\2\1", "\r\n\r\nMAMCAQ==\n", 200 },
		{ "", "\r\n\r\n", 200 },
		{ "MAMCAQA", "malformed", 400 },
		{ "****", "malformed", 400 },
	};
	struct tu_http *h = *state;
	const char *answer;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text),
		    "POST /est HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
		    "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
		    strlen(t[i].body), t[i].body);
		answer = talk(h, text, 500);
		snprintf(text, sizeof(text), "HTTP/1.1 %u ", t[i].status);
		begins(answer, text);
		assert_non_null(strstr(answer, t[i].answer));
	}
	assert_int_equal(h->handled, 4);
	assert_int_equal(h->turned_away, 2);
	assert_non_null(strstr(h->line, "RFC 4648"));
	/* a refusal is a text */
	answer = talk(h, "GET /est/refuse HTTP/1.1\r\nHost: x\r\n\r\n", 500);
	begins(answer, "HTTP/1.1 401 ");
	assert_null(strchr(strstr(answer, "\r\n\r\n"), '='));
	/* no body where none is expected */
	begins(talk(h, "GET /est/refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", 500),
	    "HTTP/1.1 413 ");
}

/* 300 bytes, in lines of 32 characters; one more is too much in whatever form it comes. */
static void
test_base64_too_large(void **state)
{
	static const struct {
		size_t bytes;
		bool base64;
		unsigned status;
	} t[] = { { 300, false, 200 }, { 301, false, 413 }, { 300, true, 200 },
		{ 303, true, 413 } };
	struct tu_http *h = *state;
	struct brski_buf request = { 0 }, body = { 0 };
	char status[32];
	uint8_t c;
	size_t i, n;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		brski_buf_reset(&body);
		for (n = 0; n < (t[i].base64 ? (t[i].bytes + 2) / 3 * 4 : t[i].bytes); n++) {
			if (t[i].base64 && n > 0 && n % 32 == 0)
				assert_int_equal(brski_buf_append_str(&body, "\r\n", NULL), 0);
			c = t[i].base64 ? 'A' : '0';
			assert_int_equal(brski_buf_append_byte(&body, c, NULL), BRSKI_OK);
		}
		brski_buf_reset(&request);
		assert_int_equal(brski_buf_printf(&request, NULL,
		                     "POST /est HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
		                     "Connection: close\r\nContent-Length: %zu\r\n\r\n",
		                     body.n),
		    BRSKI_OK);
		assert_int_equal(brski_buf_append(&request, brski_buf_slice(&body), NULL), 0);
		snprintf(status, sizeof(status), "HTTP/1.1 %u ", t[i].status);
		begins(talk(h, brski_buf_cstr(&request), 500), status);
	}
	assert_int_equal(h->handled, 2);
	brski_buf_clear(&request);
	brski_buf_clear(&body);
}

static void
test_chunked(void **state)
{
	struct tu_http *h = *state;
	const char *answer;

	answer = talk(h,
	    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
	    "Connection: close\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
	    500);
	begins(answer, "HTTP/1.1 200 ");
	assert_non_null(strstr(answer, "\r\n\r\nabcde"));
}

static void
test_method_allow(void **state)
{
	struct tu_http *h = *state;
	const char *answer;

	/* RFC 9110 15.5.6: Allow says what would do */
	answer = talk(h, "DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", 500);
	begins(answer, "HTTP/1.1 405 ");
	assert_non_null(strstr(answer, "Allow: POST\r\n"));
	answer = talk(h, "HEAD /pending HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 500);
	begins(answer, "HTTP/1.1 202 ");
	assert_non_null(strstr(answer, "Retry-After: 33\r\n"));
}

static const char *
ask_kept(struct tu_http *h, const char *headers)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "GET /kept HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", headers);
	return talk(h, request, 500);
}

/* RFC 9111 5.2, RFC 9110 8.8: nothing is kept unless the operation says for how long, or a tag. */
static void
test_caching(void **state)
{
	struct tu_http *h = *state;
	struct brski_clock clock = brski_clock_system();
	int64_t now = brski_clock_now(&clock);
	const char *answer = ask_kept(h, ""), *at;
	long age;

	begins(answer, "HTTP/1.1 200 ");
	assert_non_null(strstr(answer, "\r\nCache-Control: no-store\r\n"));
	assert_null(strstr(answer, "ETag"));
	assert_null(strstr(answer, "Expires"));
	assert_null(strstr(answer, "Last-Modified"));
	/* a refusal neither */
	assert_non_null(strstr(talk(h,
	                           "GET /refuse HTTP/1.1\r\nHost: x\r\n"
	                           "Connection: close\r\n\r\n",
	                           500),
	    "\r\nCache-Control: no-store\r\n"));
	/* RFC 5019 6.1; RFC 9110 5.6.7 */
	h->caching = (struct brski_caching){ .modified = 784111777, .expires = now + 1000 };
	answer = ask_kept(h, "");
	assert_non_null(strstr(answer, "\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	assert_non_null(at = strstr(answer, "\r\nCache-Control: max-age="));
	age = strtol(at + 25, NULL, 10);
	assert_in_range(age, 900, 1000);
	assert_non_null(strstr(at, ", public, no-transform, must-revalidate\r\n"));
	assert_non_null(strstr(answer, "\r\nExpires: "));
	/* and when that is over */
	h->caching.expires = 1785542399;
	if (now > h->caching.expires)
		assert_non_null(strstr(ask_kept(h, ""), "max-age=0,"));
	assert_non_null(strstr(ask_kept(h, ""), "\r\nExpires: Fri, 31 Jul 2026 23:59:59 GMT\r\n"));
}

/* RFC 9110 13.1.2, 15.4.5 */
static void
test_not_modified(void **state)
{
	static const char *const same[] = { "\"00ff7f\"", "W/\"00FF7F\"",
		"\"01\", \"a,b\" , \"00ff7f\"", "\"01\",\"02\",\"03\",\"00ff7f\"" };
	static const char *const other[] = { "\"00ff7e\"", "\"00ff\"", "\"00ff7f00\"", "00ff7f",
		"\"00ff7f", "\"\"", "\"0\"", "\"00ff7f00ff7f00ff7f\"", "",
		"\"01\",\"02\",\"03\",\"04\",\"00ff7f\"" };
	struct tu_http *h = *state;
	const char *answer;
	char header[128];
	size_t i;

	h->caching = (struct brski_caching){ .etag = { 0, 0xff, 0x7f }, .etag_n = 3 };
	answer = ask_kept(h, "");
	begins(answer, "HTTP/1.1 200 ");
	assert_non_null(strstr(answer, "\r\nETag: \"00ff7f\"\r\n"));
	assert_non_null(strstr(answer, "\r\nCache-Control: no-cache\r\n"));
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		snprintf(header, sizeof(header), "If-None-Match: %s\r\n", same[i]);
		answer = ask_kept(h, header);
		begins(answer, "HTTP/1.1 304 ");
		assert_non_null(strstr(answer, "\r\nETag: \"00ff7f\"\r\n"));
		assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
		/* 8.6: of the representation, if at all */
		assert_null(strstr(answer, "Content-Length: 0"));
	}
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		snprintf(header, sizeof(header), "If-None-Match: %s\r\n", other[i]);
		begins(ask_kept(h, header), "HTTP/1.1 200 ");
	}
	/* whose reply has no tag */
	h->caching.etag_n = 0;
	begins(ask_kept(h, "If-None-Match: \"00ff7f\"\r\n"), "HTTP/1.1 200 ");
}

static void
test_garbage(void **state)
{
	static const char *const texts[] = {
		"\x16\x03\x01\x02",
		"GET / HTTP/9.9\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
		"Content-Length: 99999999999999999999\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
		"Content-Length: -1\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
		"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
	};
	struct tu_http *h = *state;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)talk(h, texts[i], 2000);
	assert_int_equal(h->handled, 0);
}

static void
test_long_headers(void **state)
{
	static char text[40000];
	struct tu_http *h = *state;

	snprintf(text, sizeof(text), "GET /pending HTTP/1.1\r\nHost: x\r\nX: ");
	memset(text + strlen(text), 'x', 30000);
	begins(talk(h, text, 2000), "HTTP/1.1 4");
	assert_int_equal(h->handled, 0);
}

/* --- time and numbers */

/* RFC 9110 15.5.9: a request that does not end, in its headers or in its body */
static void
test_slow(void **state)
{
	static const char *const texts[] = {
		"P",
		"POST /echo HTTP/1.1\r\nHost: x\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
		"Content-Length: 5\r\n\r\nab",
	};
	struct tu_http *h = *state;
	const char *answer;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		h->lines = 0;
		answer = talk(h, texts[i], 2000);
		begins(answer, "HTTP/1.1 408 ");
		assert_non_null(strstr(answer, "\r\n\r\nrequest took too long\n"));
		assert_int_equal(h->lines, 1);
		assert_non_null(strstr(h->line, "rc=E_SLOW"));
		assert_non_null(strstr(h->line, "RFC 9110 15.5.9"));
	}
	assert_int_equal(h->handled, 0);
}

/* Every byte in time, but not the request: what counts is the whole. */
static void
test_drip(void **state)
{
	struct tu_http *h = *state;
	char out[1024] = "";
	int fd = tu_raw_connect(h), i;

	for (i = 0; i < 30 && out[0] == '\0'; i++) {
		(void)!send(fd, "a", 1, MSG_NOSIGNAL);
		(void)tu_raw_read(h, fd, out, sizeof(out), 10);
	}
	begins(out, "HTTP/1.1 408 ");
	close(fd);
}

/* Silence is closed without a word; between requests as well. */
static void
test_idle(void **state)
{
	struct tu_http *h = *state;
	const char *answer;

	assert_string_equal(talk(h, "", 2000), "");
	answer = talk(h, "GET /pending HTTP/1.1\r\nHost: x\r\n\r\n", 2000);
	begins(answer, "HTTP/1.1 202 ");
	assert_null(strstr(answer, "408"));
	assert_int_equal(h->lines, 0);
}

static void
test_handshake_time(void **state)
{
	struct tu_http *h = *state;
	char out[64] = "";
	int fd;

	brski_http_server_set_tls(h->server, h->tls);
	fd = tu_raw_connect(h);
	assert_true(tu_raw_read(h, fd, out, sizeof(out), 2000));
	assert_string_equal(out, "");
	close(fd);
}

/* Pipelined requests are answered one after the other, RFC 9112 9.3.2. */
static void
test_pipeline(void **state)
{
	struct tu_http *h = *state;
	const char *answer, *second;

	answer = talk(h,
	    "GET /pending HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /peer HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /pend",
	    2000);
	begins(answer, "HTTP/1.1 202 ");
	assert_non_null(second = strstr(answer, "HTTP/1.1 200 "));
	assert_non_null(strstr(second, "by=http"));
	assert_int_equal(h->handled, 2);
}

static void
test_limits(void **state)
{
	struct tu_http *h = *state;
	int fd[4], extra, i;
	char out[64] = "";

	for (i = 0; i < 4; i++)
		fd[i] = tu_raw_connect(h);
	tu_http_run_ms(h, 20);
	h->lines = 0;
	/* RFC 6585 4: too many from one address, one line however many come */
	for (i = 0; i < 3; i++) {
		extra = tu_raw_connect(h);
		assert_true(tu_raw_read(h, extra, out, sizeof(out), 100));
		close(extra);
	}
	assert_string_equal(out, "");
	assert_true(h->lines == 1 || h->lines == 2);
	assert_non_null(strstr(h->line, "rc=E_BUSY"));
	assert_non_null(strstr(h->line, "from one address"));
	assert_non_null(strstr(h->line, "RFC 6585 4"));
	close(fd[0]);
	tu_http_run_ms(h, 20);
	fd[0] = tu_raw_connect(h);
	assert_false(tu_raw_read(h, fd[0], out, sizeof(out), 50));
	for (i = 0; i < 4; i++)
		close(fd[i]);
}

static void
test_limit_total(void **state)
{
	struct tu_http *h = *state;
	char out[64] = "";
	int fd[2], extra;

	h->limits = (struct brski_http_limits){ .connections = 2 };
	tu_http_serve(h, "127.0.0.1:0", NULL);
	fd[0] = tu_raw_connect(h);
	fd[1] = tu_raw_connect(h);
	tu_http_run_ms(h, 20);
	extra = tu_raw_connect(h);
	assert_true(tu_raw_read(h, extra, out, sizeof(out), 1000));
	assert_non_null(strstr(h->line, "more than 2 connections\""));
	assert_non_null(strstr(h->line, "RFC 9110 15.6.4"));
	close(extra);
	close(fd[0]);
	close(fd[1]);
}

/* --- answers that come later */

static void
answer_held(struct tu_http *h, unsigned i, const char *text)
{
	struct brski_exchange *x = h->held[i];

	assert_int_equal(brski_buf_append_str(&x->reply, text, NULL), BRSKI_OK);
	x->reply_media = "text/plain";
	brski_reply_ok(x);
}

static double
cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void
test_later(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct brski_http_call what = post(tu_http_url(h, "https", "/hold"), "one");
	struct tu_http_call c = { 0 }, d;
	double cpu;

	tu_http_call_start(s, &c, &what);
	while (h->held_n == 0)
		tu_http_run_ms(h, 1);
	/* meanwhile others are served, and waiting costs nothing */
	call(h, s, &d, get(tu_http_url(h, "https", "/peer")));
	assert_int_equal(d.status, 200);
	cpu = cpu_s();
	tu_http_run_ms(h, 100);
	assert_true(cpu_s() - cpu < 0.03);
	assert_false(c.done);
	assert_slice_eq(h->held[0]->body, BRSKI_LIT("one"));
	assert_int_equal(h->held[0]->peer->chain.n, 2);
	answer_held(h, 0, "late");
	tu_http_until(h, &c.done);
	expect(&c, 200, "late");
	assert_int_equal(h->freed, 1);
	brski_http_session_free(s);
}

static void
test_later_many(void **state)
{
	static struct tu_http_call c[64];
	struct tu_http *h = *state;
	struct brski_http_session *s[4];
	struct brski_http_call what = post(tu_http_url(h, "https", "/hold"), "x");
	unsigned i;

	memset(c, 0, sizeof(c));
	for (i = 0; i < 4; i++)
		s[i] = device_session(h, false);
	for (i = 0; i < 64; i++)
		tu_http_call_start(s[i % 4], &c[i], &what);
	while (h->held_n < 64)
		tu_http_run_ms(h, 1);
	for (i = 64; i-- > 0;)
		answer_held(h, i, "y");
	for (i = 0; i < 64; i++) {
		tu_http_until(h, &c[i].done);
		expect(&c[i], 200, "y");
	}
	for (i = 0; i < 4; i++)
		brski_http_session_free(s[i]);
}

/* The client goes away while the MASA is asked: the operation ends as if it were there. */
static void
test_later_gone(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct brski_http_call what = post(tu_http_url(h, "https", "/hold"), "one");
	struct tu_http_call c = { 0 }, d;

	tu_http_call_start(s, &c, &what);
	while (h->held_n == 0)
		tu_http_run_ms(h, 1);
	brski_http_session_free(s);
	tu_http_run_ms(h, 50);
	assert_false(c.done);
	assert_int_equal(h->held[0]->peer->chain.n, 2);
	assert_slice_eq(h->held[0]->body, BRSKI_LIT("one"));
	answer_held(h, 0, "late");
	tu_http_run_ms(h, 20);
	s = device_session(h, false);
	call(h, s, &d, get(tu_http_url(h, "https", "/peer")));
	assert_int_equal(d.status, 200);
	brski_http_session_free(s);
}

/* The server goes down with an exchange open: its operation is told. */
static void
test_later_shutdown(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct brski_http_call what = post(tu_http_url(h, "https", "/hold"), "one");
	struct tu_http_call c = { 0 };

	tu_http_call_start(s, &c, &what);
	while (h->held_n == 0)
		tu_http_run_ms(h, 1);
	brski_http_server_free(h->server);
	h->server = NULL;
	assert_int_equal(h->freed, 1);
	tu_http_until(h, &c.done);
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	brski_http_session_free(s);
}

static void
test_timeout(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session_conf conf = { .tls = tu_http_tls(NULL, NULL, false) };
	struct brski_http_call what = post(tu_http_url(h, "https", "/hold"), "one");
	struct brski_err err = { 0 };
	struct brski_http_session *s;
	struct tu_http_call c = { 0 }, d = { 0 };

	conf.low_speed_ms = 50;
	assert_ok(brski_http_session_new(h->client, &conf, &s, &err), &err);
	tu_http_call(h, s, &c, &what);
	assert_int_equal(c.rc, BRSKI_E_TIMEOUT);
	brski_http_session_free(s);
	conf.low_speed_ms = 0;
	conf.total_ms = 50;
	assert_ok(brski_http_session_new(h->client, &conf, &s, &err), &err);
	tu_http_call(h, s, &d, &what);
	assert_int_equal(d.rc, BRSKI_E_TIMEOUT);
	brski_http_session_free(s);
	brski_tls_unref(conf.tls);
	answer_held(h, 0, "late");
	answer_held(h, 1, "late");
}

/* --- provisional */

/* RFC 8995 5.2: the request holds the certificate of the very connection that carries it */
static void
test_compose(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, true);
	struct brski_http_call what = post(tu_http_url(h, "https", "/echo"), "not this");
	struct tu_http_call c;

	what.compose = tu_http_compose;
	memset(&c, 0, sizeof(c));
	c.text = "request";
	tu_http_call(h, s, &c, &what);
	expect(&c, 200, "request chain=2");
	assert_int_equal(c.composed, 1);
	/* on the kept connection as well, with a body of another length */
	memset(&c, 0, sizeof(c));
	c.text = "a longer request than the first";
	tu_http_call(h, s, &c, &what);
	expect(&c, 200, "a longer request than the first chain=2");
	/* refused by the caller: nothing is sent, and the connection still serves */
	memset(&c, 0, sizeof(c));
	c.compose_rc = BRSKI_E_PIN;
	h->handled = 0;
	tu_http_call(h, s, &c, &what);
	assert_int_equal(c.rc, BRSKI_E_PIN);
	assert_non_null(strstr(c.err.detail, "chain of 2"));
	assert_int_equal(h->handled, 0);
	call(h, s, &c, get(tu_http_url(h, "https", "/peer")));
	assert_int_equal(c.status, 200);
	brski_http_session_free(s);
}

/* The first call's compose() says no: no byte of a request was sent. */
static void
test_compose_first(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, true);
	struct brski_http_call what = post(tu_http_url(h, "https", "/echo"), "");
	struct tu_http_call c = { .compose_rc = BRSKI_E_INTERNAL };

	what.compose = tu_http_compose;
	tu_http_call(h, s, &c, &what);
	assert_int_equal(c.rc, BRSKI_E_INTERNAL);
	assert_int_equal(h->handled, 0);
	brski_http_session_free(s);
}

static void
on_raw(void *arg, const struct brski_http_answer *a)
{
	bool *done = arg;

	assert_int_equal(a->rc, BRSKI_OK);
	*done = true;
}

/* A listener of our own making; url: where it is. */
static int
listen_here(const char *scheme, const char *path, char url[64])
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t n = sizeof(sa);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(l >= 0);
	assert_int_equal(bind(l, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(l, 1), 0);
	assert_int_equal(getsockname(l, (struct sockaddr *)&sa, &n), 0);
	snprintf(url, 64, "%s:%u%s", scheme, ntohs(sa.sin_port), path);
	return l;
}

/* The very bytes of a request. */
static void
test_request_bytes(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = tu_http_session(h, NULL, false);
	struct brski_http_call what = { .method = BRSKI_POST,
		.media = "text/plain",
		.accept = "application/json",
		.body = BRSKI_LIT("abc"),
		.done = on_raw };
	struct brski_err err = { 0 };
	char url[64], out[1024] = "";
	bool done = false;
	int l, fd;

	l = listen_here("http://127.0.0.1", "/a?b#c", url);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	what.url = url;
	what.arg = &done;
	assert_ok(brski_http_call(s, &what, &err), &err);
	tu_http_run_ms(h, 20);
	assert_true((fd = accept(l, NULL, NULL)) >= 0);
	assert_false(tu_raw_read(h, fd, out, sizeof(out), 50));
	begins(out, "POST /a?b HTTP/1.1\r\n");
	assert_non_null(strstr(out, "\r\nHost: 127.0.0.1:"));
	assert_non_null(strstr(out, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(out, "\r\nContent-Type: text/plain\r\n"));
	assert_non_null(strstr(out, "\r\nContent-Length: 3\r\n"));
	assert_null(strstr(out, "User-Agent"));
	assert_null(strstr(out, "chunked"));
	assert_string_equal(strstr(out, "\r\n\r\n"), "\r\n\r\nabc");
	tu_raw_send(fd,
	    "HTTP/1.1 302 Found\r\nLocation: http://example.com/x\r\n"
	    "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n");
	tu_http_until(h, &done);
	unsetenv("http_proxy");
	/* RFC 8995 5.1: no cookies */
	done = false;
	out[0] = '\0';
	assert_ok(brski_http_call(s, &what, &err), &err);
	assert_false(tu_raw_read(h, fd, out, sizeof(out), 50));
	begins(out, "POST /a?b HTTP/1.1\r\n");
	assert_null(strstr(out, "ookie"));
	tu_raw_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	tu_http_until(h, &done);
	close(fd);
	close(l);
	brski_http_session_free(s);
}

/* What a client says first, to a listener of ours that never answers. */
static size_t
hello(struct tu_http *h, const struct brski_certs *anchors, uint8_t *out, size_t cap)
{
	struct brski_http_session *s = tu_http_session(h, tu_http_tls(NULL, anchors, false), false);
	struct tu_http_call c = { 0 };
	ssize_t got;
	char url[64];
	int l, fd;

	l = listen_here("https://localhost", "/", url);
	tu_http_call_start(s, &c, &(struct brski_http_call){ .url = url });
	tu_http_run_ms(h, 20);
	assert_true((fd = accept(l, NULL, NULL)) >= 0);
	assert_true((got = recv(fd, out, cap, 0)) > 0);
	close(fd);
	close(l);
	brski_http_session_free(s);
	return (size_t)got;
}

/* constrained BRSKI 6.3 and 7.3: no SNI on a provisional connection, SNI to a MASA */
static void
test_sni(void **state)
{
	struct tu_http *h = *state;
	struct brski_certs anchors = { 0 };
	uint8_t out[4096];
	size_t n;

	n = hello(h, NULL, out, sizeof(out));
	assert_null(memmem(out, n, "localhost", 9));
	tu_add(&anchors, &h->domain);
	n = hello(h, &anchors, out, sizeof(out));
	assert_non_null(memmem(out, n, "localhost", 9));
	brski_certs_clear(&anchors);
}

/* Answer what a listener of ours gets with that text; what became of the call. */
static void
answered(struct tu_http *h, const char *answer, struct tu_http_call *c)
{
	struct brski_http_session *s = tu_http_session(h, NULL, false);
	struct brski_http_call what = { .method = BRSKI_GET };
	char url[64];
	int l, fd;

	l = listen_here("http://127.0.0.1", "/", url);
	what.url = url;
	memset(c, 0, sizeof(*c));
	tu_http_call_start(s, c, &what);
	tu_http_run_ms(h, 10);
	assert_true((fd = accept(l, NULL, NULL)) >= 0);
	if (answer != NULL)
		tu_raw_send(fd, answer);
	shutdown(fd, SHUT_WR);
	tu_http_until(h, &c->done);
	close(fd);
	close(l);
	brski_http_session_free(s);
}

static void
test_answers(void **state)
{
	static char headers[20000] = "HTTP/1.1 200 OK\r\n";
	struct tu_http *h = *state;
	char date[128], text[256];
	struct tu_http_call c;
	time_t at = time(NULL) + 100;
	struct tm tm;

	/* RFC 9110 15.4: not followed */
	answered(h,
	    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",
	    &c);
	expect(&c, 302, "");
	assert_string_equal(c.location, "http://127.0.0.1:1/x");
	/* RFC 9110 10.2.3: both forms */
	answered(h, "HTTP/1.1 202 Ok\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", &c);
	assert_int_equal(c.retry_after_s, 17);
	gmtime_r(&at, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	snprintf(text, sizeof(text),
	    "HTTP/1.1 503 No\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
	answered(h, text, &c);
	assert_int_equal(c.status, 503);
	assert_in_range(c.retry_after_s, 90, 100);
	answered(h, "HTTP/1.1 503 No\r\nRetry-After: never\r\nContent-Length: 0\r\n\r\n", &c);
	assert_int_equal(c.retry_after_s, 0);
	/* what is no answer */
	answered(h, NULL, &c);
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	answered(h, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", &c);
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	answered(h, "SSH-2.0-x\r\n\r\n", &c);
	assert_int_not_equal(c.rc, BRSKI_OK);
	assert_int_equal(c.status, 0);
	/* RFC 9110 5.4: too much of it */
	memset(headers + strlen(headers), 'x', 17000);
	memcpy(headers + strlen(headers) - 4, ": a\n", 4);
	answered(h, headers, &c);
	assert_int_equal(c.rc, BRSKI_E_TOO_LARGE);
	assert_string_equal(c.err.spec, "RFC 9110 5.4");
}

static void
test_one_connection(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, true);
	struct brski_http_call what = get(tu_http_url(h, "https", "/peer"));
	struct tu_http_call c[3] = { 0 }, d;
	int i;

	/* at once: one after the other on the first connection */
	for (i = 0; i < 3; i++)
		tu_http_call_start(s, &c[i], &what);
	for (i = 0; i < 3; i++) {
		tu_http_until(h, &c[i].done);
		assert_string_equal(c[i].body, c[0].body);
	}
	/* the server drops it: a second one would be another registrar's, perhaps */
	brski_http_server_free(h->server);
	h->server = NULL;
	tu_http_run_ms(h, 20);
	tu_http_serve(h, "127.0.0.1:0", h->tls);
	call(h, s, &d, get(tu_http_url(h, "https", "/peer")));
	assert_int_equal(d.rc, BRSKI_E_UNAVAILABLE);
	assert_int_equal(h->handled, 3);
	brski_http_session_free(s);
}

/* --- reload, sockets, odds and ends */

static void
test_reload(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false), *fresh;
	struct tu_id other = { 0 };
	struct brski_tls_conf conf = { .server = true, .ask_client = true };
	struct brski_certs anchors = { 0 };
	struct brski_err err = { 0 };
	struct brski_tls *t;
	struct tu_http_call before, after, c;

	call(h, s, &before, get(tu_http_url(h, "https", "/peer")));
	tu_server(&other, &h->factory, "new");
	conf.key = &other.key;
	conf.chain = &other.chain;
	assert_ok(brski_tls_new(&conf, &t, &err), &err);
	brski_http_server_set_tls(h->server, t);
	brski_tls_unref(t);
	/* the old connection stays, and with its own certificate */
	call(h, s, &after, get(tu_http_url(h, "https", "/peer")));
	assert_string_equal(after.body, before.body);
	tu_add(&anchors, &h->factory);
	fresh = tu_http_session(h, tu_http_tls(&h->device, &anchors, false), false);
	call(h, fresh, &c, get(tu_http_url(h, "https", "/peer")));
	assert_int_equal(c.status, 200);
	brski_http_session_free(fresh);
	brski_http_session_free(s);
	brski_certs_clear(&anchors);
	brski_http_server_free(h->server);
	h->server = NULL;
	tu_id_clear(&other);
}

static void
test_unix(void **state)
{
	struct tu_http *h = *state;
	char dir[] = "/tmp/test_http.XXXXXX", path[64], listen[80], want[32];
	struct brski_http_session_conf conf = { .unix_path = path };
	struct brski_err err = { 0 };
	struct brski_http_session *s;
	struct sockaddr_un sa = { 0 };
	struct stat st;
	struct tu_http_call c;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/admin", dir);
	snprintf(listen, sizeof(listen), "unix:%s", path);
	tu_http_serve(h, listen, NULL);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_ok(brski_http_session_new(h->client, &conf, &s, &err), &err);
	call(h, s, &c, get("http://localhost/peer"));
	snprintf(want, sizeof(want), "by=unix uid=%ld", (long)getuid());
	assert_non_null(strstr(c.body, want));
	call(h, s, &c, post("http://localhost/echo", "x"));
	expect(&c, 200, "x");
	brski_http_session_free(s);
	brski_http_server_free(h->server);
	h->server = NULL;
	assert_int_not_equal(stat(path, &st), 0);

	/* nobody there */
	assert_ok(brski_http_session_new(h->client, &conf, &s, &err), &err);
	call(h, s, &c, get("http://localhost/peer"));
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	brski_http_session_free(s);

	/* what a dead run left behind is in nobody's way */
	sa.sun_family = AF_UNIX;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	assert_true((fd = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
	tu_http_serve(h, listen, NULL);
	brski_http_server_free(h->server);
	h->server = NULL;
	rmdir(dir);
}

/* A host in brackets: connected, checked against the certificate's address, told in the log. */
static void
test_ipv6(void **state)
{
	struct tu_http *h = *state;
	struct brski_certs anchors = { 0 };
	struct brski_http_session *s;
	struct tu_http_call c;
	char url[64];

	tu_http_serve(h, "[::1]:0", h->tls);
	tu_add(&anchors, &h->domain);
	s = tu_http_session(h, tu_http_tls(NULL, &anchors, false), false);
	snprintf(url, sizeof(url), "https://[::1]:%u/secret", brski_http_server_port(h->server));
	call(h, s, &c, get(url));
	assert_int_equal(c.status, 401);
	assert_non_null(strstr(h->line, "peer=\"[::1]:"));
	/* RFC 6874 2: a zone that is not there */
	call(h, s, &c, get("https://[fe80::1%25nowhere]:1/"));
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	brski_http_session_free(s);
	brski_certs_clear(&anchors);
}

/* RFC 6874 4: the zone leads to the other end, who does not hear of it. */
static void
test_zone_is_not_told(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = tu_http_session(h, NULL, false);
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	char url[64], host[64], out[1024] = "";
	struct brski_http_call what = { .method = BRSKI_GET, .url = url, .done = on_raw };
	int fd, l = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct brski_err err = { 0 };
	socklen_t n = sizeof(sa);
	bool done = false;

	assert_int_equal(bind(l, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(l, 1), 0);
	assert_int_equal(getsockname(l, (struct sockaddr *)&sa, &n), 0);
	snprintf(url, sizeof(url), "http://[::1%%25%u]:%u/", if_nametoindex("lo"),
	    ntohs(sa.sin6_port));
	snprintf(host, sizeof(host), "\r\nHost: [::1]:%u\r\n", ntohs(sa.sin6_port));
	what.arg = &done;
	assert_ok(brski_http_call(s, &what, &err), &err);
	tu_http_run_ms(h, 20);
	assert_true((fd = accept(l, NULL, NULL)) >= 0);
	assert_false(tu_raw_read(h, fd, out, sizeof(out), 50));
	assert_non_null(strstr(out, host));
	assert_null(strchr(out, '%'));
	tu_raw_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	tu_http_until(h, &done);
	close(fd);
	close(l);
	brski_http_session_free(s);
}

static void
test_listen(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:65536", "host:1", "[::1:1", "unix:" };
	struct tu_http *h = *state;
	struct brski_http_server_conf conf = { .log = &h->log };
	struct brski_http_server *s;
	struct brski_err err = { 0 };
	char taken[64], long_path[200] = "unix:/";
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		conf.listen = bad[i];
		assert_refused(brski_http_server_new(h->loop, &conf, &s, &err), BRSKI_E_CONFIG,
		    &err);
		assert_null(s);
	}
	memset(long_path + strlen(long_path), 'a', sizeof(long_path) - strlen(long_path) - 1);
	conf.listen = long_path;
	assert_refused(brski_http_server_new(h->loop, &conf, &s, &err), BRSKI_E_CONFIG, &err);
	tu_http_serve(h, "[::1]:0", NULL);
	snprintf(taken, sizeof(taken), "[::1]:%u", brski_http_server_port(h->server));
	conf.listen = taken;
	assert_broken(brski_http_server_new(h->loop, &conf, &s, &err), BRSKI_E_IO, &err);
}

static void
test_url(void **state)
{
	static const char *const bad[] = { "", "masa.example.com", "http://127.0.0.1/", "https://",
		"https://user@127.0.0.1/", "https://127.0.0.1:99999/", "https://127.0.0.1:x/",
		"file:///etc/passwd", "https://a b/" };
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct brski_http_call what = { .method = BRSKI_GET, .done = on_raw };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		what.url = bad[i];
		assert_refused_by(brski_http_call(s, &what, &err), BRSKI_E_MALFORMED,
		    "RFC 9110 4.2", &err);
	}
	brski_http_session_free(s);
}

static void
test_no_connection(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = device_session(h, false);
	struct tu_http_call c;

	call(h, s, &c, get("https://127.0.0.1:1/"));
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	assert_false(c.has_peer);
	call(h, s, &c, get("https://no-such-host.invalid:1/"));
	assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
	brski_http_session_free(s);
	/* sessions may end with calls in every state */
	s = device_session(h, false);
	memset(&c, 0, sizeof(c));
	tu_http_call_start(s, &c, &(struct brski_http_call){ .url = "https://127.0.0.1:1/" });
	brski_http_session_free(s);
	tu_http_run_ms(h, 10);
	assert_false(c.done);
}

struct freeing {
	struct brski_http_session *s;
	bool done;
};

static void
on_free_session(void *arg, const struct brski_http_answer *a)
{
	struct freeing *f = arg;

	assert_int_equal(a->status, 200);
	brski_http_session_free(f->s);
	f->done = true;
}

static void
test_free_in_done(void **state)
{
	struct tu_http *h = *state;
	struct freeing f = { .s = device_session(h, true) };
	struct brski_http_call what = get(tu_http_url(h, "https", "/peer"));
	struct brski_err err = { 0 };

	what.done = on_free_session;
	what.arg = &f;
	assert_ok(brski_http_call(f.s, &what, &err), &err);
	/* a second one that never ends */
	assert_ok(brski_http_call(f.s, &what, &err), &err);
	tu_http_until(h, &f.done);
	tu_http_run_ms(h, 20);
}

/* A kept connection that the server has closed is replaced without a word. */
static void
test_stale(void **state)
{
	struct tu_http *h = *state;
	struct brski_http_session *s = tu_http_session(h, NULL, false);
	struct tu_http_call c;
	int i;

	for (i = 0; i < 3; i++) {
		call(h, s, &c, get(tu_http_url(h, "http", "/peer")));
		assert_int_equal(c.status, 200);
		/* idle_ms is 100 */
		tu_http_run_ms(h, i == 0 ? 150 : 1);
	}
	brski_http_session_free(s);
}

static void
test_loop(void **state)
{
	struct brski_loop *l;
	struct brski_err err = { 0 };
	struct brski_timer *t;

	(void)state;
	assert_ok(brski_loop_new(&l, &err), &err);
	assert_ok(brski_loop_signals(l, NULL, NULL, &err), &err);
	assert_non_null(t = brski_timer_start(l, 1000, NULL, NULL));
	brski_timer_cancel(t);
	brski_timer_cancel(NULL);
	assert_non_null(brski_timer_start(l, 1, (void (*)(void *))brski_loop_stop, l));
	brski_loop_run(l);
	brski_loop_free(l);
	brski_loop_free(NULL);
}

int
main(void)
{
#define TLS(f)   cmocka_unit_test_setup_teardown(f, set_up_tls, tear_down)
#define PLAIN(f) cmocka_unit_test_setup_teardown(f, set_up_plain, tear_down)
#define BARE(f)  cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TLS(test_echo),
		TLS(test_keep_alive),
		TLS(test_large),
		TLS(test_many),
		TLS(test_refusals),
		TLS(test_refuse_and_close),
		TLS(test_pending),
		PLAIN(test_too_large),
		PLAIN(test_base64),
		PLAIN(test_base64_too_large),
		PLAIN(test_chunked),
		PLAIN(test_method_allow),
		PLAIN(test_caching),
		PLAIN(test_not_modified),
		PLAIN(test_garbage),
		PLAIN(test_long_headers),
		PLAIN(test_slow),
		PLAIN(test_drip),
		PLAIN(test_idle),
		PLAIN(test_handshake_time),
		PLAIN(test_pipeline),
		PLAIN(test_limits),
		BARE(test_limit_total),
		TLS(test_later),
		TLS(test_later_many),
		TLS(test_later_gone),
		TLS(test_later_shutdown),
		TLS(test_timeout),
		TLS(test_compose),
		TLS(test_compose_first),
		BARE(test_request_bytes),
		BARE(test_sni),
		BARE(test_answers),
		TLS(test_one_connection),
		TLS(test_reload),
		BARE(test_unix),
		BARE(test_ipv6),
		BARE(test_zone_is_not_told),
		BARE(test_listen),
		TLS(test_url),
		TLS(test_no_connection),
		TLS(test_free_in_done),
		PLAIN(test_stale),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

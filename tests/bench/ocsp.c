/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCSP requests by POST over connections that are kept, each with a nonce of its own unless told
 * otherwise; every answer has to be a successful one.
 *
 * usage: ocsp PORT ISSUER.pem CERT.pem TOTAL AT_ONCE [plain]
 *	asks 127.0.0.1:PORT about CERT, TOTAL times over AT_ONCE connections; plain: without nonces.
 * Prints "answered=N failed=N seconds=S"; exit 0 when none failed.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"
#include "crypto/ocsp.h"

#define AT_ONCE_MAX 256
#define ANSWER_MAX  8192

struct connection {
	char answer[ANSWER_MAX + 1];
	size_t n;
};

struct bench {
	struct sockaddr_in to;
	struct brski_buf id;
	bool plain;
	unsigned total, at_once, sent, answered, failed;
	struct pollfd fds[AT_ONCE_MAX];
	struct connection c[AT_ONCE_MAX];
};

static void
must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "ocsp: %s failed\n", what);
		exit(1);
	}
}

/* The next request; a connection with nothing to ask is closed. */
static void
ask(struct bench *b, unsigned i)
{
	uint8_t octets[16];
	struct brski_slice id = brski_buf_slice(&b->id),
	                   nonce = brski_slice(octets, sizeof(octets));
	struct brski_buf body = { 0 }, message = { 0 };

	b->c[i].n = 0;
	if (b->sent == b->total) {
		close(b->fds[i].fd);
		b->fds[i].fd = -1;
		return;
	}
	brski_random(octets, sizeof(octets));
	must(brski_ocsp_request_encode(&id, 1, b->plain ? (struct brski_slice){ NULL, 0 } : nonce,
	         &body, NULL) == BRSKI_OK &&
	        brski_buf_printf(&message, NULL,
	            "POST /ocsp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	            "Content-Type: application/ocsp-request\r\nContent-Length: %zu\r\n\r\n",
	            body.n) == BRSKI_OK &&
	        brski_buf_append(&message, brski_buf_slice(&body), NULL) == BRSKI_OK &&
	        write(b->fds[i].fd, message.p, message.n) == (ssize_t)message.n,
	    "sending");
	b->sent++;
	brski_buf_clear(&body);
	brski_buf_clear(&message);
}

/* How many octets the whole answer has; 0: its header is not all there. */
static size_t
length_of(const struct connection *c, const char **body)
{
	const char *end = strstr(c->answer, "\r\n\r\n"), *length;

	if (end == NULL || (length = strstr(c->answer, "Content-Length: ")) == NULL)
		return 0;
	*body = end + 4;
	return (size_t)(end + 4 - c->answer) + strtoul(length + 16, NULL, 10);
}

/* OCSPResponse { successful, ... }: 30 82 LL LL 0a 01 00 */
static bool
is_good(const struct connection *c, const char *body)
{
	return strncmp(c->answer, "HTTP/1.1 200 ", 13) == 0 &&
	    c->n > (size_t)(body - c->answer) + 7 && memcmp(body + 4, "\x0a\x01\x00", 3) == 0;
}

static void
hear(struct bench *b, unsigned i)
{
	struct connection *c = &b->c[i];
	const char *body = NULL;
	size_t want;
	ssize_t n = read(b->fds[i].fd, c->answer + c->n, ANSWER_MAX - c->n);

	must(n > 0, "reading");
	c->n += (size_t)n;
	c->answer[c->n] = '\0';
	want = length_of(c, &body);
	if (want == 0 || c->n < want)
		return;
	if (is_good(c, body))
		b->answered++;
	else
		b->failed++;
	ask(b, i);
}

static void
connect_all(struct bench *b)
{
	unsigned i;

	for (i = 0; i < b->at_once; i++) {
		b->fds[i].fd = socket(AF_INET, SOCK_STREAM, 0);
		b->fds[i].events = POLLIN;
		must(b->fds[i].fd >= 0 &&
		        connect(b->fds[i].fd, (struct sockaddr *)&b->to, sizeof(b->to)) == 0,
		    "connecting");
		ask(b, i);
	}
}

static void
run(struct bench *b)
{
	unsigned i;

	connect_all(b);
	while (b->answered + b->failed < b->total) {
		must(poll(b->fds, b->at_once, 10000) > 0, "waiting");
		for (i = 0; i < b->at_once; i++)
			if (b->fds[i].fd >= 0 && b->fds[i].revents != 0)
				hear(b, i);
	}
}

static void
make_id(struct bench *b, const char *issuer, const char *cert)
{
	struct brski_certs ca = { 0 }, own = { 0 };
	struct brski_err err = { 0 };

	must(brski_certs_load(&ca, issuer, &err) == BRSKI_OK &&
	        brski_certs_load(&own, cert, &err) == BRSKI_OK &&
	        brski_ocsp_id_encode(BRSKI_SHA1, &ca.v[0], own.v[0].serial, &b->id, &err) ==
	            BRSKI_OK,
	    "reading certificates");
	brski_certs_clear(&ca);
	brski_certs_clear(&own);
}

int
main(int argc, char **argv)
{
	static struct bench b;
	struct timespec from, to;

	if (argc < 6) {
		(void)fprintf(stderr,
		    "usage: ocsp PORT ISSUER.pem CERT.pem TOTAL AT_ONCE [plain]\n");
		return 2;
	}
	b.to.sin_family = AF_INET;
	b.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	b.to.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	b.total = (unsigned)strtoul(argv[4], NULL, 10);
	b.at_once = (unsigned)strtoul(argv[5], NULL, 10);
	b.plain = argc > 6;
	must(b.at_once > 0 && b.at_once <= AT_ONCE_MAX && b.at_once <= b.total, "counting");
	make_id(&b, argv[2], argv[3]);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	run(&b);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	printf("answered=%u failed=%u seconds=%.3f\n", b.answered, b.failed,
	    (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
	brski_buf_clear(&b.id);
	return b.failed == 0 ? 0 : 1;
}

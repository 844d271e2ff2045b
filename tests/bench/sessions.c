/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS sessions without anything said in them, to see what one costs the registrar.
 *
 * usage: sessions PORT CERT KEY TOTAL AT_ONCE [hold]
 *	opens TOTAL sessions to 127.0.0.1:PORT, AT_ONCE at a time. With hold it closes none: it says
 *	so and waits for its standard input to end.
 * Prints "opened=N failed=N"; exit 0 when none failed.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "net/dtls.h"

struct bench {
	struct brski_loop *loop;
	struct brski_dtls_client_conf conf;
	unsigned total, at_once, started, opened, ended;
	bool hold;
};

/* A session that is up, or was. */
struct one {
	struct bench *b;
	struct brski_dtls_session *s;
	bool up;
};

static void start(struct bench *b);

/* All that was asked for is there, or over. */
static void
check_done(struct bench *b)
{
	if ((b->hold ? b->opened : 0) + b->ended == b->total)
		brski_loop_stop(b->loop);
}

static void
close_one(void *arg)
{
	struct one *o = arg;

	brski_dtls_close(o->s);
}

static void *
on_up(void *arg, struct brski_dtls_session *s)
{
	struct one *o = arg;

	o->s = s;
	o->up = true;
	o->b->opened++;
	if (o->b->hold) {
		if (o->b->started < o->b->total)
			start(o->b);
		check_done(o->b);
	} else if (brski_timer_start(o->b->loop, 0, close_one, o) == NULL)
		return NULL;
	return o;
}

static void
on_input(void *user, struct brski_slice datagram)
{
	(void)user;
	(void)datagram;
}

static void
on_gone(void *user)
{
	struct one *o = user;
	struct bench *b = o->b;

	free(o);
	b->ended++;
	if (!b->hold && b->started < b->total)
		start(b);
	check_done(b);
}

static void
start(struct bench *b)
{
	static const struct brski_dtls_events events = { on_up, on_input, on_gone };
	struct brski_dtls_client_conf conf = b->conf;
	struct brski_dtls_session *s;
	struct brski_err err = { 0 };
	struct one *o = calloc(1, sizeof(*o));

	b->started++;
	if (o == NULL)
		exit(1);
	o->b = b;
	conf.events = &events;
	conf.arg = o;
	if (brski_dtls_connect(b->loop, &conf, &s, &err) != BRSKI_OK) {
		(void)fprintf(stderr, "sessions: %s\n", err.detail);
		exit(1);
	}
}

static int
run(struct bench *b, struct brski_err *err)
{
	unsigned i, failed;
	char c;

	if (brski_loop_new(&b->loop, err) != BRSKI_OK)
		return 1;
	for (i = 0; i < b->at_once && i < b->total; i++)
		start(b);
	brski_loop_run(b->loop);
	failed = b->total - b->opened;
	(void)printf("opened=%u failed=%u\n", b->opened, failed);
	(void)fflush(stdout);
	while (b->hold && read(STDIN_FILENO, &c, 1) > 0)
		;
	return failed == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct brski_certs chain = { 0 };
	struct brski_key key = { 0 };
	struct brski_tls_conf tls = { .key = &key,
		.chain = &chain,
		.datagram = true,
		.classical = true };
	struct bench b = { 0 };
	struct brski_err err = { 0 };

	if (argc < 6) {
		(void)fprintf(stderr, "usage: sessions PORT CERT KEY TOTAL AT_ONCE [hold]\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	b.total = (unsigned)strtoul(argv[4], NULL, 10);
	b.at_once = (unsigned)strtoul(argv[5], NULL, 10);
	b.hold = argc > 6;
	b.conf = (struct brski_dtls_client_conf){ .to = (const struct sockaddr *)&to,
		.to_n = sizeof(to) };
	if (brski_certs_load(&chain, argv[2], &err) != BRSKI_OK ||
	    brski_key_load(argv[3], &key, &err) != BRSKI_OK ||
	    brski_tls_new(&tls, &b.conf.tls, &err) != BRSKI_OK) {
		(void)fprintf(stderr, "sessions: %s\n", err.detail);
		return 1;
	}
	return run(&b, &err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Plain CoAP discovery on the loopback interface: RFC 7252 8, RFC 6690 4. */
#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>
#include "coap/coap.h"
#include "net/coap_multicast.h"
#include "net/udp_group.h"
#include "tu.h"

#define GIVE_UP_MS 5000

static const char *const lo[] = { "lo" };

struct world {
	struct brski_loop *loop;
	struct brski_coap_responder *responder;
	struct brski_timer *end;
	uint16_t port;
	struct brski_coap_asker *asker;
	unsigned answers;
	char links[512], from[64], own[64];
	enum brski_rc links_rc;
};

static void
show(const struct sockaddr *sa, char out[64])
{
	const void *p = sa->sa_family == AF_INET6
	    ? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
	    : (const void *)&((const struct sockaddr_in *)sa)->sin_addr;

	assert_non_null(inet_ntop(sa->sa_family, p, out, 64));
}

static enum brski_rc
give_links(void *arg, const struct sockaddr *own, struct brski_buf *out, struct brski_err *err)
{
	struct world *w = arg;

	show(own, w->own);
	if (w->links_rc != BRSKI_OK)
		return brski_broken(err, w->links_rc, "no links today");
	return brski_buf_append_str(out,
	    "<coaps://[2001:db8::1]:5684>;rt=brski,<>;brski-jp=8485,"
	    "<jpy://[2001:db8::1]:7634>;rt=\"brski.rjp other\"",
	    err);
}

static void
on_answer(void *arg, const struct sockaddr *from, struct brski_slice links)
{
	struct world *w = arg;

	show(from, w->from);
	assert_true(links.n < sizeof(w->links));
	memcpy(w->links, links.p, links.n);
	w->links[links.n] = '\0';
	w->answers++;
	brski_loop_stop(w->loop);
}

static void
on_end(void *arg)
{
	struct world *w = arg;

	w->end = NULL;
	brski_loop_stop(w->loop);
}

static void
run_for(struct world *w, uint32_t ms)
{
	w->end = brski_timer_start(w->loop, ms, on_end, w);
	assert_non_null(w->end);
	brski_loop_run(w->loop);
	brski_timer_cancel(w->end);
	w->end = NULL;
}

/* A port that nobody has. */
static uint16_t
free_port(void)
{
	struct sockaddr_in6 in6;
	socklen_t n = sizeof(in6);
	int fd = udp_group_socket(AF_INET6, 0);

	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in6, &n), 0);
	close(fd);
	return ntohs(in6.sin6_port);
}

static void
set_up(struct world *w)
{
	struct brski_coap_responder_conf conf = { .interfaces = lo,
		.interfaces_n = 1,
		.leisure_ms = 20,
		.links = give_links,
		.arg = w };
	struct brski_err err = { 0 };

	*w = (struct world){ .port = free_port() };
	conf.port = w->port;
	assert_ok(brski_loop_new(&w->loop, &err), &err);
	assert_ok(brski_coap_responder_new(w->loop, &conf, &w->responder, &err), &err);
}

static void
tear_down(struct world *w)
{
	brski_coap_asker_free(w->asker);
	brski_coap_responder_free(w->responder);
	brski_loop_free(w->loop);
}

static void
ask(struct world *w, const char *group, const char *query)
{
	const struct brski_coap_asker_conf conf = { .interfaces = lo,
		.interfaces_n = 1,
		.group = group,
		.port = w->port,
		.answer = on_answer,
		.arg = w };
	struct brski_err err = { 0 };

	brski_coap_asker_free(w->asker);
	assert_ok(brski_coap_asker_new(w->loop, &conf, &w->asker, &err), &err);
	assert_ok(brski_coap_asker_ask(w->asker, query, &err), &err);
}

/* --- asking and answering */

static void
test_an_address_answers(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	ask(&w, "::1", "rt=brski.rjp");
	run_for(&w, GIVE_UP_MS);
	assert_int_equal(w.answers, 1);
	assert_string_equal(w.links, "<jpy://[2001:db8::1]:7634>;rt=\"brski.rjp other\"");
	assert_string_equal(w.from, "::1");
	assert_string_equal(w.own, "::1");
	ask(&w, "127.0.0.1", "brski-jp=*");
	run_for(&w, GIVE_UP_MS);
	assert_int_equal(w.answers, 2);
	assert_string_equal(w.links, "<>;brski-jp=8485");
	assert_string_equal(w.from, "127.0.0.1");
	assert_int_equal(brski_coap_responder_dropped(w.responder), 0);
	tear_down(&w);
}

static void
test_a_group_answers_from_one_address(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	ask(&w, "224.0.1.187", "rt=brski*");
	run_for(&w, GIVE_UP_MS);
	assert_int_equal(w.answers, 1);
	/* whichever the kernel deems fit for an asker on this interface */
	assert_string_equal(w.from, w.own);
	assert_string_not_equal(w.from, "224.0.1.187");
	assert_non_null(strstr(w.links, "rt=brski,<jpy:"));
	assert_null(strstr(w.links, "brski-jp"));
	tear_down(&w);
}

static void
test_filters(void **state)
{
	static const struct {
		const char *query, *links;
	} rows[] = {
		{ "href=coaps*", "<coaps://[2001:db8::1]:5684>;rt=brski" },
		{ "rt=other", "<jpy://[2001:db8::1]:7634>;rt=\"brski.rjp other\"" },
		{ "brski-jp=8485", "<>;brski-jp=8485" },
	};
	struct world w;
	size_t i;

	(void)state;
	set_up(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&w, "::1", rows[i].query);
		run_for(&w, GIVE_UP_MS);
		assert_int_equal(w.answers, i + 1);
		assert_string_equal(w.links, rows[i].links);
	}
	tear_down(&w);
}

/* --- what is not answered; each is followed by what is, so that nothing waits for silence */

/* A socket of the test's own that asks the responder. */
static int
raw_socket(const struct world *w)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
		.sin6_port = htons(w->port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = udp_group_socket(AF_INET6, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* From one of many addresses of the loopback, heard by all. */
static int
raw_four(unsigned i)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct ip_mreqn lo_too = { .imr_ifindex = (int)if_nametoindex("lo") };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	own.sin_addr.s_addr = htonl(0x7f010000 + i);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo_too, sizeof(lo_too)), 0);
	return fd;
}

static struct brski_coap_writer
begin(uint8_t out[256], enum brski_coap_type type, uint8_t code)
{
	return brski_coap_begin(out, 256, type, code, 7, BRSKI_LIT("tokn"));
}

static void
send_raw(int fd, const struct brski_coap_writer *w)
{
	assert_false(w->full);
	assert_int_equal(send(fd, w->p, w->n, 0), w->n);
}

/* Everything sent so far was seen once a question that came after it is answered. */
static void
settle(struct world *w)
{
	unsigned before = w->answers;

	ask(w, "::1", "rt=brski");
	run_for(w, GIVE_UP_MS);
	assert_int_equal(w->answers, before + 1);
}

static void
put_core(struct brski_coap_writer *c)
{
	brski_coap_put_path(c, "/.well-known/core");
}

/* What the next message there is; code 0 and type RST: a reset. */
static struct brski_coap_message
hear_raw(struct world *w, int fd, uint8_t in[64])
{
	struct brski_coap_message m;
	struct brski_err err = { 0 };
	ssize_t n = -1;
	unsigned i;

	for (i = 0; i < GIVE_UP_MS / 5 && (n = recv(fd, in, 64, 0)) < 0; i++)
		run_for(w, 5);
	assert_true(n > 0);
	assert_ok(brski_coap_decode(brski_slice(in, (size_t)n), &m, &err), &err);
	return m;
}

/* Not to be liked, as anything but a group sees it. */
static const struct bad {
	const char *path;
	uint8_t method;
	unsigned option; /* 0: none */
	const char *value;
	unsigned times;
	uint8_t answer; /* RFC 7252 5.9; 0: a reset */
} bad[] = {
	{ "/.well-known/core", BRSKI_COAP_POST, 0, NULL, 0, BRSKI_COAP(4, 5) },
	{ "/.well-known/coral", BRSKI_COAP_GET, 0, NULL, 0, BRSKI_COAP(4, 4) },
	{ "/.well-known/core/more", BRSKI_COAP_GET, 0, NULL, 0, BRSKI_COAP(4, 4) },
	{ "/.well-known", BRSKI_COAP_GET, 0, NULL, 0, BRSKI_COAP(4, 4) },
	{ "/.well-known/core", BRSKI_COAP_GET, BRSKI_COAP_ACCEPT, "\x3c", 1, BRSKI_COAP(4, 6) },
	{ "/.well-known/core", BRSKI_COAP_GET, BRSKI_COAP_PROXY_SCHEME, "coap", 1,
	    BRSKI_COAP(5, 5) },
	{ "/.well-known/core", BRSKI_COAP_GET, BRSKI_COAP_PROXY_URI, "coap://x", 1,
	    BRSKI_COAP(5, 5) },
	{ "/.well-known/core", BRSKI_COAP_GET, BRSKI_COAP_BLOCK1, "\x08", 1, BRSKI_COAP(4, 2) },
	{ "/.well-known/core", BRSKI_COAP_GET, BRSKI_COAP_URI_QUERY, "rt=brski", 5,
	    BRSKI_COAP(4, 0) },
	/* critical, unknown */
	{ "/.well-known/core", BRSKI_COAP_GET, 47, "x", 1, BRSKI_COAP(4, 2) },
	/* an answer to nothing */
	{ "", BRSKI_COAP(2, 5), 0, NULL, 0, 0 },
};
#define BAD (sizeof(bad) / sizeof(bad[0]))

static struct brski_coap_writer
write_bad(uint8_t out[256], const struct bad *b, enum brski_coap_type type)
{
	struct brski_coap_writer c = begin(out, type, b->method);
	unsigned i;

	brski_coap_put_path(&c, b->path);
	for (i = 0; i < b->times; i++)
		brski_coap_put(&c, b->option, brski_slice_str(b->value));
	return c;
}

static void
send_bad(int fd, const struct bad *b, enum brski_coap_type type)
{
	uint8_t out[256];
	struct brski_coap_writer c = write_bad(out, b, type);

	send_raw(fd, &c);
}

static void
send_to(int fd, const struct brski_coap_writer *c, const struct sockaddr_in *to)
{
	assert_int_equal(sendto(fd, c->p, c->n, 0, (const struct sockaddr *)to, sizeof(*to)), c->n);
}

/* Who asks for a confirmation is told that there is nothing for it here, RFC 7252 4.2. */
static void
test_confirmable_errors(void **state)
{
	static const char *const no_coap[] = { "\x40\x00\x01\x02", "\x4f\x01\x01\x02",
		"\x40\x01\x01\x02\xff" };
	struct brski_coap_message m;
	struct world w;
	uint8_t in[64];
	size_t i;
	int fd;

	(void)state;
	set_up(&w);
	fd = raw_socket(&w);
	for (i = 0; i < BAD; i++) {
		send_bad(fd, &bad[i], BRSKI_COAP_CON);
		m = hear_raw(&w, fd, in);
		assert_int_equal(m.type, bad[i].answer != 0 ? BRSKI_COAP_ACK : BRSKI_COAP_RST);
		assert_int_equal(m.code, bad[i].answer);
		assert_int_equal(m.mid, 7);
		assert_int_equal(m.token.n, bad[i].answer != 0 ? 4 : 0);
		assert_int_equal(m.options.n + m.payload.n, 0);
	}
	/* a ping, and what begins like CoAP */
	for (i = 0; i < sizeof(no_coap) / sizeof(no_coap[0]); i++) {
		size_t n = i == 2 ? 5 : 4;

		assert_int_equal(send(fd, no_coap[i], n, 0), n);
		m = hear_raw(&w, fd, in);
		assert_int_equal(m.type, BRSKI_COAP_RST);
		assert_int_equal(m.mid, 0x102);
	}
	assert_int_equal(brski_coap_responder_dropped(w.responder), BAD + 3);
	close(fd);
	tear_down(&w);
}

/* Without a confirmation, or to a group, there is none: RFC 7252 8.1, 8.2. */
static void
test_silent_on_errors(void **state)
{
	struct sockaddr_in group = { .sin_family = AF_INET };
	struct brski_coap_writer c;
	struct world w;
	uint8_t b[256], in[64];
	size_t i;
	int fd, four;

	(void)state;
	set_up(&w);
	fd = raw_socket(&w);
	four = raw_four(0);
	group.sin_port = htons(w.port);
	assert_int_equal(inet_pton(AF_INET, "224.0.1.187", &group.sin_addr), 1);
	assert_int_equal(send(fd, "\xff\xff", 2, 0), 2);         /* no CoAP */
	assert_int_equal(send(fd, "\x80\x01\x01\x02", 4, 0), 4); /* of another version */
	for (i = 0; i < BAD; i++) {
		send_bad(fd, &bad[i], BRSKI_COAP_NON);
		c = write_bad(b, &bad[i], BRSKI_COAP_CON);
		send_to(four, &c, &group);
	}
	c = begin(b, BRSKI_COAP_CON, BRSKI_COAP_GET);
	put_core(&c);
	send_to(four, &c, &group);
	settle(&w);
	/* longer than the answers to a group would wait */
	run_for(&w, 50);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 2 * BAD + 3);
	assert_true(recv(fd, in, sizeof(in), 0) < 0);
	assert_true(recv(four, in, sizeof(in), 0) < 0);
	close(fd);
	close(four);
	tear_down(&w);
}

static void
test_no_links_no_answer(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	w.links_rc = BRSKI_E_INTERNAL;
	ask(&w, "::1", "rt=brski");
	w.links_rc = BRSKI_E_INTERNAL;
	run_for(&w, 50);
	assert_int_equal(w.answers, 0);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 1);
	tear_down(&w);
}

/* A group is not told that nothing matches; an address is, with an empty answer. */
static void
test_nothing_matches(void **state)
{
	struct brski_coap_writer c;
	struct brski_coap_message m;
	struct brski_err err = { 0 };
	uint8_t b[256], in[64];
	struct world w;
	ssize_t n;
	int fd;

	(void)state;
	set_up(&w);
	ask(&w, "224.0.1.187", "rt=none");
	fd = raw_socket(&w);
	c = begin(b, BRSKI_COAP_CON, BRSKI_COAP_GET);
	put_core(&c);
	brski_coap_put(&c, BRSKI_COAP_URI_QUERY, BRSKI_LIT("rt")); /* matches nothing either */
	send_raw(fd, &c);
	settle(&w);
	n = recv(fd, in, sizeof(in), 0);
	assert_true(n > 0);
	assert_ok(brski_coap_decode(brski_slice(in, (size_t)n), &m, &err), &err);
	assert_int_equal(m.type, BRSKI_COAP_ACK);
	assert_int_equal(m.mid, 7);
	assert_int_equal(m.code, BRSKI_COAP(2, 5));
	assert_int_equal(m.payload.n, 0);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 0);
	close(fd);
	tear_down(&w);
}

/* Another interface's datagrams are none of ours. */
static void
test_interfaces_count(void **state)
{
	static const char *const none[] = { NULL };
	struct brski_coap_responder_conf conf = { .interfaces = none, .links = give_links };
	struct brski_coap_responder *deaf = NULL;
	struct brski_err err = { 0 };
	struct world w;

	(void)state;
	set_up(&w);
	brski_coap_responder_free(w.responder);
	w.responder = NULL;
	conf.port = w.port;
	conf.arg = &w;
	assert_ok(brski_coap_responder_new(w.loop, &conf, &deaf, &err), &err);
	ask(&w, "::1", "rt=brski");
	run_for(&w, 50);
	assert_int_equal(w.answers, 0);
	assert_int_equal(brski_coap_responder_dropped(deaf), 1);
	brski_coap_responder_free(deaf);
	tear_down(&w);
}

static void
ask_often(int fd, unsigned n)
{
	struct brski_coap_writer c;
	uint8_t b[256];

	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	put_core(&c);
	while (n-- > 0)
		send_raw(fd, &c);
}

static unsigned
answers_at(int fd)
{
	uint8_t in[256];
	unsigned n = 0;

	while (recv(fd, in, sizeof(in), 0) > 0)
		n++;
	return n;
}

/* Nobody is flooded from here: sixteen answers at once to one address, whatever the port. */
static void
test_answers_are_limited(void **state)
{
	struct world w;
	unsigned n;
	int fd, other;

	(void)state;
	set_up(&w);
	fd = raw_socket(&w);
	other = raw_socket(&w);
	ask_often(fd, 150);
	ask_often(other, 50);
	run_for(&w, 200);
	n = answers_at(fd) + answers_at(other);
	/* and two a second */
	assert_in_range(n, 16, 18);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 200 - n);
	close(fd);
	close(other);
	/* another address has its own */
	ask(&w, "127.0.0.1", "rt=brski");
	run_for(&w, GIVE_UP_MS);
	assert_int_equal(w.answers, 1);
	tear_down(&w);
}

static void
ask_at(const struct world *w, int fd, const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(w->port) };
	struct brski_coap_writer c;
	uint8_t b[256];

	assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	put_core(&c);
	assert_int_equal(sendto(fd, c.p, c.n, 0, (struct sockaddr *)&to, sizeof(to)), c.n);
}

/* All addresses of a link together get no more than 256 at once. */
static void
test_a_link_is_limited(void **state)
{
	unsigned i, k, n = 0;
	struct world w;
	int fd[40];

	(void)state;
	set_up(&w);
	for (i = 0; i < 40; i++) {
		fd[i] = raw_four(i);
		for (k = 0; k < 16; k++)
			ask_at(&w, fd[i], "127.0.0.1");
		run_for(&w, 1);
	}
	run_for(&w, 50);
	for (i = 0; i < 40; i++) {
		n += answers_at(fd[i]);
		close(fd[i]);
	}
	/* and as many a second: this took less than one */
	assert_in_range(n, 256, 512);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 40 * 16 - n);
	tear_down(&w);
}

/* Only 64 answers wait for their time; the one that waits longest makes room for the next. */
static void
test_waiting_is_limited(void **state)
{
	struct brski_coap_responder_conf conf = { .interfaces = lo,
		.interfaces_n = 1,
		.leisure_ms = 600000,
		.links = give_links };
	struct brski_err err = { 0 };
	struct world w;
	unsigned i;
	int fd[80];

	(void)state;
	set_up(&w);
	brski_coap_responder_free(w.responder);
	conf.port = w.port;
	conf.arg = &w;
	assert_ok(brski_coap_responder_new(w.loop, &conf, &w.responder, &err), &err);
	for (i = 0; i < 80; i++) {
		fd[i] = raw_four(i);
		ask_at(&w, fd[i], "224.0.1.187");
		run_for(&w, 1);
	}
	run_for(&w, 50);
	for (i = 0; i < 80; i++) {
		/* the first ones have left */
		assert_int_equal(answers_at(fd[i]), i < 16);
		close(fd[i]);
	}
	assert_int_equal(brski_coap_responder_dropped(w.responder), 0);
	tear_down(&w);
}

/* --- what is no answer */

struct forged {
	const char *what;
	uint8_t code;
	bool token, format, con;
	const char *payload;
	unsigned taken;
};

/* Wait for the question, answer it in all these ways. */
static void
forge(int fd, const struct forged *f)
{
	struct brski_coap_writer c;
	struct brski_coap_message m;
	struct udp_input in;
	uint8_t b[256];

	while (!udp_group_receive(fd, &in))
		;
	assert_int_equal(brski_coap_decode(brski_slice(in.data, in.n), &m, NULL), BRSKI_OK);
	assert_int_equal(m.type, BRSKI_COAP_NON);
	c = brski_coap_begin(b, sizeof(b), f->con ? BRSKI_COAP_CON : BRSKI_COAP_NON, f->code, 9,
	    f->token ? m.token : BRSKI_LIT("guessed!"));
	if (f->format)
		brski_coap_put_uint(&c, BRSKI_COAP_CONTENT_FORMAT, 40);
	brski_coap_put_payload(&c, brski_slice_str(f->payload));
	udp_group_send(fd, &in.ends, brski_slice(c.p, c.n));
}

static void
test_what_is_no_answer(void **state)
{
	static const struct forged rows[] = {
		{ "good", BRSKI_COAP(2, 5), true, true, false, "<>;brski-jp=1", 1 },
		{ "good, confirmable", BRSKI_COAP(2, 5), true, true, true, "<>;brski-jp=1", 1 },
		{ "code", BRSKI_COAP(4, 4), true, true, false, "<>;brski-jp=1", 0 },
		{ "token", BRSKI_COAP(2, 5), false, true, false, "<>;brski-jp=1", 0 },
		{ "format", BRSKI_COAP(2, 5), true, false, false, "<>;brski-jp=1", 0 },
		{ "links", BRSKI_COAP(2, 5), true, true, false, "<>;brski-jp=1,<", 0 },
	};
	struct udp_input in;
	struct world w;
	size_t i;
	int fd;

	(void)state;
	set_up(&w);
	brski_coap_responder_free(w.responder);
	w.responder = NULL;
	fd = udp_group_socket(AF_INET6, w.port);
	assert_true(fd >= 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w.answers = 0;
		ask(&w, "::1", "brski-jp=*");
		forge(fd, &rows[i]);
		run_for(&w, rows[i].taken > 0 ? GIVE_UP_MS : 50);
		assert_int_equal(w.answers, rows[i].taken);
		assert_int_equal(brski_coap_asker_dropped(w.asker), 1 - rows[i].taken);
		/* it was confirmed */
		assert_int_equal(udp_group_receive(fd, &in), rows[i].con);
	}
	close(fd);
	tear_down(&w);
}

static void
test_refusals(void **state)
{
	static const char *const nowhere[] = { "an interface that cannot be" };
	struct brski_coap_responder_conf r = { .interfaces = nowhere, .interfaces_n = 1 };
	struct brski_coap_asker_conf a = { .interfaces = lo, .interfaces_n = 1, .group = "any" };
	struct brski_coap_responder *responder = NULL;
	struct brski_coap_asker *asker = NULL;
	struct brski_loop *loop = NULL;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_loop_new(&loop, &err), &err);
	assert_refused(brski_coap_responder_new(loop, &r, &responder, &err), BRSKI_E_CONFIG, &err);
	assert_null(responder);
	assert_refused_by(brski_coap_asker_new(loop, &a, &asker, &err), BRSKI_E_CONFIG,
	    "RFC 7252 8", &err);
	assert_null(asker);
	a.group = "ff02::fd";
	a.interfaces_n = 0;
	assert_ok(brski_coap_asker_new(loop, &a, &asker, &err), &err);
	assert_broken(brski_coap_asker_ask(asker, "rt=brski", &err), BRSKI_E_UNAVAILABLE, &err);
	brski_coap_asker_free(asker);
	brski_coap_responder_free(NULL);
	brski_coap_asker_free(NULL);
	brski_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_answers),
		cmocka_unit_test(test_a_group_answers_from_one_address),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_confirmable_errors),
		cmocka_unit_test(test_silent_on_errors),
		cmocka_unit_test(test_no_links_no_answer),
		cmocka_unit_test(test_nothing_matches),
		cmocka_unit_test(test_interfaces_count),
		cmocka_unit_test(test_answers_are_limited),
		cmocka_unit_test(test_a_link_is_limited),
		cmocka_unit_test(test_waiting_is_limited),
		cmocka_unit_test(test_what_is_no_answer),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

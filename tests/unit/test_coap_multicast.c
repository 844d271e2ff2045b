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

static void
test_silent_on_errors(void **state)
{
	struct brski_coap_writer c;
	struct world w;
	uint8_t b[256], in[64];
	unsigned i;
	int fd;

	(void)state;
	set_up(&w);
	fd = raw_socket(&w);
	assert_int_equal(send(fd, "\xff\xff", 2, 0), 2); /* no CoAP */
	c = begin(b, BRSKI_COAP_CON, BRSKI_COAP_POST);
	put_core(&c);
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_path(&c, "/.well-known/coral");
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_path(&c, "/.well-known/core/more");
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_path(&c, "/.well-known");
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	put_core(&c);
	brski_coap_put_uint(&c, BRSKI_COAP_ACCEPT, 60);
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	put_core(&c);
	brski_coap_put(&c, BRSKI_COAP_PROXY_SCHEME, BRSKI_LIT("coap"));
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	put_core(&c);
	for (i = 0; i < 5; i++)
		brski_coap_put(&c, BRSKI_COAP_URI_QUERY, BRSKI_LIT("rt=brski"));
	send_raw(fd, &c);
	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	brski_coap_put(&c, 9, BRSKI_LIT("x")); /* critical, unknown */
	put_core(&c);
	send_raw(fd, &c);
	settle(&w);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 9);
	assert_true(recv(fd, in, sizeof(in), 0) < 0);
	close(fd);
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

/* More than 64 answers at once are not given: nobody is flooded from here. */
static void
test_answers_are_limited(void **state)
{
	struct brski_coap_writer c;
	uint8_t b[256], in[64];
	unsigned i, answered = 0;
	struct world w;
	int fd;

	(void)state;
	set_up(&w);
	fd = raw_socket(&w);
	c = begin(b, BRSKI_COAP_NON, BRSKI_COAP_GET);
	put_core(&c);
	for (i = 0; i < 200; i++)
		send_raw(fd, &c);
	run_for(&w, 200);
	while (recv(fd, in, sizeof(in), 0) > 0)
		answered++;
	assert_int_equal(answered, 64);
	assert_int_equal(brski_coap_responder_dropped(w.responder), 200 - 64);
	close(fd);
	tear_down(&w);
}

/* One address gets at most four answers to groups that wait. */
static void
test_waiting_is_limited(void **state)
{
	struct world w;
	struct brski_err err = { 0 };
	unsigned i;

	(void)state;
	set_up(&w);
	ask(&w, "224.0.1.187", "rt=brski");
	for (i = 0; i < 20; i++)
		assert_ok(brski_coap_asker_ask(w.asker, "rt=brski", &err), &err);
	for (i = 0; i < 4; i++)
		run_for(&w, GIVE_UP_MS);
	assert_in_range(w.answers, 4, 20);
	assert_true(brski_coap_responder_dropped(w.responder) > 0);
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
		cmocka_unit_test(test_silent_on_errors),
		cmocka_unit_test(test_no_links_no_answer),
		cmocka_unit_test(test_nothing_matches),
		cmocka_unit_test(test_interfaces_count),
		cmocka_unit_test(test_answers_are_limited),
		cmocka_unit_test(test_waiting_is_limited),
		cmocka_unit_test(test_what_is_no_answer),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/source_coap.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/listen.h"

#define GROUP         "ff02::fd"
#define BETWEEN_MS    1000 /* the questions of a round */
#define PAUSE_MIN_MS  2000
#define PAUSE_MAX_MS  3600000
#define AUTHORITY_MAX 64
#define PER_ANSWER    2 /* links that count: nobody needs more to be found */

/* --- an answer */

static bool
link_local(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

static bool
write_name(const struct in6_addr *a, const char *interface, unsigned port,
    char out[PLEDGE_CANDIDATE_MAX])
{
	char text[INET6_ADDRSTRLEN];

	if (port == 0 || inet_ntop(AF_INET6, a, text, sizeof(text)) == NULL)
		return false;
	return snprintf(out, PLEDGE_CANDIDATE_MAX, "%s[%s%%%s]:%u", pledge_coaps.scheme, text,
	           interface, port) < PLEDGE_CANDIDATE_MAX;
}

/* 1 to 5 digits and nothing else, as a port; 0: not one. */
static unsigned
read_port(struct brski_slice text)
{
	unsigned v = 0;
	size_t i;

	if (text.n == 0 || text.n > 5)
		return 0;
	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return 0;
		v = v * 10 + (unsigned)(text.p[i] - '0');
	}
	return v <= UINT16_MAX ? v : 0;
}

/* "coaps://[fe80::1]:5684", with or without a path. The zone is the one that it came from. */
static bool
read_target(struct brski_slice target, struct sockaddr_storage *ss)
{
	size_t skip = strlen(pledge_coaps.scheme), n;
	char text[AUTHORITY_MAX];
	const uint8_t *slash;
	socklen_t size;

	if (target.n <= skip || memcmp(target.p, pledge_coaps.scheme, skip) != 0)
		return false;
	target = brski_slice(target.p + skip, target.n - skip);
	slash = memchr(target.p, '/', target.n);
	n = slash != NULL ? (size_t)(slash - target.p) : target.n;
	if (n == 0 || n + sizeof(":5684") > sizeof(text) || memchr(target.p, '\0', n) != NULL)
		return false;
	memcpy(text, target.p, n);
	text[n] = '\0';
	if (text[n - 1] == ']')
		snprintf(text + n, sizeof(text) - n, ":5684");
	return brski_listen_parse(text, ss, &size) && link_local((struct sockaddr *)ss);
}

bool
pledge_source_coap_judge(const struct brski_link *l, const struct sockaddr *from,
    const char *interface, char out[PLEDGE_CANDIDATE_MAX])
{
	const struct sockaddr_in6 *source = (const void *)from;
	struct sockaddr_storage ss;
	struct brski_slice value;

	if (!link_local(from))
		return false;
	if (brski_link_attribute(l, "brski-jp", &value))
		return write_name(&source->sin6_addr, interface, read_port(value), out);
	if (!brski_link_attribute(l, "rt", &value) ||
	    !brski_link_matches(value, BRSKI_LIT("brski.jp")) || !read_target(l->target, &ss) ||
	    !IN6_ARE_ADDR_EQUAL(&((struct sockaddr_in6 *)&ss)->sin6_addr, &source->sin6_addr))
		return false;
	return write_name(&source->sin6_addr, interface, ntohs(*brski_listen_port(&ss)), out);
}

static size_t
find(const struct pledge_source_coap *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->seen_n && strcmp(s->seen[i].name, name) != 0; i++)
		;
	return i;
}

/* Who has to go: whoever was silent longest; by lot where all answer. */
static size_t
choose(const struct pledge_source_coap *s)
{
	size_t i, worst = 0;
	uint64_t lot;

	for (i = 1; i < s->seen_n; i++)
		if (s->seen[i].missed > s->seen[worst].missed)
			worst = i;
	if (s->seen[worst].missed > 0)
		return worst;
	brski_random(&lot, sizeof(lot));
	return (size_t)(lot % s->seen_n);
}

static void
take_out(struct pledge_source_coap *s, size_t at)
{
	s->seen_n--;
	memmove(&s->seen[at], &s->seen[at + 1], (s->seen_n - at) * sizeof(s->seen[0]));
}

void
pledge_source_coap_heard(struct pledge_source_coap *s, const char name[PLEDGE_CANDIDATE_MAX])
{
	size_t at = find(s, name);

	if (at < s->seen_n) {
		s->seen[at].missed = 0;
		return;
	}
	if (s->seen_n == PLEDGE_COAP_MAX)
		take_out(s, choose(s));
	s->seen[s->seen_n] = (struct pledge_coap_seen){ 0 };
	memcpy(s->seen[s->seen_n++].name, name, PLEDGE_CANDIDATE_MAX);
	if (s->news != NULL)
		s->news(s->arg);
}

void
pledge_source_coap_round(struct pledge_source_coap *s)
{
	size_t i;

	for (i = s->seen_n; i-- > 0;)
		if (s->seen[i].missed++ == PLEDGE_COAP_ROUNDS)
			take_out(s, i);
}

static void
on_answer(void *arg, const struct sockaddr *from, struct brski_slice links)
{
	char names[PER_ANSWER][PLEDGE_CANDIDATE_MAX], interface[IF_NAMESIZE];
	const struct sockaddr_in6 *source = (const void *)from;
	struct pledge_source_coap *s = arg;
	struct brski_link l;
	enum brski_rc rc;
	size_t i, n = 0;

	if (!link_local(from) || if_indextoname(source->sin6_scope_id, interface) == NULL)
		return;
	while ((rc = brski_link_next(&links, &l, NULL)) == BRSKI_OK)
		if (n < PER_ANSWER && pledge_source_coap_judge(&l, from, interface, names[n]))
			n++;
	/* nothing of a broken document counts */
	for (i = 0; rc == BRSKI_E_NOT_FOUND && i < n; i++)
		pledge_source_coap_heard(s, names[i]);
}

/* --- questions */

static void on_timer(void *arg);

static void
ask(struct pledge_source_coap *s)
{
	uint32_t ms = BETWEEN_MS;

	if (!s->before)
		pledge_source_coap_round(s);
	(void)brski_coap_asker_ask(s->asker, s->before ? "rt=brski.jp" : "brski-jp=*", NULL);
	if (s->before) {
		ms = s->pause_ms;
		s->pause_ms = ms < PAUSE_MAX_MS / 2 ? ms * 2 : PAUSE_MAX_MS;
	}
	s->before = !s->before;
	s->timer = brski_timer_start(s->loop, ms, on_timer, s);
}

static void
on_timer(void *arg)
{
	struct pledge_source_coap *s = arg;

	s->timer = NULL;
	ask(s);
}

void
pledge_source_coap_again(struct pledge_source_coap *s)
{
	if (s->asker == NULL)
		return;
	brski_timer_cancel(s->timer);
	s->before = false;
	s->pause_ms = PAUSE_MIN_MS;
	ask(s);
}

/* --- life */

static bool
get(void *arg, size_t i, char name[PLEDGE_CANDIDATE_MAX])
{
	const struct pledge_source_coap *s = arg;

	if (i >= s->seen_n)
		return false;
	memcpy(name, s->seen[i].name, PLEDGE_CANDIDATE_MAX);
	return true;
}

struct pledge_source
pledge_source_coap(struct pledge_source_coap *s)
{
	return (struct pledge_source){ .get = get, .arg = s };
}

enum brski_rc
pledge_source_coap_start(struct pledge_source_coap *s, struct brski_loop *loop,
    const struct pledge_source_coap_conf *conf, struct brski_err *err)
{
	const struct brski_coap_asker_conf asker = { .interfaces = conf->interfaces_n > 0
		    ? conf->interfaces
		    : NULL,
		.interfaces_n = conf->interfaces_n,
		.group = GROUP,
		.answer = on_answer,
		.arg = s,
		.log = conf->log };
	enum brski_rc rc;

	*s = (struct pledge_source_coap){ .loop = loop, .news = conf->news, .arg = conf->arg };
	if ((rc = brski_coap_asker_new(loop, &asker, &s->asker, err)) != BRSKI_OK)
		return rc;
	pledge_source_coap_again(s);
	return BRSKI_OK;
}

void
pledge_source_coap_stop(struct pledge_source_coap *s)
{
	brski_timer_cancel(s->timer);
	brski_coap_asker_free(s->asker);
	*s = (struct pledge_source_coap){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* brski-join-proxy: what a commissioned device offers its neighbours. argv in, the loop. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/daemon.h"
#include "net/damper.h"
#include "net/link_stack.h"
#include "net/link_watch.h"
#include "net/tally.h"
#include "net/udp_group.h"
#include "pledge/jp_args.h"
#include "pledge/jp_hub.h"
#include "pledge/jp_mode.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define SETTLE_MS 300   /* a registrar's addresses come one by one */
#define LOOK_MS   2000  /* until those that were of no use are looked at again */
#define TURN_MS   20000 /* until those that wait have their turn */

struct proxy {
	const struct jp_args *args;
	struct brski_log log;
	struct brski_loop *loop;
	struct brski_link_watch *watch;
	struct jp_find *find;
	struct jp_hub *hub;
	struct brski_tally *tally;
	struct brski_timer *settling; /* something was found */
	struct brski_timer *turn;     /* there are more registrars than ports */
	struct brski_damper damper;
	char names[UDP_LINKS_MAX][IF_NAMESIZE]; /* upstream, where nobody said which */
	const char *upstreams[UDP_LINKS_MAX];
	size_t upstreams_n;
};

/* --- who is found */

static void
on_turn(void *arg)
{
	struct proxy *p = arg;

	p->turn = NULL;
	jp_find_turn(p->find);
}

static void on_settled(void *arg);

/* Without a descriptor left, nobody can tell whether an address is one of our own. */
static void
on_look_again(void *arg)
{
	struct proxy *p = arg;
	struct jp_place place;

	p->settling = NULL;
	if (jp_find_places(p->find, &place, 1) == 0 && jp_find_knows(p->find))
		p->settling = brski_timer_start(p->loop, LOOK_MS, on_look_again, p);
	else
		on_settled(p);
}

static void
on_settled(void *arg)
{
	struct proxy *p = arg;
	struct jp_place places[JP_PLACES];
	size_t n;

	p->settling = NULL;
	brski_damper_count(&p->damper, jp_now_ms());
	n = jp_find_places(p->find, places, JP_PLACES);
	brski_log_info(&p->log, "discover", "%zu places of registrars", n);
	jp_hub_set_places(p->hub, places, n);
	if (n == 0 && jp_find_knows(p->find))
		p->settling = brski_timer_start(p->loop, LOOK_MS, on_look_again, p);
	if (p->turn == NULL && (jp_hub_is_crowded(p->hub) || n == JP_PLACES))
		p->turn = brski_timer_start(p->loop, TURN_MS, on_turn, p);
}

/*
 * Not at once: else one that is found twice would have two ports until the second name is known,
 * and whoever comes and goes all the time would keep us busy, and fill the log.
 */
static void
on_found(void *arg)
{
	struct proxy *p = arg;
	uint32_t ms = brski_damper_wait(&p->damper, jp_now_ms());

	/* while it starts, the caller looks afterwards */
	if (p->find == NULL || p->settling != NULL)
		return;
	ms = ms > SETTLE_MS ? ms : SETTLE_MS;
	if ((p->settling = brski_timer_start(p->loop, ms, on_settled, p)) == NULL)
		on_settled(p);
}

/* --- the operator's side */

/* Those of the pledges, and where the pledges' neighbours are heard, too. */
static void
mark_sides(const struct jp_args *a, struct brski_link_stack *s)
{
	size_t i;

	brski_link_stack_read(s);
	for (i = 0; i < a->interfaces_n; i++)
		brski_link_stack_mark(s, if_nametoindex(a->interfaces[i]));
}

static bool
is_side(const struct jp_args *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->interfaces_n; i++)
		if (strcmp(a->interfaces[i], name) == 0)
			return true;
	return false;
}

/* All interfaces but the pledges': whoever is among them is not believed to be a registrar. */
static void
list_others(struct proxy *p)
{
	struct if_nameindex *list = if_nameindex(), *at;
	struct brski_link_stack stack;

	mark_sides(p->args, &stack);
	for (at = list; at != NULL && at->if_index != 0; at++) {
		if (p->upstreams_n == UDP_LINKS_MAX || is_side(p->args, at->if_name) ||
		    strcmp(at->if_name, "lo") == 0 ||
		    brski_link_stack_is_marked(&stack, at->if_index))
			continue;
		snprintf(p->names[p->upstreams_n], IF_NAMESIZE, "%s", at->if_name);
		p->upstreams[p->upstreams_n] = p->names[p->upstreams_n];
		p->upstreams_n++;
	}
	if (list != NULL)
		if_freenameindex(list);
}

static void
list_upstreams(struct proxy *p)
{
	size_t i;

	p->upstreams_n = 0;
	for (i = 0; i < p->args->upstreams_n; i++)
		p->upstreams[p->upstreams_n++] = p->args->upstreams[i];
	if (i == 0)
		list_others(p);
	if (p->upstreams_n == 0)
		brski_log_warn(&p->log, "discover",
		    "there is no interface but the pledges': nobody is looked for yet");
}

static void
on_links(void *arg)
{
	struct proxy *p = arg;

	jp_hub_links_changed(p->hub);
	if (p->find == NULL)
		return;
	list_upstreams(p);
	jp_find_links_changed(p->find, p->upstreams, p->upstreams_n);
}

static enum brski_rc
start_finding(struct proxy *p, struct brski_err *err)
{
	struct jp_find_conf conf = { .interfaces = p->upstreams,
		.changed = on_found,
		.arg = p,
		.log = &p->log };
	enum brski_rc rc;

	if (p->args->registrars_n > 0) {
		jp_hub_set_places(p->hub, p->args->registrars, p->args->registrars_n);
		return BRSKI_OK;
	}
	list_upstreams(p);
	conf.interfaces_n = p->upstreams_n;
	if ((rc = jp_find_new(p->loop, &conf, &p->find, err)) == BRSKI_OK)
		on_found(p);
	return rc;
}

/* --- life */

static size_t
read_counters(void *arg, struct brski_count out[BRSKI_TALLY_MAX])
{
	const struct proxy *p = arg;
	const struct jp_hub_counts c = jp_hub_count(p->hub);
	const struct brski_count all[] = {
		{ "up", c.relays.up },
		{ "down", c.relays.down },
		{ "strangers", c.relays.strangers },
		{ "crowd", c.relays.crowd },
		{ "fast", c.relays.fast },
		{ "full", c.relays.full },
		{ "unfit", c.relays.unfit },
		{ "forged", c.relays.forged },
		{ "late", c.relays.late },
		{ "lost", c.relays.lost },
		{ "connections", c.circuits },
		{ "questions", c.questions },
		{ "places", p->find != NULL ? jp_find_dropped(p->find) : 0 },
		{ "answers", p->find != NULL ? jp_find_unheard(p->find) : 0 },
	};

	memcpy(out, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

/* SIGHUP looks at interfaces and addresses again. */
static enum brski_rc
start(struct proxy *p, struct brski_err *err)
{
	const struct jp_args *a = p->args;
	const struct jp_hub_conf conf = { .sides = a->interfaces,
		.sides_n = a->interfaces_n,
		.ways = { a->circuit, a->stateful, a->stateless },
		.https_port = a->https_port,
		.coaps_port = a->coaps_port,
		.log = &p->log };
	const struct brski_tally_conf tally = { .read = read_counters, .arg = p, .log = &p->log };
	enum brski_rc rc;

	if ((rc = brski_loop_new(&p->loop, err)) != BRSKI_OK ||
	    (rc = brski_loop_signals(p->loop, on_links, p, err)) != BRSKI_OK ||
	    (rc = jp_hub_new(p->loop, &conf, &p->hub, err)) != BRSKI_OK ||
	    (rc = brski_tally_new(p->loop, &tally, &p->tally, err)) != BRSKI_OK ||
	    (rc = brski_link_watch_new(p->loop, on_links, p, &p->watch, err)) != BRSKI_OK)
		return rc;
	return start_finding(p, err);
}

static void
stop(struct proxy *p)
{
	brski_tally_free(p->tally);
	brski_link_watch_free(p->watch);
	jp_find_free(p->find);
	brski_timer_cancel(p->settling);
	brski_timer_cancel(p->turn);
	jp_hub_free(p->hub);
	brski_loop_free(p->loop);
}

static int
run(const struct jp_args *a)
{
	struct proxy p = { .args = a, .log = brski_log_stderr(a->log_level, a->log_format) };
	struct brski_err err = { 0 };
	int code = BRSKI_EXIT_OK;

	brski_daemon_descriptors();
	if (start(&p, &err) == BRSKI_OK) {
		brski_log_info(&p.log, "start", "brski-join-proxy " PACKAGE_VERSION);
		brski_loop_run(p.loop);
		brski_log_info(&p.log, "stop", "signal");
	} else {
		brski_log_err(&p.log, "start", &err);
		code = BRSKI_EXIT_FAILED;
	}
	stop(&p);
	return code;
}

int
main(int argc, char *argv[])
{
	struct jp_args args;
	struct brski_err err = { 0 };

	if (jp_args_parse(argc, argv, &args, &err) != BRSKI_OK) {
		fprintf(stderr, "brski-join-proxy: %s\n", err.detail);
		return BRSKI_EXIT_USAGE;
	}
	if (args.command == JP_CMD_RUN)
		return run(&args);
	if (args.command == JP_CMD_HELP)
		fputs(jp_usage, stdout);
	else
		puts("brski-join-proxy " PACKAGE_VERSION);
	return BRSKI_EXIT_OK;
}

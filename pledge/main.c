/* SPDX-License-Identifier: Apache-2.0 */
/* brski-pledge: the Linux agent. argv in, libpledge in a loop, exit code out. */
#include <stdio.h>
#include <stdlib.h>

#include "pledge/finder.h"
#include "pledge/hook.h"
#include "pledge/report.h"
#include "pledge/state.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

static uint64_t
now_ms(const struct pledge_posix *pp)
{
	return pp->port.ticks_ms(pp->port.arg);
}

/* --once: was everybody asked who is known? */
static bool
asked_all(const struct pledge_finder *f, const struct pledge_args *a, size_t failed)
{
	return a->once && failed > 0 && failed >= pledge_finder_count(f);
}

#define HOOK_MS    500 /* between two looks at a hook that runs */
#define HOOK_WAITS 60  /* at the end */

/* Until the next step is due, somebody new is there, a link is up, or somebody wants to renew. */
static void
rest(struct pledge_finder *f, struct pledge *p, struct pledge_hook *hook, uint32_t ms)
{
	enum pledge_state s = pledge_state(p);

	f->looking = s == PLEDGE_DISCOVER || s == PLEDGE_RENEW;
	if (pledge_hook_poll(hook) && ms > HOOK_MS)
		ms = HOOK_MS;
	pledge_posix_wait(f->pp, ms);
	if (f->links_changed)
		pledge_link_changed(p);
	if (f->pp->hup)
		pledge_renew_now(p);
	f->links_changed = f->pp->hup = false;
}

/* Resting before the next attempt is not news: *why keeps what made it fail. */
static void
note(const struct pledge_posix *pp, const struct pledge *p, enum brski_rc rc,
    const struct brski_err *err, struct brski_err *why)
{
	bool rests = rc == BRSKI_E_PENDING && pledge_state(p) == PLEDGE_DISCOVER;

	if (rests && why->rc != BRSKI_OK)
		return;
	if (rests && err->rc != BRSKI_OK)
		brski_log_info(pp->port.log, "discover", "%s", err->detail);
	*why = *err;
	why->rc = rc;
}

static enum brski_rc
report(struct pledge_posix *pp, const struct pledge *p, const struct pledge_args *a,
    const struct brski_err *why, struct brski_err *err)
{
	struct pledge_summary s = { .state = pledge_state(p),
		.serial = p->serial,
		.registrar = p->candidate,
		.renewals = pledge_renewals(p),
		.why = why };

	return pledge_report(pp, &s, a->json, stdout, err);
}

/* Whoever uses the certificate hears of it as soon as it is there; people when all is done. */
static void
tell_news(struct pledge_posix *pp, const struct pledge *p, const struct pledge_args *a,
    struct pledge_hook *hook, enum pledge_state was)
{
	struct brski_err err = { 0 };

	if (pledge_state(p) == PLEDGE_CONFIRM && was != PLEDGE_CONFIRM)
		pledge_hook_run(hook);
	if (a->daemon && pledge_state(p) == PLEDGE_ENROLLED && was == PLEDGE_CONFIRM &&
	    report(pp, p, a, NULL, &err) != BRSKI_OK)
		pledge_complain(NULL, &err, stderr);
}

/*
 * Step until enrolled (a daemon: for ever), out of time, interrupted, or (--once) every registrar
 * was asked once; time and --once count until it is enrolled. *why is the last failure.
 */
static void
run_steps(struct pledge_finder *f, struct pledge *p, const struct pledge_args *a,
    struct pledge_hook *hook, struct brski_err *why)
{
	struct pledge_posix *pp = f->pp;
	uint64_t end = a->timeout_s != 0 ? now_ms(pp) + a->timeout_s * UINT64_C(1000) : UINT64_MAX;
	/* a restart right after the switch: who uses the certificate may not have heard of it */
	enum pledge_state was = pledge_state(p) == PLEDGE_CONFIRM ? PLEDGE_SWITCH : pledge_state(p);
	bool bounded = true;
	size_t failed = 0;
	uint64_t left;

	for (;;) {
		struct brski_err err = { 0 };
		uint32_t wait_ms = 0;
		enum brski_rc rc;

		tell_news(pp, p, a, hook, was);
		was = pledge_state(p);
		if (was == PLEDGE_ENROLLED)
			bounded = false;
		if ((was == PLEDGE_ENROLLED && !a->daemon) || pp->interrupted)
			return;
		if ((rc = pledge_step(p, &wait_ms, &err)) != BRSKI_OK)
			note(pp, p, rc, &err, why);
		if (rc != BRSKI_OK && rc != BRSKI_E_PENDING && pledge_state(p) == PLEDGE_DISCOVER)
			failed++;
		if (bounded && pledge_state(p) != PLEDGE_ENROLLED &&
		    (asked_all(f, a, failed) || now_ms(pp) >= end))
			return;
		left = bounded ? end - now_ms(pp) : UINT64_MAX;
		rest(f, p, hook, wait_ms < left ? wait_ms : (uint32_t)left);
	}
}

static bool
has_ldevid(const struct pledge *p)
{
	return pledge_state(p) == PLEDGE_ENROLLED || pledge_state(p) == PLEDGE_CONFIRM;
}

static int
finish(struct pledge_posix *pp, const struct pledge *p, const struct pledge_args *a,
    struct brski_err *why)
{
	bool enrolled = has_ldevid(p);
	struct brski_err err = { 0 };

	if (a->daemon && pp->interrupted)
		return PLEDGE_EXIT_OK;
	if (report(pp, p, a, enrolled ? NULL : why, &err) != BRSKI_OK) {
		pledge_complain(NULL, &err, stderr);
		return PLEDGE_EXIT_STATE;
	}
	if (enrolled)
		return PLEDGE_EXIT_OK;
	if (why->rc == BRSKI_OK)
		why->rc = BRSKI_E_PENDING;
	if (why->rc == BRSKI_E_PENDING && pledge_state(p) == PLEDGE_DISCOVER &&
	    p->candidate[0] == '\0')
		pledge_complain_alone(a->interfaces, a->interfaces_n, stderr);
	else
		pledge_complain(p->candidate[0] != '\0' ? p->candidate : NULL, why, stderr);
	return pledge_exit_code(why);
}

/* It may still be heard, but not for ever. */
static void
end_hook(struct pledge_posix *pp, struct pledge_hook *hook)
{
	int i;

	for (i = 0; i < HOOK_WAITS && !pp->interrupted && pledge_hook_poll(hook); i++)
		pledge_posix_wait(pp, HOOK_MS);
}

static int
run_with(struct pledge_posix *pp, const struct pledge_identity *id, const struct pledge_args *a)
{
	const struct brski_log log =
	    brski_log_stderr(a->verbose ? BRSKI_LOG_DEBUG : BRSKI_LOG_INFO, a->log_format);
	const struct pledge_conf conf = { .idevid = &id->idevid,
		.idevid_key = &id->key,
		.serial_from =
		    a->hw_serial ? BRSKI_SERIAL_FROM_HW_MODULE_NAME : BRSKI_SERIAL_FROM_SUBJECT,
		.anchors = &id->anchors,
		.format = a->format,
		.accept_nonceless = a->accept_nonceless,
		.strict = a->strict,
		.renew = a->daemon };
	struct pledge_hook hook = { .program = a->hook, .folder = a->state, .log = &log };
	struct brski_err why = { 0 };
	struct pledge_finder finder = { 0 };
	struct pledge p;
	int code = PLEDGE_EXIT_STATE;

	pp->no_clock = a->no_clock;
	pp->classical = a->classical;
	pp->hybrid = a->hybrid;
	pp->dtls12 = a->dtls12;
	pp->hears_hup = a->daemon;
	if (pledge_posix_start(pp, id, &log, &why) != BRSKI_OK ||
	    pledge_finder_start(&finder, pp, a, &why) != BRSKI_OK ||
	    pledge_init(&p, &pp->port, &conf, &why) != BRSKI_OK) {
		pledge_complain(NULL, &why, stderr);
		goto out;
	}
	run_steps(&finder, &p, a, &hook, &why);
	end_hook(pp, &hook);
	code = finish(pp, &p, a, &why);
	pledge_clear(&p);
out:
	pledge_finder_stop(&finder);
	return code;
}

static int
cmd_run(struct pledge_posix *pp, const struct pledge_args *a)
{
	struct pledge_identity id;
	struct brski_err err = { 0 };
	int code;

	if (pledge_identity_load(a, &id, &err) != BRSKI_OK) {
		pledge_complain(NULL, &err, stderr);
		return PLEDGE_EXIT_USAGE;
	}
	code = run_with(pp, &id, a);
	pledge_identity_clear(&id);
	return code;
}

static int
cmd_status(struct pledge_posix *pp, const struct pledge_args *a)
{
	struct pledge_saved saved = { .state = PLEDGE_DISCOVER };
	struct brski_buf bytes = { .max = PLEDGE_STATE_MAX };
	struct brski_err err = { 0 };
	struct pledge_summary s = { 0 };
	enum brski_rc rc;

	rc = pp->port.load(pp->port.arg, PLEDGE_ITEM_STATE, &bytes, &err);
	if (rc == BRSKI_OK)
		rc = pledge_saved_decode(brski_buf_slice(&bytes), &saved, &err);
	brski_buf_clear(&bytes);
	if (rc == BRSKI_OK || rc == BRSKI_E_NOT_FOUND) {
		s.state = saved.state;
		s.registrar = saved.candidate;
		s.renewals = saved.renewals;
		rc = pledge_report(pp, &s, a->json, stdout, &err);
	}
	if (rc == BRSKI_OK)
		return PLEDGE_EXIT_OK;
	pledge_complain(NULL, &err, stderr);
	return PLEDGE_EXIT_STATE;
}

static int
cmd_reset(struct pledge_posix *pp, const struct pledge_args *a)
{
	struct brski_err err = { 0 };

	if (pledge_reset(&pp->port, a->factory ? PLEDGE_RESET_FACTORY : PLEDGE_RESET_CONFIG,
	        &err) == BRSKI_OK)
		return PLEDGE_EXIT_OK;
	pledge_complain(NULL, &err, stderr);
	return PLEDGE_EXIT_STATE;
}

static int
cmd_on_folder(const struct pledge_args *a)
{
	static const struct {
		int (*does)(struct pledge_posix *, const struct pledge_args *);
		unsigned how;
	} commands[] = {
		[PLEDGE_CMD_RUN] = { cmd_run, PLEDGE_DIR_CREATE | PLEDGE_DIR_LOCK },
		[PLEDGE_CMD_STATUS] = { cmd_status, 0 },
		[PLEDGE_CMD_RESET] = { cmd_reset, PLEDGE_DIR_LOCK },
	};
	struct pledge_posix pp;
	struct brski_err err = { 0 };
	int code;

	if (pledge_posix_open(&pp, a->state, commands[a->command].how, &err) != BRSKI_OK) {
		pledge_complain(NULL, &err, stderr);
		return PLEDGE_EXIT_STATE;
	}
	code = commands[a->command].does(&pp, a);
	pledge_posix_close(&pp);
	return code;
}

int
main(int argc, char *argv[])
{
	struct pledge_args args;
	struct brski_err err = { 0 };

	if (pledge_args_parse(argc, argv, &args, &err) != BRSKI_OK) {
		pledge_complain(NULL, &err, stderr);
		return PLEDGE_EXIT_USAGE;
	}
	if (args.command == PLEDGE_CMD_HELP) {
		fputs(pledge_usage, stdout);
		return PLEDGE_EXIT_OK;
	}
	if (args.command == PLEDGE_CMD_VERSION) {
		puts("brski-pledge " PACKAGE_VERSION);
		return PLEDGE_EXIT_OK;
	}
	return cmd_on_folder(&args);
}

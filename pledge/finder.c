/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/finder.h"

/* Who is announced in two ways is heard twice, and the better comes first then. */
#define SETTLE_MS 300

static void
on_settled(void *arg)
{
	struct pledge_finder *f = arg;

	f->settling = NULL;
	if (f->looking)
		pledge_posix_wake(f->pp);
}

static void
on_news(void *arg)
{
	struct pledge_finder *f = arg;

	if (f->looking && f->settling == NULL)
		f->settling = brski_timer_start(f->pp->loop, SETTLE_MS, on_settled, f);
}

static void
on_links(void *arg)
{
	struct pledge_finder *f = arg;

	f->links_changed = true;
	pledge_source_coap_again(&f->coap);
	on_news(f);
}

static void
add(struct pledge_finder *f, struct pledge_source s)
{
	f->sources[f->sources_n++] = s;
	f->pp->port.sources = f->sources;
	f->pp->port.sources_n = f->sources_n;
}

/* What does not travel over CoAP is not looked for there. */
static bool
may_use_coaps(const struct pledge_args *a)
{
	return a->format == NULL || a->format->content_format != 0;
}

static enum brski_rc
listen_to_mdns(struct pledge_finder *f, const struct pledge_args *a, struct brski_err *err)
{
	const struct pledge_source_mdns_conf conf = { .interfaces = a->interfaces,
		.interfaces_n = a->interfaces_n,
		.https = true,
		.coaps = may_use_coaps(a),
		.news = on_news,
		.arg = f,
		.log = f->pp->port.log };
	enum brski_rc rc;

	if ((rc = pledge_source_mdns_start(&f->mdns, f->pp->loop, &conf, err)) == BRSKI_OK)
		add(f, pledge_source_mdns(&f->mdns));
	return rc;
}

static enum brski_rc
ask_by_coap(struct pledge_finder *f, const struct pledge_args *a, struct brski_err *err)
{
	const struct pledge_source_coap_conf conf = { .interfaces = a->interfaces,
		.interfaces_n = a->interfaces_n,
		.news = on_news,
		.arg = f,
		.log = f->pp->port.log };
	enum brski_rc rc;

	if (!may_use_coaps(a))
		return BRSKI_OK;
	if ((rc = pledge_source_coap_start(&f->coap, f->pp->loop, &conf, err)) == BRSKI_OK)
		add(f, pledge_source_coap(&f->coap));
	return rc;
}

enum brski_rc
pledge_finder_start(struct pledge_finder *f, struct pledge_posix *pp, const struct pledge_args *a,
    struct brski_err *err)
{
	struct brski_err why = { 0 };
	enum brski_rc rc;

	*f = (struct pledge_finder){ .pp = pp, .fixed = { a->registrars, a->registrars_n } };
	/* without it the back-off lasts as long as it lasts */
	if (brski_link_watch_new(pp->loop, on_links, f, &f->watch, &why) != BRSKI_OK)
		brski_log_err(pp->port.log, "discover", &why);
	if (a->registrars_n > 0) {
		add(f, pledge_source_fixed(&f->fixed));
		return BRSKI_OK;
	}
	if ((rc = listen_to_mdns(f, a, err)) != BRSKI_OK ||
	    (rc = ask_by_coap(f, a, err)) != BRSKI_OK)
		pledge_finder_stop(f);
	return rc;
}

void
pledge_finder_stop(struct pledge_finder *f)
{
	pledge_source_mdns_stop(&f->mdns);
	pledge_source_coap_stop(&f->coap);
	brski_link_watch_free(f->watch);
	brski_timer_cancel(f->settling);
	f->settling = NULL;
	f->watch = NULL;
	f->sources_n = 0;
}

size_t
pledge_finder_count(const struct pledge_finder *f)
{
	char name[PLEDGE_CANDIDATE_MAX];
	size_t s, i, n = 0;

	for (s = 0; s < f->sources_n; s++)
		for (i = 0; f->sources[s].get(f->sources[s].arg, i, name); i++)
			n++;
	return n < PLEDGE_CANDIDATES ? n : PLEDGE_CANDIDATES;
}

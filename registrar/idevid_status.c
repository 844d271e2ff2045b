/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/idevid_status.h"

#define STAGE "idevid"

/* RFC 5280 6.3.3: a list that has run out clears nobody; whoever is on it stays revoked. */
void
registrar_idevid_old(const struct registrar *r, const char *maker, const struct brski_crl *crl)
{
	char until[BRSKI_TIME_TEXT] = "before it began";

	if (crl->next_update >= brski_clock_now(&r->clock))
		return;
	if (crl->next_update != BRSKI_TIME_UNKNOWN)
		brski_time_format_rfc3339(crl->next_update, until);
	brski_log_warn(r->log, STAGE, "manufacturer \"%s\": a CRL has run out: %s", maker, until);
}

void
registrar_idevid_lists(struct registrar *r)
{
	const struct registrar_manufacturer *m;
	size_t i, k;

	for (i = 0; i < r->site->makers_n; i++) {
		m = &r->site->makers[i];
		for (k = 0; k < m->crls.n; k++)
			registrar_idevid_old(r, m->conf->name, m->crls.v[k]);
	}
	registrar_crl_fetch_start(r);
}

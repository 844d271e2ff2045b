/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "masa/keeper.h"

static enum brski_rc
load_pair(const char *certificate, const char *key, struct brski_certs *chain, struct brski_key *k,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_certs_load(chain, certificate, err)) != BRSKI_OK ||
	    (rc = brski_key_load(key, k, err)) != BRSKI_OK)
		return rc;
	if (!brski_slice_eq(brski_key_spki(k), chain->v[0].spki))
		return brski_fail(err, BRSKI_E_CONFIG, "masa.conf(5)", "%s is not the key of %s",
		    key, certificate);
	return BRSKI_OK;
}

enum brski_rc
masa_keeper_load(const struct masa_keeper_files *files, struct masa_keeper *out,
    struct brski_err *err)
{
	enum brski_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = load_pair(files->signer_certificate, files->signer_key, &out->signer_chain,
	         &out->signer_key, err)) != BRSKI_OK ||
	    (rc = load_pair(files->tls_certificate, files->tls_key, &out->tls_chain, &out->tls_key,
	         err)) != BRSKI_OK)
		masa_keeper_clear(out);
	return rc;
}

void
masa_keeper_clear(struct masa_keeper *k)
{
	brski_key_clear(&k->signer_key);
	brski_key_clear(&k->tls_key);
	brski_certs_clear(&k->signer_chain);
	brski_certs_clear(&k->tls_chain);
}

/* The work on one voucher. */
struct issue {
	const struct masa_keeper *keeper;
	struct brski_store *store;
	const struct masa_rules *rules;
	const struct masa_voucher_facts *facts;
	struct masa_device device;
	struct masa_decision decision;
	struct masa_entry entry;
	uint8_t request[BRSKI_SHA256_SIZE], registrar[BRSKI_SHA256_SIZE];
	struct brski_buf nonce_text; /* made here for formats whose nonce is no text */
	struct brski_buf voucher;
	bool again;
};

static enum brski_rc
decide(struct issue *i, struct brski_err *err)
{
	const struct masa_voucher_facts *f = i->facts;
	const struct masa_facts facts = {
		.policy = i->device.policy,
		.blocked = i->device.blocked,
		.owner = masa_device_owner(&i->device),
		.chain = f->chain,
		.former = f->former,
		.nonced = brski_slice_present(f->nonce),
		.proximity = f->proximity,
		.authenticated = f->authenticated,
		.created_on = f->created_on,
		.crls = f->crls,
		.at = f->at,
	};
	bool ours = true;
	enum brski_rc rc;

	if ((rc = masa_policy_decide(&facts, i->rules, &i->decision, err)) != BRSKI_OK)
		return rc;
	if (brski_slice_present(f->old_voucher) &&
	    (rc = masa_ledger_gave(i->store, &i->device, f->format, f->old_voucher, &ours, err)) !=
	        BRSKI_OK)
		return rc;
	if (!ours)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.5.1",
		    "the voucher to renew is not one of ours");
	return BRSKI_OK;
}

/* What the ledger will say, but for the voucher. */
static enum brski_rc
draft_entry(struct issue *i, struct brski_err *err)
{
	const struct masa_voucher_facts *f = i->facts;
	enum brski_rc rc;

	brski_sha256(f->request, i->request);
	brski_sha256(f->chain->v[0]->spki, i->registrar);
	i->entry = (struct masa_entry){
		.date = f->at,
		.pin = i->decision.pin,
		.assertion = i->decision.assertion,
		.nonce = f->nonce,
		.nonce_text = f->nonce_text,
		.expires_on = i->decision.expires_on,
		.registrar = brski_slice(i->registrar, sizeof(i->registrar)),
		.request = brski_slice(i->request, sizeof(i->request)),
		.claims = i->decision.claims,
	};
	if (brski_slice_present(f->nonce) && !brski_slice_present(f->nonce_text)) {
		if ((rc = brski_base64_encode(f->nonce, &i->nonce_text, err)) != BRSKI_OK)
			return rc;
		i->entry.nonce_text = brski_buf_slice(&i->nonce_text);
	}
	return BRSKI_OK;
}

static void
set_date(struct brski_date *d, int64_t at, char text[BRSKI_TIME_TEXT])
{
	if (at == BRSKI_TIME_UNKNOWN)
		return;
	brski_time_format_rfc3339(at, text);
	d->at = at;
	d->text = brski_slice_str(text);
}

/* RFC 8366 5.3: nonce or expires-on, never both; one pin. */
static enum brski_rc
sign_voucher(struct issue *i, struct brski_err *err)
{
	const struct masa_voucher_facts *f = i->facts;
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	char created[BRSKI_TIME_TEXT], expires[BRSKI_TIME_TEXT];
	enum brski_rc rc;

	set_date(&v.created_on, f->at, created);
	set_date(&v.expires_on, i->decision.expires_on, expires);
	v.assertion = i->decision.assertion;
	v.serial_number = f->serial;
	v.nonce = f->nonce;
	v.nonce_text = f->nonce_text;
	v.pinned_domain_cert = i->decision.pin->der;
	/* Written only when serial numbers are not unique here, standards: RFC 8366 5.3. */
	if (i->device.shared)
		v.idevid_issuer = masa_device_issuer(&i->device);
	rc = brski_artifact_seal(f->format, &v, &i->keeper->signer_key, &i->keeper->signer_chain,
	    f->at, &i->voucher, err);
	brski_voucher_clear(&v);
	return rc;
}

static enum brski_rc
record(struct issue *i, struct brski_err *err)
{
	const struct masa_voucher_facts *f = i->facts;
	struct brski_audit_row row = {
		.time = f->at,
		.actor = f->actor,
		.event = BRSKI_LIT("requestvoucher"),
		.serial = f->serial,
		.rc = BRSKI_LIT("OK"),
		.detail = brski_slice_str(brski_assertion_name(i->decision.assertion)),
	};
	enum brski_rc rc;

	i->entry.voucher = brski_buf_slice(&i->voucher);
	if ((rc = masa_ledger_append(i->store, &i->device, &i->entry, i->rules->log_events, err)) !=
	    BRSKI_OK)
		return rc;
	return brski_audit_append(i->store, &row, err);
}

/* What was given for the nonce must be what is asked for. */
static enum brski_rc
check_format(const struct issue *i, struct brski_err *err)
{
	if (!i->facts->format->fits(brski_buf_slice(&i->voucher)))
		return brski_fail(err, BRSKI_E_NONCE, "RFC 8995 5.2",
		    "this nonce has its voucher, in another format");
	return BRSKI_OK;
}

/* Inside the transaction. */
static enum brski_rc
issue(struct issue *i, struct brski_err *err)
{
	const struct masa_voucher_facts *f = i->facts;
	enum brski_rc rc;

	if ((rc = masa_ledger_find(i->store, f->serial, f->idevid_issuer, &i->device, err)) !=
	        BRSKI_OK ||
	    (rc = decide(i, err)) != BRSKI_OK || (rc = draft_entry(i, err)) != BRSKI_OK ||
	    (rc = masa_ledger_again(i->store, &i->device, &i->entry, &i->voucher, &i->again,
	         err)) != BRSKI_OK)
		return rc;
	if (i->again)
		return check_format(i, err);
	if ((rc = sign_voucher(i, err)) != BRSKI_OK)
		return rc;
	return record(i, err);
}

enum brski_rc
masa_keeper_issue_voucher(const struct masa_keeper *k, struct brski_store *s,
    const struct masa_rules *rules, const struct masa_voucher_facts *f, struct brski_buf *out,
    bool *again, struct brski_err *err)
{
	struct issue i = { .keeper = k, .store = s, .rules = rules, .facts = f };
	enum brski_rc rc;

	if ((rc = brski_store_begin(s, err)) != BRSKI_OK)
		return rc;
	if ((rc = issue(&i, err)) != BRSKI_OK || (rc = brski_store_commit(s, err)) != BRSKI_OK) {
		brski_store_rollback(s);
		goto out;
	}
	*again = i.again;
	rc = brski_buf_append(out, brski_buf_slice(&i.voucher), err);
out:
	brski_buf_clear(&i.nonce_text);
	brski_buf_clear(&i.voucher);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and vouchers on record. Abridging the log (RFC 8995 5.8.1) is in abridge.c. */
#include <stdlib.h>
#include <string.h>
#include "masa/abridge.h"
#include "masa/ledger.h"

extern const char *const masa_migrations[];
extern const size_t masa_migrations_n;

enum brski_rc
masa_ledger_open(const char *path, struct brski_store **out, struct brski_err *err)
{
	const struct brski_migrations m = { masa_migrations, masa_migrations_n };

	return brski_store_open(path, "brski-masa", &m, out, err);
}

struct brski_slice
masa_device_issuer(const struct masa_device *d)
{
	return brski_slice(d->issuer, d->issuer_n);
}

struct brski_slice
masa_device_owner(const struct masa_device *d)
{
	return d->owned ? brski_slice(d->owner, sizeof(d->owner)) : brski_slice(NULL, 0);
}

static enum brski_rc
insert_device(struct brski_store *s, struct brski_slice serial, struct brski_slice issuer,
    struct brski_slice idevid, enum masa_policy policy, struct brski_slice owner, int64_t at,
    struct brski_err *err)
{
	struct brski_err why = { 0 };
	enum brski_rc rc;

	rc = brski_store_exec(s, NULL, &why,
	    "INSERT INTO devices (serial, issuer, idevid, policy, owner, created)"
	    " VALUES ($1, $2, $3, $4, $5, $6)",
	    "tbbsbi", serial, issuer, idevid, masa_policy_names[policy], owner, at);
	if (rc == BRSKI_E_CONFLICT)
		return brski_fail(err, rc, "RFC 8995 2.3.1",
		    "a device with this serial number and issuer is registered already");
	return rc == BRSKI_OK ? rc : brski_broken(err, rc, "%s", why.detail);
}

enum brski_rc
masa_ledger_add(struct brski_store *s, const struct brski_cert *idevid, enum brski_serial_from from,
    enum masa_policy policy, struct brski_slice owner, int64_t at, struct brski_err *err)
{
	uint8_t room[MASA_ISSUER_MAX];
	struct brski_buf issuer = brski_buf_fixed(room, sizeof(room));
	struct brski_slice serial;
	enum brski_rc rc;

	if ((rc = brski_cert_device_serial(idevid, from, &serial, err)) != BRSKI_OK ||
	    (rc = brski_cert_idevid_issuer(idevid, &issuer, err)) != BRSKI_OK)
		return rc;
	return insert_device(s, serial, brski_buf_slice(&issuer), idevid->der, policy, owner, at,
	    err);
}

/* Columns of a device, in this order. */
#define DEVICE_COLUMNS "devices.id, serial, issuer, policy, blocked, owner"

static void
read_device(struct brski_query *q, struct masa_device *d)
{
	struct brski_buf serial, issuer;
	struct brski_slice owner = brski_query_blob(q, 5);

	memset(d, 0, sizeof(*d));
	serial = brski_buf_fixed(d->serial, sizeof(d->serial) - 1);
	issuer = brski_buf_fixed(d->issuer, sizeof(d->issuer));
	d->id = brski_query_int(q, 0);
	if (brski_buf_append(&serial, brski_query_text(q, 1), NULL) == BRSKI_OK &&
	    brski_buf_append(&issuer, brski_query_blob(q, 2), NULL) == BRSKI_OK)
		d->issuer_n = issuer.n;
	d->policy = brski_slice_eq(brski_query_text(q, 3), BRSKI_LIT("owner")) ? MASA_POLICY_OWNER
	                                                                       : MASA_POLICY_FIRST;
	d->blocked = brski_query_int(q, 4) != 0;
	d->owned = owner.n == sizeof(d->owner);
	if (d->owned)
		memcpy(d->owner, owner.p, owner.n);
}

/* The same issuer? A leaf without a readable key identifier names none and fits all. */
static bool
issuer_fits(const struct masa_device *d, struct brski_slice idevid_issuer)
{
	struct brski_slice keyid = brski_idevid_issuer_keyid(idevid_issuer);

	return !brski_slice_present(keyid) ||
	    brski_slice_eq(keyid, brski_idevid_issuer_keyid(masa_device_issuer(d)));
}

enum brski_rc
masa_ledger_find(struct brski_store *s, struct brski_slice serial, struct brski_slice idevid_issuer,
    struct masa_device *out, struct brski_err *err)
{
	struct brski_query q;
	struct masa_device d;
	size_t same = 0, fit = 0;
	bool row;
	enum brski_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS " FROM devices WHERE serial = $1", "t", serial)) !=
	    BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		read_device(&q, &d);
		same++;
		if (!issuer_fits(&d, idevid_issuer))
			continue;
		fit++;
		*out = d;
	}
	brski_query_end(&q);
	if (rc != BRSKI_OK)
		return rc;
	if (same == 0)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 8995 5.6", "device is not known");
	if (fit != 1)
		return brski_fail(err, BRSKI_E_SERIAL, "rfc8366bis 6.1", "idevid-issuer %s",
		    fit == 0 ? "is not the one of the device" : "is needed to tell devices apart");
	out->shared = same > 1;
	return BRSKI_OK;
}

enum brski_rc
masa_ledger_set_blocked(struct brski_store *s, const struct masa_device *d, bool blocked,
    struct brski_err *err)
{
	return brski_store_exec(s, NULL, err, "UPDATE devices SET blocked = $2 WHERE id = $1", "ii",
	    d->id, (int64_t)blocked);
}

enum brski_rc
masa_ledger_set_owner(struct brski_store *s, const struct masa_device *d, struct brski_slice owner,
    struct brski_err *err)
{
	enum masa_policy policy =
	    brski_slice_present(owner) ? MASA_POLICY_OWNER : MASA_POLICY_FIRST;

	return brski_store_exec(s, NULL, err,
	    "UPDATE devices SET owner = $2, policy = $3 WHERE id = $1", "ibs", d->id, owner,
	    masa_policy_names[policy]);
}

enum brski_rc
masa_ledger_list(struct brski_store *s, bool (*each)(void *arg, const struct masa_device *d),
    void *arg, struct brski_err *err)
{
	struct brski_query q;
	struct masa_device d;
	bool row, go = true;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS ","
	         " (SELECT COUNT(*) FROM entries WHERE entries.device = devices.id)"
	         " FROM devices ORDER BY id",
	         "")) != BRSKI_OK)
		return rc;
	while (go && (rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		read_device(&q, &d);
		d.entries = brski_query_int(&q, 6);
		go = each(arg, &d);
	}
	brski_query_end(&q);
	return rc;
}

/* The first row's blob, if there is a row, appended to out (may be NULL). */
static enum brski_rc
take_blob(struct brski_query *q, struct brski_buf *out, bool *found, struct brski_err *err)
{
	enum brski_rc rc;

	*found = false;
	if ((rc = brski_query_next(q, found, err)) == BRSKI_OK && *found && out != NULL)
		rc = brski_buf_append(out, brski_query_blob(q, 0), err);
	brski_query_end(q);
	return rc;
}

enum brski_rc
masa_ledger_again(struct brski_store *s, const struct masa_device *d, const struct masa_entry *e,
    struct brski_buf *voucher, bool *found, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT voucher FROM entries WHERE device = $1"
	         " AND (request = $2 OR (nonce = $3 AND registrar = $4))",
	         "ibbb", d->id, e->request, e->nonce, e->registrar)) != BRSKI_OK)
		return rc;
	return take_blob(&q, voucher, found, err);
}

enum brski_rc
masa_ledger_by_request(struct brski_store *s, struct brski_slice request, struct masa_device *out,
    bool *found, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*found = false;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS " FROM entries JOIN devices ON devices.id = device"
	         " WHERE request = $1",
	         "b", request)) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, found, err)) == BRSKI_OK && *found)
		read_device(&q, out);
	brski_query_end(&q);
	return rc;
}

/* One voucher that was given, without what registrars take out of it, cBRSKI 9.2. */
static bool
is_passed_on(const struct brski_format *format, struct brski_slice given,
    struct brski_slice voucher)
{
	struct brski_buf passed = { 0 };
	bool yes;

	if (format->forward == NULL)
		return false;
	yes = format->forward(given, &passed, NULL) == BRSKI_OK &&
	    brski_slice_eq(brski_buf_slice(&passed), voucher);
	brski_buf_clear(&passed);
	return yes;
}

enum brski_rc
masa_ledger_gave(struct brski_store *s, const struct masa_device *d,
    const struct brski_format *format, struct brski_slice voucher, bool *yes, struct brski_err *err)
{
	struct brski_query q;
	struct brski_slice given;
	bool row;
	enum brski_rc rc;

	*yes = false;
	if ((rc = brski_query_start(s, &q, err, "SELECT voucher FROM entries WHERE device = $1",
	         "i", d->id)) != BRSKI_OK)
		return rc;
	while (!*yes && (rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		given = brski_query_blob(&q, 0);
		*yes = brski_slice_eq(given, voucher) || is_passed_on(format, given, voucher);
	}
	brski_query_end(&q);
	return rc;
}

enum brski_rc
masa_ledger_was_owner(struct brski_store *s, const struct masa_device *d,
    const struct brski_path_found *chain, bool *yes, struct brski_err *err)
{
	struct brski_query q;
	bool row;
	enum brski_rc rc;

	*yes = false;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT DISTINCT domain_key FROM entries WHERE device = $1", "i", d->id)) !=
	    BRSKI_OK)
		return rc;
	while (!*yes && (rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row)
		*yes = masa_chain_has_key(chain, brski_query_blob(&q, 0));
	brski_query_end(&q);
	return rc;
}

static enum brski_rc
insert_entry(struct brski_store *s, const struct masa_device *d, const struct masa_entry *e,
    struct brski_slice domain_key, struct brski_err *err)
{
	uint8_t id[64];
	bool ends = e->expires_on != BRSKI_TIME_UNKNOWN;

	return brski_store_exec(s, NULL, err,
	    "INSERT INTO entries (device, date, domain_id, domain_key, assertion, nonce,"
	    " nonce_text, expires_on, registrar, request, voucher)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, NULLIF($8, 0), $9, $10, $11)",
	    "iibbibtibbb", d->id, e->date, brski_cert_domain_id(e->pin, id), domain_key,
	    (int64_t)e->assertion, e->nonce, e->nonce_text, ends ? e->expires_on : INT64_C(0),
	    e->registrar, e->request, e->voucher);
}

enum brski_rc
masa_ledger_append(struct brski_store *s, const struct masa_device *d, const struct masa_entry *e,
    int64_t keep, struct brski_err *err)
{
	uint8_t digest[BRSKI_SHA256_SIZE];
	struct brski_slice domain_key = brski_slice(digest, sizeof(digest));
	enum brski_rc rc;

	brski_sha256(e->pin->spki, digest);
	if ((rc = insert_entry(s, d, e, domain_key, err)) != BRSKI_OK)
		return rc;
	if (e->claims &&
	    (rc = brski_store_exec(s, NULL, err, "UPDATE devices SET owner = $2 WHERE id = $1",
	         "ib", d->id, domain_key)) != BRSKI_OK)
		return rc;
	return masa_abridge(s, d->id, keep, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of certificates. Whatever is given must hold. Validity and dates are ranges of three
 * columns, so that one text serves all of them. What finds few rows by a key starts there; anything
 * else walks the index certificates_list in the order of ids until the page is full.
 */
#include "registrar/store_rows.h"

void
registrar_row_certificate(struct brski_query *q, struct registrar_certificate *c)
{
	*c = (struct registrar_certificate){ .id = brski_query_int(q, 0),
		.device = brski_query_int(q, 1),
		.predecessor = brski_query_int(q, 2),
		.csr_hash = brski_query_blob(q, 3),
		.serial = brski_query_blob(q, 4),
		.der = brski_query_blob(q, 5),
		.authority = brski_query_blob(q, 6),
		.fingerprint = brski_query_blob(q, 7),
		.ski = brski_query_blob(q, 8),
		.issued = brski_query_int(q, 9),
		.not_before = brski_query_int(q, 10),
		.not_after = brski_query_int(q, 11),
		.revoke_at = brski_query_int(q, 12),
		.revoked = brski_query_int(q, 13),
		.reason = (enum brski_reason)brski_query_int(q, 14) };
}

#define LIST                                                                              \
	"SELECT " REGISTRAR_CERT_COLUMNS ", d.manufacturer, d.serial FROM certificates c" \
	" LEFT JOIN devices d ON d.id = c.device WHERE "
#define RANGES                                                                    \
	"revoked >= $3 AND revoked <= $4 AND revoke_at >= $5 AND revoke_at <= $6" \
	" AND not_after >= $7 AND not_after <= $8"
#define BY_KEY(key)                                                                       \
	LIST key " AND +c.id > $1 AND " RANGES " AND ($9 IS NULL OR d.manufacturer = $9)" \
	         " AND ($10 IS NULL OR d.serial = $10)"                                   \
	         " AND ($11 = 0 OR c.device = $11)"                                       \
	         " AND ($12 IS NULL OR c.serial = $12)"                                   \
	         " AND ($13 IS NULL OR c.fingerprint = $13)"                              \
	         " AND ($14 IS NULL OR c.ski = $14) ORDER BY c.id LIMIT $2"

static const char by_serial[] = BY_KEY("c.serial = $12");
static const char by_fingerprint[] = BY_KEY("c.fingerprint = $13");
static const char by_ski[] = BY_KEY("c.ski = $14");
static const char by_device[] = BY_KEY("c.device = $11");
static const char by_device_serial[] =
    BY_KEY("c.device IN (SELECT id FROM devices WHERE serial = $10)");
static const char by_few_devices[] =
    BY_KEY("c.device IN (SELECT id FROM devices WHERE manufacturer = $9)");
static const char by_walk[] =
    LIST "c.id IN (SELECT id FROM certificates WHERE id > $1 AND " RANGES
         " AND ($9 IS NULL OR device IN (SELECT id FROM devices WHERE manufacturer = $9))"
         " ORDER BY id LIMIT $2) ORDER BY c.id";

#define FEW 1000 /* devices of one manufacturer */

static enum brski_rc
has_few_devices(struct brski_store *s, const char *manufacturer, bool *few, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT COUNT(*) FROM (SELECT 1 FROM devices WHERE manufacturer = $1 LIMIT $2) "
	         "few",
	         "si", manufacturer, (int64_t)FEW)) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK)
		*few = brski_query_int(&q, 0) < FEW;
	brski_query_end(&q);
	return rc;
}

/* The text whose key finds the fewest rows. */
static enum brski_rc
find_text(struct brski_store *s, const struct registrar_cert_filter *f, const char **out,
    struct brski_err *err)
{
	bool few = false;
	enum brski_rc rc;

	*out = by_walk;
	if (f->fingerprint.p != NULL)
		*out = by_fingerprint;
	else if (f->serial.p != NULL)
		*out = by_serial;
	else if (f->ski.p != NULL)
		*out = by_ski;
	else if (f->device != 0)
		*out = by_device;
	else if (f->device_serial != NULL)
		*out = by_device_serial;
	else if (f->manufacturer != NULL) {
		if ((rc = has_few_devices(s, f->manufacturer, &few, err)) != BRSKI_OK)
			return rc;
		*out = few ? by_few_devices : by_walk;
	}
	return BRSKI_OK;
}

struct range {
	int64_t least, most;
};
struct ranges {
	struct range revoked, revoke_at, not_after;
};

static void
narrow(struct range *r, int64_t least, int64_t most)
{
	if (r->least < least)
		r->least = least;
	if (r->most > most)
		r->most = most;
}

static struct ranges
find_ranges(const struct registrar_cert_filter *f)
{
	const struct range all = { 0, INT64_MAX };
	struct ranges r = { all, all, all };

	narrow(&r.not_after, f->expires_after,
	    f->expires_before != 0 ? f->expires_before - 1 : INT64_MAX);
	if (f->validity == REGISTRAR_VALIDITIES)
		return r;
	r.revoked = (struct range){ 0, 0 };
	switch (f->validity) {
	case REGISTRAR_CERT_VALID:
		r.revoke_at = (struct range){ 0, 0 };
		narrow(&r.not_after, f->now, INT64_MAX);
		break;
	case REGISTRAR_CERT_SUPERSEDED:
		r.revoke_at.least = 1;
		narrow(&r.not_after, f->now, INT64_MAX);
		break;
	case REGISTRAR_CERT_EXPIRED:
		narrow(&r.not_after, 0, f->now - 1);
		break;
	default:
		r.revoked = (struct range){ 1, INT64_MAX };
	}
	return r;
}

static enum brski_rc
start(struct brski_store *s, const struct registrar_cert_filter *f, struct brski_query *q,
    struct brski_err *err)
{
	const struct ranges r = find_ranges(f);
	const char *text;
	enum brski_rc rc;

	if ((rc = find_text(s, f, &text, err)) != BRSKI_OK)
		return rc;
	if (text != by_walk)
		return brski_query_start(s, q, err, text, "iiiiiiiissibbb", f->after, f->limit,
		    r.revoked.least, r.revoked.most, r.revoke_at.least, r.revoke_at.most,
		    r.not_after.least, r.not_after.most, f->manufacturer, f->device_serial,
		    f->device, f->serial, f->fingerprint, f->ski);
	return brski_query_start(s, q, err, by_walk, "iiiiiiiis", f->after, f->limit,
	    r.revoked.least, r.revoked.most, r.revoke_at.least, r.revoke_at.most, r.not_after.least,
	    r.not_after.most, f->manufacturer);
}

enum brski_rc
registrar_certificate_list(struct brski_store *s, const struct registrar_cert_filter *f,
    void (*each)(void *arg, const struct registrar_certificate *c, const char *manufacturer,
        const char *serial),
    void *arg, struct brski_err *err)
{
	char manufacturer[REGISTRAR_NAME_MAX + 1], serial[BRSKI_SERIAL_MAX + 1];
	struct registrar_certificate c;
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = start(s, f, &q, err)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		registrar_row_certificate(&q, &c);
		registrar_row_text(brski_query_text(&q, REGISTRAR_CERT_COLUMNS_N), manufacturer,
		    sizeof(manufacturer));
		registrar_row_text(brski_query_text(&q, REGISTRAR_CERT_COLUMNS_N + 1), serial,
		    sizeof(serial));
		each(arg, &c, manufacturer, serial);
	}
	brski_query_end(&q);
	return rc;
}

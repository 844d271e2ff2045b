/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's database: certificates, their lists, revocation lists; an old one is migrated. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "registrar/store.h"
#include "tu.h"

extern const char *const registrar_migrations[];

#define YEAR (365 * TU_DAY)

static struct brski_store *db;
static const uint8_t ca[REGISTRAR_AUTHORITY_ID] = { 1, 2, 3 },
                     other_ca[REGISTRAR_AUTHORITY_ID] = { 9 };
static const uint8_t hash[REGISTRAR_HASH_SIZE] = { 7 };

static int
setup(void **state)
{
	(void)state;
	return registrar_store_open(":memory:", &db, NULL) == BRSKI_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	brski_store_close(db);
	return 0;
}

static int64_t
device(const char *manufacturer, const char *serial)
{
	struct registrar_device d;
	struct brski_err err = { 0 };

	assert_ok(registrar_device_find(db, manufacturer, brski_slice_str(serial), &d, &err), &err);
	if (d.id == 0)
		assert_ok(registrar_device_put(db, &d, &err), &err);
	return d.id;
}

/* A real certificate; what it says of itself does not matter here but for serial and SKI. */
static int64_t
put(const struct registrar_certificate *like, struct tu_id *id)
{
	struct brski_cert_facts f = tu_facts("device");
	struct registrar_certificate c = *like;
	struct brski_err err = { 0 };

	tu_issue(id, NULL, &f);
	c.serial = tu_cert(id)->serial;
	c.der = tu_cert(id)->der;
	c.csr_hash = brski_slice(hash, sizeof(hash));
	if (c.authority.p == NULL)
		c.authority = brski_slice(ca, sizeof(ca));
	assert_ok(registrar_certificate_put(db, &c, &err), &err);
	assert_int_not_equal(c.id, 0);
	return c.id;
}

static int64_t
add(int64_t owner, int64_t not_after)
{
	struct registrar_certificate c = { .device = owner,
		.issued = TU_NOW,
		.not_before = TU_NOW,
		.not_after = not_after };
	struct tu_id id = { 0 };
	int64_t n = put(&c, &id);

	tu_id_clear(&id);
	return n;
}

/* Found by everything that is unique about it, with all that was stored. */
static void
certificates(void **state)
{
	struct registrar_certificate c = { .device = device("acme", "A-1"),
		.predecessor = 3,
		.issued = TU_NOW,
		.not_before = TU_NOW - 60,
		.not_after = TU_NOW + YEAR };
	struct registrar_certificate found[4];
	uint8_t fingerprint[BRSKI_SHA256_SIZE];
	struct brski_buf der[4] = { { 0 } };
	struct brski_err err = { 0 };
	struct tu_id id = { 0 };
	size_t i;

	(void)state;
	c.id = put(&c, &id);
	brski_sha256(tu_cert(&id)->der, fingerprint);
	assert_ok(registrar_certificate_get(db, c.id, &found[0], &der[0], &err), &err);
	assert_ok(registrar_certificate_find(db, c.device, 3, hash, &found[1], &der[1], &err),
	    &err);
	assert_ok(registrar_certificate_match(db, tu_cert(&id), &found[2], &der[2], &err), &err);
	assert_ok(registrar_certificate_by_serial(db, brski_slice(ca, sizeof(ca)),
	              tu_cert(&id)->serial, &found[3], &der[3], &err),
	    &err);
	for (i = 0; i < 4; i++) {
		assert_int_equal(found[i].id, c.id);
		assert_int_equal(found[i].device, c.device);
		assert_int_equal(found[i].predecessor, 3);
		assert_int_equal(found[i].issued, TU_NOW);
		assert_int_equal(found[i].not_before, TU_NOW - 60);
		assert_int_equal(found[i].not_after, TU_NOW + YEAR);
		assert_int_equal(found[i].revoke_at, 0);
		assert_int_equal(found[i].revoked, 0);
		assert_slice_eq(found[i].der, tu_cert(&id)->der);
		assert_slice_eq(found[i].serial, tu_cert(&id)->serial);
		assert_slice_eq(found[i].ski, tu_cert(&id)->ski);
		assert_slice_eq(found[i].csr_hash, brski_slice(hash, sizeof(hash)));
		assert_slice_eq(found[i].authority, brski_slice(ca, sizeof(ca)));
		assert_slice_eq(found[i].fingerprint,
		    brski_slice(fingerprint, sizeof(fingerprint)));
		brski_buf_clear(&der[i]);
	}
	/* without the bytes */
	assert_ok(registrar_certificate_get(db, c.id, &found[0], NULL, &err), &err);
	assert_int_equal(found[0].id, c.id);
	assert_null(found[0].der.p);
	/* somebody else's, or none */
	assert_ok(registrar_certificate_find(db, c.device, 0, hash, &found[0], NULL, &err), &err);
	assert_int_equal(found[0].id, 0);
	assert_ok(registrar_certificate_find(db, c.device + 1, 3, hash, &found[0], NULL, &err),
	    &err);
	assert_int_equal(found[0].id, 0);
	assert_ok(registrar_certificate_by_serial(db, brski_slice(other_ca, sizeof(other_ca)),
	              tu_cert(&id)->serial, &found[0], NULL, &err),
	    &err);
	assert_int_equal(found[0].id, 0);
	/* no serial number twice */
	c.serial = tu_cert(&id)->serial;
	c.der = tu_cert(&id)->der;
	assert_broken(registrar_certificate_put(db, &c, &err), BRSKI_E_CONFLICT, &err);
	c.der = BRSKI_LIT("no certificate");
	assert_int_equal(registrar_certificate_put(db, &c, NULL), BRSKI_E_MALFORMED);
	tu_id_clear(&id);
}

struct page {
	int64_t ids[8];
	size_t n;
	char names[128];
};

static void
add_to_page(void *arg, const struct registrar_certificate *c, const char *manufacturer,
    const char *serial)
{
	struct page *p = arg;

	assert_true(p->n < 8);
	p->ids[p->n++] = c->id;
	snprintf(p->names, sizeof(p->names), "%s/%s", manufacturer, serial);
}

static int64_t before; /* rows of other tests */

/* ids, 0 at their end, is what the filter lets pass. */
static void
assert_list(const struct registrar_cert_filter *f, const int64_t *ids)
{
	struct registrar_cert_filter filter = *f;
	struct page p = { .n = 0 };
	struct brski_err err = { 0 };
	size_t i;

	if (filter.limit == 0)
		filter.limit = 8;
	if (filter.after == 0)
		filter.after = before;
	assert_ok(registrar_certificate_list(db, &filter, add_to_page, &p, &err), &err);
	for (i = 0; i < p.n; i++)
		assert_int_equal(p.ids[i], ids[i]);
	assert_int_equal(ids[i], 0);
}
#define LIST(filter, ...)                                 \
	do {                                              \
		struct registrar_cert_filter f_ = filter; \
		const int64_t ids_[] = { __VA_ARGS__ };   \
		assert_list(&f_, ids_);                   \
	} while (0)
#define ANY REGISTRAR_VALIDITIES
#define FILTER(v, ...) \
	((struct registrar_cert_filter){ .validity = (v), .now = TU_NOW, __VA_ARGS__ })

static void
lists(void **state)
{
	int64_t l1 = device("acme", "L-1"), l2 = device("globex", "L-1"),
	        l3 = device("globex", "L-3");
	int64_t a, b, c, d, own;
	struct registrar_certificate got;
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct page p = { .n = 0 };

	(void)state;
	before = add(0, TU_NOW);
	a = add(l1, TU_NOW + 100);
	b = add(l1, TU_NOW + 200);
	c = add(l2, TU_NOW - 1);
	d = add(l3, TU_NOW);
	own = add(0, TU_NOW + 300);
	assert_ok(registrar_certificate_supersede(db, l1, b, TU_NOW + 50, &err), &err);
	LIST(FILTER(ANY, .device = 0), a, b, c, d, own, 0);
	LIST(FILTER(ANY, .limit = 2), a, b, 0);
	LIST(FILTER(ANY, .after = c), d, own, 0);
	LIST(FILTER(ANY, .device = l1), a, b, 0);
	LIST(FILTER(ANY, .device = l1, .after = a), b, 0);
	LIST(FILTER(ANY, .manufacturer = "globex"), c, d, 0);
	LIST(FILTER(ANY, .device_serial = "L-1"), a, b, c, 0);
	LIST(FILTER(ANY, .manufacturer = "globex", .device_serial = "L-1"), c, 0);
	LIST(FILTER(ANY, .manufacturer = "umbrella"), 0);
	LIST(FILTER(REGISTRAR_CERT_VALID, .device = 0), b, d, own, 0);
	LIST(FILTER(REGISTRAR_CERT_SUPERSEDED, .device = 0), a, 0);
	LIST(FILTER(REGISTRAR_CERT_EXPIRED, .device = 0), c, 0);
	LIST(FILTER(REGISTRAR_CERT_REVOKED, .device = 0), 0);
	assert_ok(registrar_certificate_set_revoked(db, d, TU_NOW, BRSKI_REASON_HOLD, &err), &err);
	LIST(FILTER(REGISTRAR_CERT_REVOKED, .device = 0), d, 0);
	LIST(FILTER(REGISTRAR_CERT_VALID, .device = 0), b, own, 0);
	LIST(FILTER(ANY, .expires_after = TU_NOW + 100), a, b, own, 0);
	LIST(FILTER(ANY, .expires_before = TU_NOW + 100), c, d, 0);
	LIST(FILTER(ANY, .expires_after = TU_NOW + 100, .expires_before = TU_NOW + 201), a, b, 0);
	LIST(FILTER(REGISTRAR_CERT_VALID, .expires_before = TU_NOW + 201), b, 0);
	/* by key, alone and with what does not fit */
	assert_ok(registrar_certificate_get(db, b, &got, &der, &err), &err);
	LIST(FILTER(ANY, .serial = got.serial), b, 0);
	LIST(FILTER(ANY, .fingerprint = got.fingerprint), b, 0);
	LIST(FILTER(ANY, .ski = got.ski), b, 0);
	LIST(FILTER(ANY, .fingerprint = got.fingerprint, .serial = got.serial, .ski = got.ski,
	         .device = l1, .manufacturer = "acme", .device_serial = "L-1"),
	    b, 0);
	LIST(FILTER(ANY, .fingerprint = got.fingerprint, .serial = BRSKI_LIT("x")), 0);
	LIST(FILTER(ANY, .serial = got.serial, .ski = BRSKI_LIT("x")), 0);
	LIST(FILTER(ANY, .serial = got.serial, .device = l2), 0);
	LIST(FILTER(ANY, .serial = got.serial, .manufacturer = "globex"), 0);
	LIST(FILTER(ANY, .ski = got.ski, .device_serial = "L-3"), 0);
	LIST(FILTER(REGISTRAR_CERT_REVOKED, .serial = got.serial), 0);
	brski_buf_clear(&der);
	/* with the names of its device */
	assert_ok(registrar_certificate_list(db, &FILTER(ANY, .device = l3, .limit = 8),
	              add_to_page, &p, &err),
	    &err);
	assert_string_equal(p.names, "globex/L-3");
	assert_ok(registrar_certificate_list(db, &FILTER(ANY, .after = d, .limit = 8), add_to_page,
	              &p, &err),
	    &err);
	assert_string_equal(p.names, "/");
}

static void
dues(void **state)
{
	int64_t owner = device("acme", "D-1"), a = add(owner, TU_NOW + 100), b, at = -1;
	struct registrar_certificate c;
	struct brski_err err = { 0 };

	(void)state;
	b = add(owner, TU_NOW + 100);
	assert_ok(registrar_certificate_in_force(db, owner, TU_NOW, &c, NULL, &err), &err);
	assert_int_equal(c.id, b);
	assert_ok(registrar_certificate_set_revoked(db, b, TU_NOW, BRSKI_REASON_HOLD, &err), &err);
	assert_ok(registrar_certificate_in_force(db, owner, TU_NOW + 100, &c, NULL, &err), &err);
	assert_int_equal(c.id, a);
	assert_ok(registrar_certificate_in_force(db, owner, TU_NOW + 101, &c, NULL, &err), &err);
	assert_int_equal(c.id, 0);
	assert_ok(registrar_certificate_on_hold(db, owner, &c, NULL, &err), &err);
	assert_int_equal(c.id, b);
	/* what is revoked is not superseded */
	assert_ok(registrar_certificate_supersede(db, owner, 0, TU_NOW + 10, &err), &err);
	assert_ok(registrar_certificate_get(db, b, &c, NULL, &err), &err);
	assert_int_equal(c.revoke_at, 0);
	assert_ok(registrar_certificate_due(db, TU_NOW + 9, &c, NULL, &err), &err);
	assert_int_equal(c.id, 0);
	assert_ok(registrar_certificate_due(db, TU_NOW + 10, &c, NULL, &err), &err);
	assert_int_equal(c.id, a);
	assert_ok(registrar_certificate_next_due(db, &at, &err), &err);
	assert_int_equal(at, TU_NOW + 10);
	assert_ok(registrar_certificate_set_revoked(db, a, TU_NOW + 10, BRSKI_REASON_SUPERSEDED,
	              &err),
	    &err);
	assert_broken(registrar_certificate_set_revoked(db, 9999, TU_NOW, BRSKI_REASON_HOLD, &err),
	    BRSKI_E_IO, &err);
}

static size_t
count_entries(int64_t since)
{
	struct brski_crl_entry e;
	struct brski_query q;
	struct brski_err err = { 0 };
	size_t n = 0;

	assert_ok(registrar_crl_entries(db, since, &q, &err), &err);
	while (registrar_crl_entry(&q, &e, &err)) {
		assert_true(e.serial.n > 0);
		/* of the other generations, too */
		if (e.revoked != TU_NOW + 5)
			continue;
		assert_int_equal(e.reason, BRSKI_REASON_CESSATION);
		n++;
	}
	assert_ok(err.rc, &err);
	brski_query_end(&q);
	return n;
}

static void
crls(void **state)
{
	struct registrar_certificate c = { .not_after = TU_NOW + 100,
		.authority = brski_slice(other_ca, sizeof(other_ca)) };
	struct registrar_crl crl = { .number = 5,
		.this_update = TU_NOW,
		.next_update = TU_NOW + 7 };
	struct registrar_crl got;
	struct brski_err err = { 0 };
	struct tu_id id = { 0 };
	bool stale = true;
	int64_t n;

	(void)state;
	n = put(&c, &id);
	assert_int_equal(count_entries(0), 0);
	assert_ok(registrar_certificate_set_revoked(db, n, TU_NOW + 5, BRSKI_REASON_CESSATION,
	              &err),
	    &err);
	assert_int_equal(count_entries(0), 1);
	assert_int_equal(count_entries(TU_NOW + 100), 1);
	assert_int_equal(count_entries(TU_NOW + 101), 0);
	tu_id_clear(&id);

	assert_ok(registrar_crl_get(db, other_ca, &got, &err), &err);
	assert_int_equal(got.number, 0);
	assert_ok(registrar_crl_last_number(db, &n, &err), &err);
	assert_int_equal(n, 0);
	assert_ok(registrar_crl_mark_stale(db, brski_slice(other_ca, sizeof(other_ca)), &err),
	    &err);
	assert_ok(registrar_crl_get(db, other_ca, &got, &err), &err);
	assert_int_equal(got.number, 0);
	assert_int_equal(got.der.n, 0);
	brski_buf_clear(&got.der);
	assert_ok(registrar_crl_is_stale(db, other_ca, &stale, &err), &err);
	assert_true(stale);
	assert_ok(registrar_crl_is_stale(db, ca, &stale, &err), &err);
	assert_false(stale);

	memcpy(crl.authority, other_ca, sizeof(other_ca));
	assert_ok(brski_buf_append_str(&crl.der, "list", &err), &err);
	assert_ok(registrar_crl_put(db, &crl, &err), &err);
	assert_ok(registrar_crl_is_stale(db, other_ca, &stale, &err), &err);
	assert_false(stale);
	assert_refused_by(registrar_crl_put(db, &crl, &err), BRSKI_E_CONFLICT, "RFC 5280 5.2.3",
	    &err);
	crl.number = 6;
	crl.this_update--;
	assert_refused_by(registrar_crl_put(db, &crl, &err), BRSKI_E_CONFLICT, "RFC 5280 5.2.3",
	    &err);
	crl.this_update++; /* the same second */
	crl.next_update++;
	assert_ok(registrar_crl_put(db, &crl, &err), &err);
	assert_ok(registrar_crl_get(db, other_ca, &got, &err), &err);
	assert_int_equal(got.number, 6);
	assert_int_equal(got.this_update, TU_NOW);
	assert_int_equal(got.next_update, TU_NOW + 8);
	assert_slice_eq(brski_buf_slice(&got.der), BRSKI_LIT("list"));
	brski_buf_clear(&got.der);
	brski_buf_clear(&crl.der);
}

/* Reading is cut short: the list would lack somebody, so that has to be told. */
static void
crl_entries_that_cannot_be_read(void **state)
{
	struct brski_crl_entry e;
	struct brski_query q;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_query_start(db, &q, &err, "SELECT abs(-9223372036854775807 - 1)", ""),
	    &err);
	assert_false(registrar_crl_entry(&q, &e, &err));
	assert_int_not_equal(err.rc, BRSKI_OK);
	brski_query_end(&q);
}

static void
exec(struct brski_store *s, const char *sql)
{
	struct brski_err err = { 0 };

	assert_ok(brski_store_exec(s, NULL, &err, sql, ""), &err);
}

/* A database as schema 002 left it, with a device and its certificate. */
static void
write_old(const char *path, const struct tu_id *id)
{
	const struct brski_migrations m = { registrar_migrations, 2 };
	struct brski_store *s;
	struct brski_err err = { 0 };

	assert_ok(brski_store_open(path, "brski-registrar", &m, &s, &err), &err);
	exec(s,
	    "INSERT INTO devices VALUES (1, 'acme', 'A-1', 6, 0, 1, 1, 100, 200, '', '', '',"
	    " 'https', 'TLSv1.2')");
	assert_ok(brski_store_exec(s, NULL, &err,
	              "INSERT INTO certificates VALUES (4, 1, $1, $2, $3, 150, $4)", "bbbi",
	              brski_slice(hash, sizeof(hash)), tu_cert(id)->serial, tu_cert(id)->der,
	              TU_TO),
	    &err);
	exec(s, "INSERT INTO certificates VALUES (5, 1, x'02', x'03', x'04', 160, 170)");
	brski_store_close(s);
}

static void
assert_migrated(const char *path, const struct tu_id *id)
{
	struct registrar_certificate c;
	struct registrar_device d;
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_store *s;

	assert_ok(registrar_store_open(path, &s, &err), &err);
	assert_ok(registrar_certificate_match(s, tu_cert(id), &c, &der, &err), &err);
	assert_int_equal(c.id, 4);
	assert_int_equal(c.device, 1);
	assert_int_equal(c.predecessor, 0);
	assert_int_equal(c.issued, 150);
	assert_int_equal(c.not_before, tu_cert(id)->not_before);
	assert_int_equal(c.not_after, TU_TO);
	assert_int_equal(c.revoke_at, 0);
	assert_int_equal(c.revoked, 0);
	assert_slice_eq(c.der, tu_cert(id)->der);
	assert_slice_eq(c.csr_hash, brski_slice(hash, sizeof(hash)));
	assert_slice_eq(c.authority, tu_cert(id)->aki);
	assert_slice_eq(c.ski, tu_cert(id)->ski);
	brski_buf_clear(&der);
	/* what was never a certificate is not lost, and does not hold up anything */
	assert_ok(registrar_certificate_get(s, 5, &c, &der, &err), &err);
	assert_int_equal(c.id, 5);
	assert_int_equal(c.fingerprint.n, BRSKI_SHA256_SIZE);
	brski_buf_clear(&der);
	assert_ok(registrar_device_due(s, 1, &d, &err), &err);
	assert_string_equal(d.serial, "A-1");
	assert_int_equal(d.state, REGISTRAR_OPERATIONAL);
	assert_int_equal(d.standing, REGISTRAR_IN_ORDER);
	brski_store_close(s);
}

static void
migration(void **state)
{
	char dir[] = "/tmp/test_registrar_store.XXXXXX", path[64], command[64];
	struct tu_id domain = { 0 }, id = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/registrar.db", dir);
	tu_ca(&domain, "Domain CA");
	tu_ldevid(&id, &domain, "A-1");
	write_old(path, &id);
	assert_migrated(path, &id);
	assert_migrated(path, &id);
	tu_id_clear(&id);
	tu_id_clear(&domain);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates),
		cmocka_unit_test(lists),
		cmocka_unit_test(dues),
		cmocka_unit_test(crls),
		cmocka_unit_test(crl_entries_that_cannot_be_read),
		cmocka_unit_test(migration),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

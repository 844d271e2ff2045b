/* SPDX-License-Identifier: Apache-2.0 */
/* What the MASA remembers: RFC 8995 5.6, 5.8.1. */
#include "tu_rvr.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "masa/ledger.h"

#define SERIAL "JADA123456789"

static struct tu_id maker, other_maker, pledge, namesake, domain, other_domain;
static char dir[] = "/tmp/test_masa_ledger.XXXXXX";
static char path[128];
static struct brski_store *store;
static struct masa_device device;
static struct brski_err err;

static const struct brski_slice none;

static int
make_world(void **state)
{
	(void)state;
	tu_ca(&maker, "maker");
	tu_ca(&other_maker, "other maker");
	tu_idevid(&pledge, &maker, SERIAL, NULL);
	tu_idevid(&namesake, &other_maker, SERIAL, NULL);
	tu_ca(&domain, "domain");
	tu_ca(&other_domain, "other domain");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
end_world(void **state)
{
	(void)state;
	tu_id_clear(&maker);
	tu_id_clear(&other_maker);
	tu_id_clear(&pledge);
	tu_id_clear(&namesake);
	tu_id_clear(&domain);
	tu_id_clear(&other_domain);
	return rmdir(dir);
}

static enum brski_rc
add(const struct tu_id *id)
{
	return masa_ledger_add(store, tu_cert(id), BRSKI_SERIAL_FROM_SUBJECT, MASA_POLICY_FIRST,
	    none, TU_NOW, &err);
}

static enum brski_rc
find(struct brski_slice issuer)
{
	return masa_ledger_find(store, BRSKI_LIT(SERIAL), issuer, &device, &err);
}

static int
begin(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	(void)snprintf(path, sizeof(path), "%s/masa.db", dir);
	assert_ok(masa_ledger_open(path, &store, &err), &err);
	assert_ok(add(&pledge), &err);
	assert_ok(find(none), &err);
	return 0;
}

static int
end(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char file[160];
	size_t i;

	(void)state;
	brski_store_close(store);
	for (i = 0; i < 3; i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, suffix[i]);
		(void)unlink(file);
	}
	return 0;
}

/* Enough of an entry: n makes it another request. */
static struct masa_entry
entry(const struct tu_id *by, bool nonced, int n)
{
	static uint8_t request[BRSKI_SHA256_SIZE], nonce[16], registrar[BRSKI_SHA256_SIZE];
	static char text[32];
	struct masa_entry e = {
		.date = TU_NOW + n,
		.pin = tu_cert(by),
		.assertion = BRSKI_ASSERTION_PROXIMITY,
		.expires_on = nonced ? BRSKI_TIME_UNKNOWN : TU_NOW + 60,
		.voucher = brski_slice(request, sizeof(request)),
	};

	(void)snprintf(text, sizeof(text), "nonce %d", n);
	brski_sha256(brski_slice(&n, sizeof(n)), request);
	memcpy(nonce, request, sizeof(nonce));
	brski_sha256(tu_cert(by)->spki, registrar);
	e.request = brski_slice(request, sizeof(request));
	e.registrar = brski_slice(registrar, sizeof(registrar));
	if (nonced) {
		e.nonce = brski_slice(nonce, sizeof(nonce));
		e.nonce_text = brski_slice_str(text);
	}
	return e;
}

static void
append(const struct tu_id *by, bool nonced, int n, int64_t keep)
{
	struct masa_entry e = entry(by, nonced, n);

	assert_ok(masa_ledger_append(store, &device, &e, keep, &err), &err);
}

static void
devices(void **state)
{
	(void)state;
	assert_int_equal(device.policy, MASA_POLICY_FIRST);
	assert_false(device.blocked);
	assert_false(device.owned);
	assert_false(device.shared);
	assert_refused_by(add(&pledge), BRSKI_E_CONFLICT, "RFC 8995 2.3.1", &err);
	assert_refused_by(masa_ledger_find(store, BRSKI_LIT("jada123456789"), none, &device, &err),
	    BRSKI_E_UNKNOWN, "RFC 8995 5.6", &err);
}

/* A device is (maker, serial number): rfc8366bis 6.1, cBRSKI 14.1. */
static void
same_serial_of_two_makers(void **state)
{
	struct brski_buf issuer = { 0 };

	(void)state;
	assert_ok(add(&namesake), &err);
	assert_refused_by(find(none), BRSKI_E_SERIAL, "rfc8366bis 6.1", &err);
	assert_ok(brski_cert_idevid_issuer(tu_cert(&namesake), &issuer, &err), &err);
	assert_ok(find(brski_buf_slice(&issuer)), &err);
	assert_true(device.shared);
	assert_slice_eq(masa_device_issuer(&device), brski_buf_slice(&issuer));
	brski_buf_reset(&issuer);
	assert_ok(brski_cert_idevid_issuer(tu_cert(&domain), &issuer, &err), &err);
	assert_refused_by(find(brski_buf_slice(&issuer)), BRSKI_E_SERIAL, "rfc8366bis 6.1", &err);
	brski_buf_clear(&issuer);
}

static void
block_and_owner(void **state)
{
	uint8_t key[BRSKI_SHA256_SIZE];

	(void)state;
	brski_sha256(tu_cert(&domain)->spki, key);
	assert_ok(masa_ledger_set_blocked(store, &device, true, &err), &err);
	assert_ok(masa_ledger_set_owner(store, &device, brski_slice(key, sizeof(key)), &err), &err);
	assert_ok(find(none), &err);
	assert_true(device.blocked);
	assert_int_equal(device.policy, MASA_POLICY_OWNER);
	assert_slice_eq(masa_device_owner(&device), brski_slice(key, sizeof(key)));
	assert_ok(masa_ledger_set_blocked(store, &device, false, &err), &err);
	assert_ok(masa_ledger_set_owner(store, &device, none, &err), &err);
	assert_ok(find(none), &err);
	assert_false(device.blocked);
	assert_false(device.owned);
	assert_int_equal(device.policy, MASA_POLICY_FIRST);
}

static void
same_request_again(void **state)
{
	struct masa_entry e = entry(&domain, true, 1);
	struct brski_buf voucher = { 0 };
	uint8_t other[BRSKI_SHA256_SIZE] = { 0 };
	bool found;

	(void)state;
	e.claims = true;
	assert_ok(masa_ledger_again(store, &device, &e, &voucher, &found, &err), &err);
	assert_false(found);
	assert_ok(masa_ledger_append(store, &device, &e, 64, &err), &err);
	assert_ok(masa_ledger_again(store, &device, &e, &voucher, &found, &err), &err);
	assert_true(found);
	assert_slice_eq(brski_buf_slice(&voucher), e.voucher);

	/* another RVR, the same nonce and registrar; then neither */
	e.request = brski_slice(other, sizeof(other));
	assert_ok(masa_ledger_again(store, &device, &e, &voucher, &found, &err), &err);
	assert_true(found);
	e.registrar = e.request;
	assert_ok(masa_ledger_again(store, &device, &e, &voucher, &found, &err), &err);
	assert_false(found);
	assert_ok(find(none), &err);
	assert_true(device.owned);
	brski_buf_clear(&voucher);
}

static void
vouchers_given(void **state)
{
	struct brski_path_found chain = { { tu_cert(&domain) }, 1 };
	struct masa_entry e = entry(&domain, true, 1);
	bool yes;

	(void)state;
	assert_ok(masa_ledger_was_owner(store, &device, &chain, &yes, &err), &err);
	assert_false(yes);
	append(&domain, true, 1, 64);
	assert_ok(masa_ledger_was_owner(store, &device, &chain, &yes, &err), &err);
	assert_true(yes);
	chain.v[0] = tu_cert(&other_domain);
	assert_ok(masa_ledger_was_owner(store, &device, &chain, &yes, &err), &err);
	assert_false(yes);
	assert_ok(masa_ledger_gave(store, &device, &brski_formats[0], e.voucher, &yes, &err), &err);
	assert_true(yes);
	assert_ok(masa_ledger_gave(store, &device, &brski_formats[0], BRSKI_LIT("another"), &yes,
	              &err),
	    &err);
	assert_false(yes);
}

static void
log_of_a_device(void **state)
{
	struct brski_auditlog log;
	uint8_t id[64];

	(void)state;
	assert_ok(masa_ledger_log(store, &device, &log, &err), &err);
	assert_int_equal(log.n, 0);
	append(&domain, true, 1, 64);
	append(&other_domain, false, 2, 64);
	assert_ok(masa_ledger_log(store, &device, &log, &err), &err);
	assert_int_equal(log.n, 2);
	assert_string_equal(log.events[0].nonce, "nonce 1");
	assert_true(log.events[0].date == TU_NOW + 1);
	assert_int_equal(log.events[0].assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_slice_eq(brski_slice(log.events[0].domain_id, log.events[0].domain_id_n),
	    brski_cert_domain_id(tu_cert(&domain), id));
	assert_true(log.events[1].nonceless);
	assert_int_equal(log.nonced_duplicates + log.nonceless_duplicates + log.arbitrary, 0);
	brski_auditlog_clear(&log);
}

/* RFC 8995 5.8.1: of a domain's entries of one kind, the newest stays and counts the others. */
static void
duplicates_go_first(void **state)
{
	struct brski_auditlog log;
	int i;

	(void)state;
	append(&other_domain, false, 0, 4);
	for (i = 1; i <= 4; i++)
		append(&domain, true, i, 4);
	append(&domain, false, 5, 4);
	assert_ok(masa_ledger_log(store, &device, &log, &err), &err);
	assert_int_equal(log.n, 3);
	assert_string_equal(log.events[1].nonce, "nonce 4");
	assert_int_equal(log.events[1].truncated, 3);
	assert_int_equal(log.nonced_duplicates, 3);
	assert_int_equal(log.nonceless_duplicates, 0);
	assert_int_equal(log.arbitrary, 0);
	brski_auditlog_clear(&log);

	append(&domain, false, 6, 4);
	append(&domain, true, 7, 4);
	assert_ok(masa_ledger_log(store, &device, &log, &err), &err);
	assert_int_equal(log.n, 4);
	assert_int_equal(log.events[3].truncated, 4);
	assert_string_equal(log.events[3].nonce, "nonce 7");
	assert_int_equal(log.nonced_duplicates, 4);
	brski_auditlog_clear(&log);
}

/* RFC 8995 5.8.1: then the oldest, said openly; counters stop at 1024. */
static void
then_the_oldest(void **state)
{
	struct brski_auditlog log;

	(void)state;
	append(&domain, true, 1, 2);
	append(&other_domain, true, 2, 2);
	append(&domain, false, 3, 2);
	assert_ok(masa_ledger_log(store, &device, &log, &err), &err);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.arbitrary, 1);
	assert_string_equal(log.events[0].nonce, "nonce 2");
	brski_auditlog_clear(&log);

	assert_ok(brski_store_exec(store, NULL, &err,
	              "UPDATE devices SET arbitrary = 1024, nonced_duplicates = 1024", ""),
	    &err);
	append(&other_domain, true, 4, 2);
	append(&maker, true, 5, 2);
	assert_ok(masa_ledger_log(store, &device, &log, &err), &err);
	assert_int_equal(log.arbitrary, 1024);
	assert_int_equal(log.nonced_duplicates, 1024);
	brski_auditlog_clear(&log);
}

static bool
one(void *arg, const struct masa_device *d)
{
	int *n = arg;

	assert_string_equal(d->serial, SERIAL);
	assert_int_equal(d->entries, *n == 0 ? 1 : 0);
	(*n)++;
	return true;
}

static void
list(void **state)
{
	int n = 0;

	(void)state;
	assert_ok(add(&namesake), &err);
	append(&domain, true, 1, 64);
	assert_ok(masa_ledger_list(store, one, &n, &err), &err);
	assert_int_equal(n, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices),
		TEST(same_serial_of_two_makers),
		TEST(block_and_owner),
		TEST(same_request_again),
		TEST(vouchers_given),
		TEST(log_of_a_device),
		TEST(duplicates_go_first),
		TEST(then_the_oldest),
		TEST(list),
	};

	return cmocka_run_group_tests(tests, make_world, end_world);
}

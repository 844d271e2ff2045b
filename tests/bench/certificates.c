/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists of certificates cost when there are many: a database is made with as many (100000),
 * four for each device of two makers, and the admin API's handler is asked for a page with every
 * kind of filter, those that find nothing among them. name=value lines: milliseconds of the
 * slowest 5 % per filter, and of the slowest filter, on the wall and of CPU. That is for pages of
 * the default length; the longest page stands by itself.
 *
 * usage: certificates [COUNT]	the database is in $TMPDIR (/tmp), and removed at the end
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "crypto/issue.h"
#include "registrar/admin.h"
#include "registrar/registrar.h"

#define COUNT  100000
#define EACH   4 /* of a device: three have been superseded */
#define NOW    INT64_C(1780315200)
#define DAY    INT64_C(86400)
#define ROUNDS 100

static void
must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "certificates: %s failed\n", what);
		exit(1);
	}
}

static double
now_ms(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One real certificate; the others are it with other octets for serial number and key. */
static void
make_template(struct brski_buf *der, struct brski_cert *c)
{
	struct brski_cert_facts f = { .basic_constraints = true,
		.path_len = -1,
		.key_usage = BRSKI_KU_DIGITAL_SIGNATURE,
		.ski = true,
		.not_before = NOW,
		.not_after = NOW + DAY };
	const struct brski_attr name = { BRSKI_OID_CN, BRSKI_LIT("a device like any other") };
	struct brski_buf subject = { 0 };
	struct brski_key key = { 0 };

	must(brski_key_generate(BRSKI_KEY_P256, &key, NULL) == BRSKI_OK &&
	        brski_name_encode(&name, 1, &subject, NULL) == BRSKI_OK,
	    "key");
	f.subject = brski_buf_slice(&subject);
	f.spki = brski_key_spki(&key);
	brski_cert_serial_random(&f);
	must(brski_cert_issue(&f, NULL, &key, der, NULL) == BRSKI_OK &&
	        brski_cert_decode(brski_buf_slice(der), c, NULL) == BRSKI_OK,
	    "certificate");
	brski_buf_clear(&subject);
	brski_key_clear(&key);
}

static int64_t
add_device(struct brski_store *s, int i)
{
	struct registrar_device d = { .first_seen = NOW, .state = REGISTRAR_OPERATIONAL };

	(void)snprintf(d.manufacturer, sizeof(d.manufacturer), i % 10 == 0 ? "globex" : "acme");
	(void)snprintf(d.serial, sizeof(d.serial), "device-%06d", i);
	must(registrar_device_put(s, &d, NULL) == BRSKI_OK, "device");
	return d.id;
}

static void
fill(struct brski_store *s, int count)
{
	static const uint8_t authority[REGISTRAR_AUTHORITY_ID] = { 1 };
	struct brski_buf der = { 0 };
	struct brski_cert t;
	int i;

	make_template(&der, &t);
	must(brski_store_begin(s, NULL) == BRSKI_OK, "begin");
	for (i = 0; i < count; i++) {
		struct registrar_certificate c = { .device = i / EACH + 1,
			.csr_hash = t.ski,
			.serial = t.serial,
			.der = brski_buf_slice(&der),
			.authority = brski_slice(authority, sizeof(authority)),
			.issued = NOW - DAY * (count - i) / count,
			.not_before = NOW - 365 * DAY };

		if (i % EACH == 0)
			must(add_device(s, i / EACH) == c.device, "device's number");
		memcpy(der.p + (t.serial.p - der.p) + 1, &i, sizeof(i));
		memcpy(der.p + (t.ski.p - der.p), &i, sizeof(i));
		c.not_after = NOW + 365 * DAY * i / count - 30 * DAY;
		if (i % EACH < EACH - 1) {
			c.revoked = NOW - 1;
			c.reason = BRSKI_REASON_SUPERSEDED;
		} else if (i % 1000 == EACH - 1)
			c.revoke_at = NOW + DAY;
		must(registrar_certificate_put(s, &c, NULL) == BRSKI_OK, "put");
	}
	must(brski_store_commit(s, NULL) == BRSKI_OK, "commit");
	brski_buf_clear(&der);
}

static void
done(struct brski_exchange *x)
{
	*(bool *)x->transport = x->rc == BRSKI_OK && x->reply.n > 0;
	brski_buf_clear(&x->reply);
}

/* By that clock: on the wall, or of the processor. */
static double
ask(struct registrar *r, const char *query, clockid_t which)
{
	struct brski_peer peer = { .transport = "unix" };
	bool good = false;
	struct brski_exchange x = { .peer = &peer,
		.query = brski_slice_str(query),
		.log = r->log,
		.finish = done,
		.transport = &good };
	double from = now_ms(which);

	registrar_admin_cert_list(r, &x);
	must(good, query);
	return now_ms(which) - from;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
p95(struct registrar *r, const char *query, clockid_t which)
{
	double ms[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		ms[i] = ask(r, query, which);
	qsort(ms, ROUNDS, sizeof(ms[0]), by_size);
	return ms[ROUNDS * 95 / 100];
}

static void
measure(struct registrar *r)
{
	static const struct {
		const char *name, *query;
	} filters[] = {
		{ "none", "" },
		{ "last_page", "after=99900" },
		{ "device", "manufacturer=acme&device_serial=device-020001" },
		{ "device_serial", "device_serial=device-020001" },
		{ "no_device", "device_serial=none" },
		{ "maker", "manufacturer=acme" },
		{ "small_maker", "manufacturer=globex" },
		{ "no_maker", "manufacturer=umbrella" },
		{ "valid", "status=valid" },
		{ "superseded", "status=superseded" },
		{ "revoked", "status=revoked" },
		{ "expired", "status=expired" },
		{ "expires_soon",
		    "expires_after=2026-06-01T12:00:00Z&expires_before=2026-06-08T12:00:00Z"
		    "&status=valid" },
		{ "expires_never", "expires_after=2036-06-01T12:00:00Z" },
		{ "maker_expires",
		    "manufacturer=globex&status=valid&expires_before=2026-06-08T12:00:00Z" },
		{ "serial", "serial=00ff" },
		{ "fingerprint", "fingerprint=00ff" },
		{ "ski", "ski=00ff" },
	};
	double slowest = 0, slowest_cpu = 0, ms, cpu;
	size_t i;

	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		ms = p95(r, filters[i].query, CLOCK_MONOTONIC);
		cpu = p95(r, filters[i].query, CLOCK_PROCESS_CPUTIME_ID);
		(void)printf("cert_list_%s_p95_ms=%.2f\n", filters[i].name, ms);
		slowest = ms > slowest ? ms : slowest;
		slowest_cpu = cpu > slowest_cpu ? cpu : slowest_cpu;
	}
	ms = p95(r, "limit=1000", CLOCK_MONOTONIC);
	(void)printf("cert_list_longest_page_p95_ms=%.2f\n", ms);
	(void)printf("cert_list_p95_ms=%.2f\ncert_list_cpu_p95_ms=%.2f\n", slowest, slowest_cpu);
}

/* A folder that is ours alone, and the database's name in it. */
static void
make_folder(char *folder, char *file, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(folder, size, "%s/quayside-bench-XXXXXX", tmp != NULL ? tmp : "/tmp");
	must(mkdtemp(folder) != NULL, folder);
	must((size_t)snprintf(file, size, "%s/registrar.db", folder) < size, folder);
}

int
main(int argc, char **argv)
{
	int64_t now = NOW;
	struct brski_log log = { .level = BRSKI_LOG_ERROR };
	struct registrar r = { .clock = brski_clock_fixed(&now), .log = &log };
	char folder[PATH_MAX], file[PATH_MAX];
	int count = argc > 1 ? atoi(argv[1]) : COUNT;
	double from;

	if (argc > 2 || count < EACH) {
		(void)fprintf(stderr, "usage: certificates [COUNT]\n");
		return 2;
	}
	make_folder(folder, file, sizeof(file));
	must(registrar_store_open(file, &r.store, NULL) == BRSKI_OK, "store");
	from = now_ms(CLOCK_MONOTONIC);
	fill(r.store, count);
	(void)printf("certificates=%d\nfill_s=%.1f\n", count,
	    (now_ms(CLOCK_MONOTONIC) - from) / 1e3);
	brski_store_close(r.store); /* what was written moves into the database itself */
	must(registrar_store_open(file, &r.store, NULL) == BRSKI_OK, "store");
	measure(&r);
	brski_store_close(r.store);
	(void)unlink(file);
	(void)rmdir(folder);
	return 0;
}

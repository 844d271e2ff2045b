/* SPDX-License-Identifier: Apache-2.0 */
/* The Linux agent around libpledge: command line, factory files, state folder, summary. */
#include "tu.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "pledge/args.h"
#include "pledge/hook.h"
#include "pledge/port_posix.h"
#include "pledge/report.h"

#define MAN   "brski-pledge(1)"
#define FILES "--idevid-cert", "c", "--idevid-key", "k", "--manufacturer-anchors", "a"
#define IF    "--interface"
#define URL   "--registrar", "https://r.example:8443"
#define STATE "--state", "d"

static struct brski_err err;
static struct pledge_args args;

/* argv[0] and the words up to NULL. */
static enum brski_rc
parse(const char *const *words)
{
	char *argv[64] = { (char *)(uintptr_t) "brski-pledge" };
	int n = 1;

	for (; *words != NULL; words++)
		argv[n++] = (char *)(uintptr_t)*words;
	return pledge_args_parse(n, argv, &args, &err);
}
#define PARSE(...)        parse((const char *const[]){ __VA_ARGS__, NULL })
#define assert_usage(...) assert_refused_by(PARSE(__VA_ARGS__), BRSKI_E_CONFIG, MAN, &err)

static void
test_args(void **state)
{
	(void)state;
	assert_ok(PARSE(FILES, "--manufacturer-anchors", "b", URL, "--registrar",
	              "https://[fe80::1%25eth0]:8443/", STATE, "--once", "--timeout", "90",
	              "--accept-nonceless", "--strict", "--no-clock", "--hw-serial", "--json", "-v",
	              "--log-format", "json"),
	    &err);
	assert_int_equal(args.command, PLEDGE_CMD_RUN);
	assert_string_equal(args.idevid_cert, "c");
	assert_string_equal(args.idevid_key, "k");
	assert_string_equal(args.state, "d");
	assert_int_equal(args.anchors_n, 2);
	assert_string_equal(args.anchors[1], "b");
	assert_int_equal(args.registrars_n, 2);
	assert_string_equal(args.registrars[1], "https://[fe80::1%25eth0]:8443");
	assert_int_equal(args.timeout_s, 90);
	assert_true(args.once && args.accept_nonceless && args.strict && args.no_clock);
	assert_true(args.hw_serial && args.json && args.verbose);
	assert_int_equal(args.log_format, BRSKI_LOG_JSON);
}

#define COAPS "--registrar", "coaps://[2001:db8::1]:5684"

/* The scheme says how a registrar is spoken to; the rest may be chosen. */
static void
test_coaps(void **state)
{
	(void)state;
	assert_ok(PARSE(FILES, STATE, COAPS), &err);
	assert_string_equal(args.registrars[0], "coaps://[2001:db8::1]:5684");
	assert_null(args.format);
	assert_false(args.dtls12 || args.classical || args.hybrid);
	assert_ok(PARSE(FILES, STATE, COAPS, URL, "--format", "cose", "--dtls", "1.2",
	              "--classical", "--hybrid"),
	    &err);
	assert_string_equal(args.format->media_type, "application/voucher+cose");
	assert_true(args.dtls12 && args.classical && args.hybrid);
	assert_ok(PARSE(FILES, STATE, URL, "--format", "cms", "--dtls", "1.3"), &err);
	assert_string_equal(args.format->media_type, "application/voucher-cms+json");
	assert_false(args.dtls12);
	assert_usage(FILES, STATE, URL, "--format", "jws");
	assert_usage(FILES, STATE, COAPS, "--dtls", "1.1");
	/* a media type without a CoAP number; the HTTPS registrar alone would do */
	assert_usage(FILES, STATE, URL, COAPS, "--format", "cms");
}

static void
test_commands(void **state)
{
	(void)state;
	assert_ok(PARSE("status", STATE), &err);
	assert_int_equal(args.command, PLEDGE_CMD_STATUS);
	assert_ok(PARSE("reset", STATE, "--factory"), &err);
	assert_int_equal(args.command, PLEDGE_CMD_RESET);
	assert_true(args.factory);
	assert_ok(PARSE("run", FILES, URL, STATE), &err);
	assert_int_equal(args.command, PLEDGE_CMD_RUN);
	assert_ok(PARSE("--help"), &err);
	assert_int_equal(args.command, PLEDGE_CMD_HELP);
	assert_ok(PARSE("--version"), &err);
	assert_int_equal(args.command, PLEDGE_CMD_VERSION);
	assert_usage("enroll", STATE);
}

/* Nobody types an address. */
static void
test_found(void **state)
{
	(void)state;
	assert_ok(PARSE(FILES, STATE, IF, "eth0", IF, "abcdefghijklmno"), &err);
	assert_int_equal(args.registrars_n, 0);
	assert_int_equal(args.interfaces_n, 2);
	assert_string_equal(args.interfaces[1], "abcdefghijklmno");
}

static void
test_daemon(void **state)
{
	(void)state;
	assert_ok(PARSE(FILES, URL, STATE), &err);
	assert_false(args.daemon);
	assert_null(args.hook);
	assert_ok(PARSE(FILES, URL, STATE, "--daemon", "--hook", "/usr/bin/true"), &err);
	assert_true(args.daemon);
	assert_string_equal(args.hook, "/usr/bin/true");
	assert_usage(FILES, URL, STATE, "--hook", "true");
	assert_usage(FILES, URL, STATE, "--hook", "");
}

static void
test_missing(void **state)
{
	(void)state;
	assert_usage("status");
	assert_usage(FILES, URL);
	assert_usage(URL, STATE, "--idevid-cert", "c", "--idevid-key", "k");
	assert_usage(URL, STATE, "--idevid-cert", "c", "--manufacturer-anchors", "a");
	assert_usage(URL, STATE, "--idevid-key", "k", "--manufacturer-anchors", "a");
}

static void
test_wrong(void **state)
{
	(void)state;
	assert_usage(FILES, URL, STATE, "--nonsense");
	assert_usage(FILES, URL, STATE, "--timeout");
	assert_usage("status", STATE, "extra");
	assert_usage(FILES, URL, STATE, "--timeout", "soon");
	assert_usage(FILES, URL, STATE, "--timeout", "-1");
	assert_usage(FILES, URL, STATE, "--timeout", "999999999");
	assert_usage(FILES, URL, STATE, "--log-format", "xml");
	assert_usage(FILES, STATE, "--interface", "");
	assert_usage(FILES, STATE, "--interface", "abcdefghijklmnop");
	assert_usage(FILES, STATE, IF, "a", IF, "b", IF, "c", IF, "d", IF, "e", IF, "f", IF, "g",
	    IF, "h", IF, "i");
	assert_usage(FILES, URL, URL, URL, URL, URL, URL, URL, URL, URL, STATE);
	assert_usage(FILES, FILES, FILES, FILES, FILES, FILES, "--manufacturer-anchors", "a",
	    "--manufacturer-anchors", "a", "--manufacturer-anchors", "a", "--manufacturer-anchors",
	    "a", "--manufacturer-anchors", "a", "--manufacturer-anchors", "a",
	    "--manufacturer-anchors", "a", "--manufacturer-anchors", "a", "--manufacturer-anchors",
	    "a", "--manufacturer-anchors", "a", "--manufacturer-anchors", "a", URL, STATE);
}

static void
test_registrar_url(void **state)
{
	static const char *const bad[] = { "http://r:80", "https://", "https:///", "r:8443",
		"https://r/path", "https://u@r", "https://r?q", "https://r#f", "https://r r",
		"https://r\n", "https://\xc3\xa9" };
	char longest[2 * PLEDGE_CANDIDATE_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_usage(FILES, STATE, "--registrar", bad[i]);
	snprintf(longest, sizeof(longest), "https://%0120d", 1);
	assert_usage(FILES, STATE, "--registrar", longest);
	longest[PLEDGE_CANDIDATE_MAX - 1] = '\0';
	assert_ok(PARSE(FILES, STATE, "--registrar", longest), &err);
}

/* A folder for one test. */
struct folder {
	char path[32], file[64];
	struct tu_id mfr, idevid;
};

static int
setup(void **state)
{
	static struct folder f;

	f = (struct folder){ .path = "/tmp/quayside-XXXXXX" };
	assert_non_null(mkdtemp(f.path));
	tu_ca(&f.mfr, "manufacturer");
	tu_idevid(&f.idevid, &f.mfr, "QS-1", NULL);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct folder *f = *state;
	char cmd[64];

	tu_id_clear(&f->mfr);
	tu_id_clear(&f->idevid);
	snprintf(cmd, sizeof(cmd), "rm -r %s", f->path);
	return system(cmd);
}

static const char *
in(struct folder *f, const char *name)
{
	snprintf(f->file, sizeof(f->file), "%s/%s", f->path, name);
	return f->file;
}

static void
write_pem(struct folder *f, const char *name, const struct tu_id *id, bool key)
{
	struct brski_buf pem = { 0 };

	if (key)
		assert_ok(brski_key_encode_pem(&id->key, &pem, &err), &err);
	else
		tu_pem(id, true, &pem);
	assert_ok(brski_file_write(in(f, name), brski_buf_slice(&pem), 0600, &err), &err);
	brski_buf_clear(&pem);
}

static void
test_identity(void **state)
{
	struct folder *f = *state;
	char cert[64], key[64], other[64];
	struct pledge_args a = { .idevid_cert = cert,
		.idevid_key = key,
		.anchors = { cert, other } };
	struct pledge_identity id;

	snprintf(cert, sizeof(cert), "%s", in(f, "c"));
	snprintf(key, sizeof(key), "%s", in(f, "k"));
	snprintf(other, sizeof(other), "%s", in(f, "o"));
	write_pem(f, "c", &f->idevid, false);
	write_pem(f, "k", &f->idevid, true);
	write_pem(f, "o", &f->mfr, true);
	a.anchors_n = 1;
	assert_ok(pledge_identity_load(&a, &id, &err), &err);
	assert_int_equal(id.idevid.n, 2);
	assert_int_equal(id.anchors.n, 2);
	pledge_identity_clear(&id);
	a.idevid_key = other;
	assert_refused_by(pledge_identity_load(&a, &id, &err), BRSKI_E_CONFIG, MAN, &err);
	a.idevid_key = key;
	a.anchors_n = 2; /* the other is a key */
	assert_int_not_equal(pledge_identity_load(&a, &id, &err), BRSKI_OK);
	err = (struct brski_err){ 0 };
	assert_null(id.idevid.v);
}

static void
test_folder(void **state)
{
	struct folder *f = *state;
	struct pledge_posix pp, second;
	struct brski_buf out = { 0 };
	const struct brski_key *key, *again;
	struct stat st;
	char dir[64];

	snprintf(dir, sizeof(dir), "%s", in(f, "new"));
	assert_broken(pledge_posix_open(&pp, dir, PLEDGE_DIR_LOCK, &err), BRSKI_E_NOT_FOUND, &err);
	assert_ok(pledge_posix_open(&pp, dir, PLEDGE_DIR_LOCK | PLEDGE_DIR_CREATE, &err), &err);
	assert_broken(pledge_posix_open(&second, dir, PLEDGE_DIR_LOCK, &err), BRSKI_E_BUSY, &err);
	assert_ok(pledge_posix_open(&second, dir, 0, &err), &err);
	pledge_posix_close(&second);

	assert_int_equal(pp.port.load(&pp, PLEDGE_ITEM_PVR, &out, &err), BRSKI_E_NOT_FOUND);
	err = (struct brski_err){ 0 };
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_PVR, BRSKI_LIT("bytes"), &err), &err);
	assert_ok(pp.port.load(&pp, PLEDGE_ITEM_PVR, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), BRSKI_LIT("bytes"));
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_PVR, (struct brski_slice){ 0 }, &err), &err);
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_PVR, (struct brski_slice){ 0 }, &err), &err);

	assert_int_equal(pp.port.ldevid_key(&pp, PLEDGE_ITEM_KEY, BRSKI_KEY_NONE, &key, &err),
	    BRSKI_E_NOT_FOUND);
	err = (struct brski_err){ 0 };
	assert_ok(pp.port.ldevid_key(&pp, PLEDGE_ITEM_KEY, BRSKI_KEY_P256, &key, &err), &err);
	assert_int_equal(stat(in(f, "new/ldevid.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_ok(pledge_posix_open(&second, dir, 0, &err), &err);
	assert_ok(second.port.ldevid_key(&second, PLEDGE_ITEM_KEY, BRSKI_KEY_NONE, &again, &err),
	    &err);
	assert_slice_eq(brski_key_spki(again), brski_key_spki(key));
	pledge_posix_close(&second);
	assert_ok(pledge_reset(&pp.port, PLEDGE_RESET_FACTORY, &err), &err);
	assert_int_equal(pp.port.ldevid_key(&pp, PLEDGE_ITEM_KEY, BRSKI_KEY_NONE, &key, &err),
	    BRSKI_E_NOT_FOUND);
	err = (struct brski_err){ 0 };
	pledge_posix_close(&pp);
	brski_buf_clear(&out);
}

static bool is_there(struct folder *f, const char *name);

/* The next key stands beside the one in use until it takes its place, in one move. */
static void
test_next_key(void **state)
{
	struct folder *f = *state;
	struct pledge_posix pp;
	const struct brski_key *key, *next;
	uint8_t spki[BRSKI_SPKI_MAX];
	struct stat st;
	size_t n;

	assert_ok(pledge_posix_open(&pp, f->path, 0, &err), &err);
	assert_int_equal(pp.port.adopt_key(&pp, &err), BRSKI_E_NOT_FOUND);
	err = (struct brski_err){ 0 };
	assert_ok(pp.port.ldevid_key(&pp, PLEDGE_ITEM_KEY, BRSKI_KEY_P256, &key, &err), &err);
	assert_ok(pp.port.ldevid_key(&pp, PLEDGE_ITEM_NEXT_KEY, BRSKI_KEY_P256, &next, &err), &err);
	assert_int_equal(stat(in(f, "ldevid.key.next"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(brski_slice_eq(brski_key_spki(key), brski_key_spki(next)));
	n = next->spki_n;
	memcpy(spki, next->spki, n);
	assert_ok(pp.port.adopt_key(&pp, &err), &err);
	assert_false(is_there(f, "ldevid.key.next"));
	assert_ok(pp.port.ldevid_key(&pp, PLEDGE_ITEM_KEY, BRSKI_KEY_NONE, &key, &err), &err);
	assert_slice_eq(brski_key_spki(key), brski_slice(spki, n));
	assert_int_equal(pp.port.ldevid_key(&pp, PLEDGE_ITEM_NEXT_KEY, BRSKI_KEY_NONE, &next, &err),
	    BRSKI_E_NOT_FOUND);
	err = (struct brski_err){ 0 };
	/* an erased one is not remembered either */
	assert_ok(pp.port.ldevid_key(&pp, PLEDGE_ITEM_NEXT_KEY, BRSKI_KEY_P384, &next, &err), &err);
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_NEXT_KEY, (struct brski_slice){ 0 }, &err), &err);
	assert_int_equal(pp.port.ldevid_key(&pp, PLEDGE_ITEM_NEXT_KEY, BRSKI_KEY_NONE, &next, &err),
	    BRSKI_E_NOT_FOUND);
	err = (struct brski_err){ 0 };
	pledge_posix_close(&pp);
}

/* SIGHUP to a daemon: what it waits for is over, and it goes on. */
static void
test_hup(void **state)
{
	struct folder *f = *state;
	struct pledge_identity id = { .idevid = f->idevid.chain, .key = f->idevid.key };
	struct pledge_posix pp;

	assert_ok(pledge_posix_open(&pp, f->path, 0, &err), &err);
	pp.hears_hup = true;
	assert_ok(pledge_posix_start(&pp, &id, NULL, &err), &err);
	assert_int_equal(raise(SIGHUP), 0);
	pledge_posix_wait(&pp, 60000);
	assert_true(pp.hup);
	assert_false(pp.interrupted);
	pledge_posix_close(&pp);
}

static void
hook_ends(struct pledge_hook *h)
{
	while (pledge_hook_poll(h))
		assert_int_equal(poll(NULL, 0, 1), 0);
}

static void
last_line(void *arg, enum brski_level level, const char *line)
{
	(void)level;
	snprintf(arg, 256, "%s", line);
}

/* It gets the folder and no shell; how it ends is logged; asked for twice meanwhile, run again. */
static void
test_hook(void **state)
{
	static const char text[] = "#!/bin/sh\necho x >>\"$1/ran\"\n";
	struct folder *f = *state;
	char program[64], line[256] = "";
	const struct brski_log log = { BRSKI_LOG_INFO, BRSKI_LOG_LOGFMT, last_line, line };
	struct pledge_hook h = { .folder = f->path, .log = &log };
	struct stat st;

	pledge_hook_run(&h); /* none */
	assert_false(pledge_hook_poll(&h));
	snprintf(program, sizeof(program), "%s", in(f, "hook"));
	h.program = program;
	pledge_hook_run(&h);
	hook_ends(&h);
	assert_non_null(strstr(line, "ended with 127"));
	assert_ok(brski_file_write(program, BRSKI_LIT(text), 0700, &err), &err);
	pledge_hook_run(&h);
	pledge_hook_run(&h);
	pledge_hook_run(&h);
	hook_ends(&h);
	assert_non_null(strstr(line, "was run"));
	assert_int_equal(stat(in(f, "ran"), &st), 0);
	assert_int_equal(st.st_size, 4);
}

/* One that hangs would never be told of the next certificate. */
static void
test_hook_hangs(void **state)
{
	static const char text[] = "#!/bin/sh\n[ -e \"$1/ran\" ] || exec sleep 600 >\"$1/ran\"\n";
	struct folder *f = *state;
	char program[64], line[256] = "";
	const struct brski_log log = { BRSKI_LOG_INFO, BRSKI_LOG_LOGFMT, last_line, line };
	struct pledge_hook h = { .folder = f->path, .log = &log, .limit_s = 1 };

	snprintf(program, sizeof(program), "%s", in(f, "hook"));
	assert_ok(brski_file_write(program, BRSKI_LIT(text), 0700, &err), &err);
	h.program = program;
	pledge_hook_run(&h);
	while (access(in(f, "ran"), F_OK) != 0)
		assert_int_equal(poll(NULL, 0, 1), 0);
	hook_ends(&h);
	assert_non_null(strstr(line, "ended by signal 9"));
	pledge_hook_run(&h);
	hook_ends(&h);
	assert_non_null(strstr(line, "was run"));
}

static bool
is_there(struct folder *f, const char *name)
{
	return access(in(f, name), F_OK) == 0;
}

/* Vouchers and requests are named after their format; one of each, found whatever it is. */
static void
test_files_by_format(void **state)
{
	static const uint8_t cose[] = { 0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0x40, 0x40 };
	struct folder *f = *state;
	struct pledge_posix pp;
	struct brski_buf out = { 0 };
	char path[128];

	assert_ok(pledge_posix_open(&pp, f->path, 0, &err), &err);
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_PVR, BRSKI_LIT("0\x03\x02\x01\x01"), &err), &err);
	assert_true(is_there(f, "pvr.vcj"));
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_PVR, brski_slice(cose, sizeof(cose)), &err), &err);
	assert_true(is_there(f, "pvr.vch"));
	assert_false(is_there(f, "pvr.vcj"));
	assert_ok(pp.port.load(&pp, PLEDGE_ITEM_PVR, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), brski_slice(cose, sizeof(cose)));
	assert_true(pledge_posix_path(&pp, PLEDGE_ITEM_PVR, path, sizeof(path)));
	assert_string_equal(path, in(f, "pvr.vch"));
	assert_ok(pp.port.save(&pp, PLEDGE_ITEM_VOUCHER, brski_slice(cose, sizeof(cose)), &err),
	    &err);
	assert_ok(pledge_reset(&pp.port, PLEDGE_RESET_CONFIG, &err), &err);
	assert_false(is_there(f, "pvr.vch"));
	assert_false(is_there(f, "voucher.vch"));
	pledge_posix_close(&pp);
	brski_buf_clear(&out);
}

/* What is between scheme and end must be a host, and perhaps a port. */
static void
test_coaps_address(void **state)
{
	static const char *const bad[] = { "coaps://", "coaps://:5684", "coaps://[::1",
		"coaps://[]:1", "coaps://[::1]5684", "coaps://h:12345678" };
	struct folder *f = *state;
	struct pledge_identity id = { .idevid = f->idevid.chain, .key = f->idevid.key };
	struct pledge_posix pp;
	size_t i;

	assert_ok(pledge_posix_open(&pp, f->path, 0, &err), &err);
	assert_ok(pledge_posix_start(&pp, &id, NULL, &err), &err);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(pp.port.connect(&pp, bad[i], PLEDGE_AS_IDEVID, &err),
		    BRSKI_E_CONFIG, MAN, &err);
	assert_ok(pp.port.connect(&pp, "coaps://[fe80::1%25eth0]", PLEDGE_AS_IDEVID, &err), &err);
	assert_ok(pp.port.connect(&pp, "coaps://localhost:5684", PLEDGE_AS_IDEVID, &err), &err);
	pledge_posix_close(&pp);
}

static void
test_clock(void **state)
{
	struct folder *f = *state;
	struct pledge_posix pp;
	uint8_t a[16], b[16];

	assert_ok(pledge_posix_open(&pp, f->path, 0, &err), &err);
	pp.no_clock = true;
	assert_int_equal(pp.port.now(&pp), BRSKI_TIME_UNKNOWN);
	assert_true(pp.port.ticks_ms(&pp) <= pp.port.ticks_ms(&pp));
	pp.port.random(&pp, a, sizeof(a));
	pp.port.random(&pp, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	pledge_posix_close(&pp);
}

/* What report() prints about s. */
static char *
printed(const struct pledge_posix *pp, const struct pledge_summary *s, bool json)
{
	static char text[2048];
	FILE *to = fmemopen(text, sizeof(text), "w");

	assert_non_null(to);
	assert_ok(pledge_report(pp, s, json, to, &err), &err);
	fclose(to);
	return text;
}

static void
test_report(void **state)
{
	const struct brski_err why = { BRSKI_E_NONCE, "RFC 8995 5.6.1", "nonce \"missing\"" };
	struct pledge_summary s = { PLEDGE_ENROLLED, BRSKI_LIT("QS-1"), "coaps://r:1", NULL, 0 };
	struct pledge_posix pp = { .dir = "/d", .lock = -1 };

	(void)state;
	assert_string_equal(printed(&pp, &s, false),
	    "enrolled serial=QS-1 registrar=coaps://r:1 transport=coaps ldevid=/d/ldevid.pem\n");
	assert_string_equal(printed(&pp, &s, true),
	    "{\"version\":1,\"state\":\"enrolled\",\"enrolled\":true,\"serial\":\"QS-1\","
	    "\"registrar\":\"coaps://r:1\",\"transport\":\"coaps\",\"ldevid\":\"/d/ldevid.pem\","
	    "\"key\":\"/d/ldevid.key\",\"trust\":\"/d/trust.pem\","
	    "\"voucher\":\"/d/voucher.vcj\",\"request\":\"/d/pvr.vcj\"}\n");
	s = (struct pledge_summary){ PLEDGE_DISCOVER, { 0 }, "", &why, 0 };
	assert_string_equal(printed(&pp, &s, false), "discover\n");
	assert_string_equal(printed(&pp, &s, true),
	    "{\"version\":1,\"state\":\"discover\",\"enrolled\":false,\"reason\":{\"rc\":"
	    "\"E_NONCE\",\"spec\":\"RFC 8995 5.6.1\",\"detail\":\"nonce \\\"missing\\\"\"}}\n");
}

/* How long the certificate lives, when it is due, how often it was renewed. */
static void
test_report_life(void **state)
{
	struct pledge_summary s = { PLEDGE_ENROLLED, { 0 }, "", NULL, 3 };
	struct folder *f = *state;
	struct tu_id ldevid = { 0 };
	struct pledge_posix pp = { .dir = f->path, .lock = -1 };
	char *text;

	tu_ldevid(&ldevid, &f->mfr, "QS-1");
	write_pem(f, "ldevid.pem", &ldevid, false);
	write_pem(f, "trust.pem", &f->mfr, false);
	text = printed(&pp, &s, true);
	assert_non_null(strstr(text, "\"not_after\":\"2049-12-30T23:59:59Z\""));
	assert_non_null(strstr(text, "\"renewal_due\":\"20"));
	assert_non_null(strstr(text, "\"renewals\":3}"));
	text = printed(&pp, &s, false);
	assert_non_null(strstr(text, " not_after=2049-12-30T23:59:59Z renewals=3\n"));
	s.state = PLEDGE_DISCOVER;
	assert_null(strstr(printed(&pp, &s, true), "not_after"));
	tu_id_clear(&ldevid);
}

/* The exit codes of brski-pledge(1). */
static void
test_exit_codes(void **state)
{
	static const struct {
		enum brski_rc rc;
		int code;
	} cases[] = { { BRSKI_OK, 0 }, { BRSKI_E_NONCE, 1 }, { BRSKI_E_FORBIDDEN, 1 },
		{ BRSKI_E_PENDING, 3 }, { BRSKI_E_UNAVAILABLE, 3 }, { BRSKI_E_IO, 4 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct brski_err why = { .rc = cases[i].rc };

		assert_int_equal(pledge_exit_code(&why), cases[i].code);
	}
}

/* What happened, by which clause, what to do next. */
static void
test_complain(void **state)
{
	const struct brski_err why = { BRSKI_E_PIN, "RFC 8995 5.6.2", "not of the domain" };
	char text[512] = "";
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)state;
	pledge_complain("https://r:1", &why, to);
	fclose(to);
	assert_non_null(
	    strstr(text, "brski-pledge: https://r:1: not of the domain (RFC 8995 5.6.2). The"));
}

/* Nobody is there who could have to admit the device. */
static void
test_complain_alone(void **state)
{
	static const char *const links[] = { "lan", "wan" };
	char text[512] = "";
	FILE *to;

	(void)state;
	to = fmemopen(text, sizeof(text), "w");
	pledge_complain_alone(links, 2, to);
	fclose(to);
	assert_non_null(
	    strstr(text, "no registrar or join proxy has answered yet on lan, wan. Is"));
	assert_null(strstr(text, "admit"));
	to = fmemopen(text, sizeof(text), "w");
	pledge_complain_alone(NULL, 0, to);
	fclose(to);
	assert_non_null(strstr(text, "answered yet on any interface. Is"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_args),
		cmocka_unit_test(test_coaps),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_registrar_url),
		TEST(test_identity),
		TEST(test_folder),
		TEST(test_next_key),
		TEST(test_hup),
		TEST(test_hook),
		TEST(test_hook_hangs),
		TEST(test_files_by_format),
		TEST(test_coaps_address),
		TEST(test_clock),
		cmocka_unit_test(test_report),
		TEST(test_report_life),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_complain),
		cmocka_unit_test(test_complain_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

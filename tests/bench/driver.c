/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many pledges in one go, against real daemons: libpledge with its Linux port, WORKERS processes
 * forked from one, each commissioning its share of the devices one after the other. What a start of
 * brski-pledge costs is not in it.
 *
 * usage: driver REGISTRAR_URL MASA_ANCHORS FOLDER PREFIX FIRST COUNT WORKERS [classical|voucher]
 *	devices are FOLDER/PREFIX<number>/idevid.{pem,key}; their state goes there too
 *	voucher: they stop where they would enrol
 * Prints "enrolled=N failed=N seconds=S"; exit 0 when none failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "pledge/port_posix.h"

#define DEVICE_SECONDS 60

struct job {
	const char *registrar, *anchors, *folder, *prefix;
	int first, count, workers;
	bool classical; /* no hybrid key exchange */
	enum pledge_state end;
};

static void
complain(const char *what, int n, const struct brski_err *err)
{
	(void)fprintf(stderr, "driver: device %d: %s: %s %s\n", n, what, brski_rc_name(err->rc),
	    err->detail);
}

static bool
step_until(enum pledge_state last, struct pledge_posix *pp, struct pledge *p, int n)
{
	uint64_t end = pp->port.ticks_ms(pp->port.arg) + DEVICE_SECONDS * 1000;
	struct brski_err err = { 0 };
	uint32_t wait_ms = 0;

	while (pledge_state(p) != last && pp->port.ticks_ms(pp->port.arg) < end) {
		struct brski_err why = { 0 };
		enum brski_rc rc = pledge_step(p, &wait_ms, &why);

		if (rc != BRSKI_OK && rc != BRSKI_E_PENDING) {
			err = why;
			err.rc = rc;
			complain("step", n, &err);
			return false; /* a measurement wants no second attempt */
		}
		if (wait_ms != 0 && pledge_state(p) != last)
			pledge_posix_wait(pp, wait_ms);
	}
	return pledge_state(p) == last;
}

static bool
commission(const struct job *j, int n)
{
	char dir[512], cert[544], key[544];
	const char *registrars[] = { j->registrar };
	const struct pledge_fixed list = { registrars, 1 };
	const struct pledge_source source = pledge_source_fixed(&list);
	const struct pledge_args args = { .idevid_cert = cert,
		.idevid_key = key,
		.anchors = { j->anchors },
		.anchors_n = 1 };
	struct pledge_identity id = { 0 };
	struct pledge_posix pp;
	struct pledge p;
	struct brski_err err = { 0 };
	bool done = false;

	(void)snprintf(dir, sizeof(dir), "%s/%s%d", j->folder, j->prefix, n);
	(void)snprintf(cert, sizeof(cert), "%s/idevid.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/idevid.key", dir);
	if (pledge_posix_open(&pp, dir, PLEDGE_DIR_LOCK, &err) != BRSKI_OK) {
		complain(dir, n, &err);
		return false;
	}
	pp.classical = j->classical;
	pp.port.sources = &source;
	pp.port.sources_n = 1;
	if (pledge_identity_load(&args, &id, &err) == BRSKI_OK &&
	    pledge_posix_start(&pp, &id, NULL, &err) == BRSKI_OK) {
		const struct pledge_conf conf = { .idevid = &id.idevid,
			.idevid_key = &id.key,
			.anchors = &id.anchors };

		if (pledge_init(&p, &pp.port, &conf, &err) == BRSKI_OK) {
			done = step_until(j->end, &pp, &p, n);
			pledge_clear(&p);
		}
	}
	if (err.rc != BRSKI_OK)
		complain("start", n, &err);
	pledge_posix_close(&pp);
	pledge_identity_clear(&id);
	return done;
}

/* One worker's share; the number of failures is its exit status. */
static int
work(const struct job *j, int worker)
{
	int failed = 0;

	for (int n = worker; n < j->count; n += j->workers)
		if (!commission(j, j->first + n))
			failed++;
	return failed < 255 ? failed : 255;
}

static int
run(const struct job *j)
{
	int failed = 0, status;
	pid_t pid;

	for (int i = 0; i < j->workers; i++) {
		if ((pid = fork()) == 0)
			_exit(work(j, i));
		if (pid == -1) {
			perror("fork");
			exit(1);
		}
	}
	while (wait(&status) > 0)
		failed += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	return failed;
}

int
main(int argc, char **argv)
{
	struct timespec from, to;
	struct job j;
	const char *how;
	int failed;

	if (argc != 8 && argc != 9) {
		(void)fprintf(stderr,
		    "usage: driver REGISTRAR_URL MASA_ANCHORS FOLDER PREFIX FIRST COUNT WORKERS"
		    " [classical|voucher]\n");
		return 2;
	}
	how = argc == 9 ? argv[8] : "";
	j = (struct job){ argv[1], argv[2], argv[3], argv[4], (int)strtol(argv[5], NULL, 10),
		(int)strtol(argv[6], NULL, 10), (int)strtol(argv[7], NULL, 10),
		strcmp(how, "classical") == 0,
		strcmp(how, "voucher") == 0 ? PLEDGE_ENROLL : PLEDGE_ENROLLED };
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	failed = run(&j);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	(void)printf("enrolled=%d failed=%d seconds=%.3f\n", j.count - failed, failed,
	    (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
	return failed == 0 ? 0 : 1;
}

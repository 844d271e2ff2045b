/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Linux program in place of a board: onboards one pledge, renews its LDevID as often as it is
 * told, and prints it. What has to last stands in RAM, where a product has flash, so that each run
 * starts at the factory.
 *
 * usage: pledge FOLDER coaps://ADDRESS:PORT ANCHOR [RENEWALS]
 * FOLDER holds idevid.pem and idevid.key. ANCHOR: who signs the MASA's vouchers, which come without
 * certificates (cBRSKI 9.2), PEM.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"
#include "embed/port.h"

#ifndef EMBED_ARENA
#define EMBED_ARENA (48 * 1024)
#endif
#define FILE_MAX 8192
#define FAILURES 3 /* then it gives up, which a product does not */

static alignas(max_align_t) uint8_t arena[EMBED_ARENA];
static struct brski_heap *heap;
static struct brski_buf items[PLEDGE_ITEMS];
static int fd;

uint64_t
board_ticks(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* A device fresh from the box has no clock that can be trusted. */
int64_t
board_now(void *arg)
{
	(void)arg;
	return BRSKI_TIME_UNKNOWN;
}

/* What wolfSSL wants, see user_settings.h. */
uint32_t
LowResTimer(void)
{
	return (uint32_t)(board_ticks(NULL) / 1000);
}

int
embed_seed(unsigned char *out, unsigned int n)
{
	return getrandom(out, n, 0) == (ssize_t)n ? 0 : -1;
}

enum brski_rc
board_load(void *arg, enum pledge_item item, struct brski_buf *out, struct brski_err *err)
{
	(void)arg;
	if (items[item].n == 0)
		return BRSKI_E_NOT_FOUND;
	return brski_buf_append(out, brski_buf_slice(&items[item]), err);
}

enum brski_rc
board_save(void *arg, enum pledge_item item, struct brski_slice bytes, struct brski_err *err)
{
	(void)arg;
	items[item].heap = heap;
	brski_buf_wipe(&items[item]);
	return brski_slice_present(bytes) ? brski_buf_append(&items[item], bytes, err) : BRSKI_OK;
}

void
board_send(const void *p, size_t n)
{
	if (send(fd, p, n, 0) == -1)
		return; /* lost, as it could be on the way */
}

int
board_recv(void *p, size_t n)
{
	ssize_t got = recv(fd, p, n, MSG_DONTWAIT);

	return got > 0 ? (int)got : 0;
}

bool
board_wait(uint32_t ms)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, (int)ms) > 0;
}

static bool
dial(const char *url)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char host[32];
	unsigned port;

	if (sscanf(url, "coaps://%31[0-9.]:%5u", host, &port) != 2 ||
	    inet_pton(AF_INET, host, &to.sin_addr) != 1)
		return false;
	to.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd != -1 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
}

static struct brski_slice
file(const char *folder, const char *name, char text[FILE_MAX])
{
	char path[1024];
	ssize_t n = -1;
	int in;

	(void)snprintf(path, sizeof(path), "%s%s", folder, name);
	if ((in = open(path, O_RDONLY)) != -1) {
		n = read(in, text, FILE_MAX);
		close(in);
	}
	return brski_slice(text, n > 0 ? (size_t)n : 0);
}

static void
log_line(void *arg, enum brski_level level, const char *line)
{
	(void)arg;
	(void)level;
	if (write(2, line, strlen(line)) == -1 || write(2, "\n", 1) == -1)
		return; /* nobody listens */
}

/* Identity and anchor from the files, as a factory burns them in. */
static enum brski_rc
provision(char **argv, struct pledge_port *port, struct pledge_conf *conf, struct brski_err *err)
{
	static char idevid[FILE_MAX], key[FILE_MAX], anchor[FILE_MAX];
	struct brski_slice pem = file(argv[1], "/idevid.key", key), label;
	struct brski_buf der = { .heap = heap };
	enum brski_rc rc;

	while ((rc = brski_pem_next(&pem, &label, &der, err)) == BRSKI_OK &&
	    !brski_slice_eq(label, BRSKI_LIT("PRIVATE KEY")) &&
	    !brski_slice_eq(label, BRSKI_LIT("EC PRIVATE KEY")))
		brski_buf_reset(&der);
	if (rc == BRSKI_OK)
		rc = embed_start(heap, file(argv[1], "/idevid.pem", idevid), brski_buf_slice(&der),
		    file("", argv[3], anchor), port, conf, err);
	brski_buf_wipe(&der);
	return rc;
}

/* Renewal is not waited for here: it is asked for. */
static bool
is_done(struct pledge *p, uint32_t renewals)
{
	if (pledge_state(p) != PLEDGE_ENROLLED)
		return false;
	if (pledge_renewals(p) == renewals)
		return true;
	pledge_renew_now(p);
	return false;
}

/* RFC 8995 Figure 2, until ENROLLED, and again from there. */
static bool
onboard(const struct pledge_port *port, const struct pledge_conf *conf, uint32_t renewals)
{
	static struct pledge p;
	struct brski_err err = { 0 };
	uint32_t wait_ms;
	int failures = 0;
	enum brski_rc rc;

	if (pledge_init(&p, port, conf, &err) != BRSKI_OK)
		return false;
	while (!is_done(&p, renewals) && failures < FAILURES) {
		rc = pledge_step(&p, &wait_ms, &err);
		failures += rc != BRSKI_OK && rc != BRSKI_E_PENDING;
		err = (struct brski_err){ 0 };
		if (pledge_state(&p) != PLEDGE_ENROLLED && wait_ms > 0)
			(void)poll(NULL, 0, (int)wait_ms);
	}
	pledge_clear(&p);
	return failures < FAILURES;
}

int
main(int argc, char **argv)
{
	static const struct brski_log log = { BRSKI_LOG_INFO, BRSKI_LOG_LOGFMT, log_line, NULL };
	struct pledge_fixed registrar = { (const char *const *)&argv[2], 1 };
	struct pledge_source source = pledge_source_fixed(&registrar);
	struct pledge_port port;
	struct pledge_conf conf;
	struct brski_err err = { 0 };

	if ((argc != 4 && argc != 5) || !dial(argv[2])) {
		fprintf(stderr, "usage: pledge FOLDER coaps://ADDRESS:PORT ANCHOR [RENEWALS]\n");
		return 2;
	}
	heap = brski_heap_init(arena, sizeof(arena));
	if (provision(argv, &port, &conf, &err) != BRSKI_OK) {
		fprintf(stderr, "%s: %s\n", brski_rc_name(err.rc), err.detail);
		return 1;
	}
	port.sources = &source;
	port.sources_n = 1;
	port.log = &log;
	conf.renew = argc == 5;
	if (!onboard(&port, &conf, conf.renew ? (uint32_t)strtoul(argv[4], NULL, 10) : 0))
		return 1;
	fprintf(stderr, "heap: %zu of %zu bytes at most\n", brski_heap_peak(heap), sizeof(arena));
	printf("%.*s", (int)items[PLEDGE_ITEM_LDEVID].n, (char *)items[PLEDGE_ITEM_LDEVID].p);
	return 0;
}

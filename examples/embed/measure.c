/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into pledge-measured beside port.c and board.c. From pledge_init() to ENROLLED
 * - every malloc(), whoever calls it, the C library included, aborts;
 * - the stack below is painted, so that what was used can be seen;
 * - what goes through the socket is counted.
 * One line with the figures goes to stderr. In the environment, EMBED_ARENA=BYTES makes the arena
 * smaller and the first failure the last, to find how small it may be; EMBED_MALLOC=1 calls
 * malloc(), to see that it is seen.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>
#include "embed/port.h"

#define STACK      (512 * 1024)
#define POOL       (1024 * 1024)
#define PAINT      0xa5
#define BELOW_HERE 512 /* of our own frames stay unpainted */

int board_main(int argc, char **argv);
enum brski_rc __real_pledge_init(struct pledge *p, const struct pledge_port *port,
    const struct pledge_conf *conf, struct brski_err *err);
enum brski_rc __wrap_pledge_init(struct pledge *p, const struct pledge_port *port,
    const struct pledge_conf *conf, struct brski_err *err);
enum brski_rc __real_pledge_step(struct pledge *p, uint32_t *wait_ms, struct brski_err *err);
enum brski_rc __wrap_pledge_step(struct pledge *p, uint32_t *wait_ms, struct brski_err *err);
void __real_pledge_clear(struct pledge *p);
void __wrap_pledge_clear(struct pledge *p);
void __real_board_send(const void *p, size_t n);
void __wrap_board_send(const void *p, size_t n);
int __real_board_recv(void *p, size_t n);
int __wrap_board_recv(void *p, size_t n);
struct brski_heap *__real_brski_heap_init(void *mem, size_t n);
struct brski_heap *__wrap_brski_heap_init(void *mem, size_t n);

static alignas(16) uint8_t stack[STACK], pool[POOL];
static uint8_t *top; /* of the stack when pledge_init() was called */
static size_t pool_n, sent, sent_bytes, received, received_bytes;
static bool armed;
static ucontext_t outside, inside;
static int main_argc, main_rc;
static char **main_argv;

/* The one malloc() there is: before pledge_init() and afterwards it gives, and never takes. */
static void *
take(size_t n)
{
	static const char words[] = "malloc() between pledge_init() and ENROLLED\n";
	void *p = pool + pool_n;

	if (armed) {
		if (write(2, words, sizeof(words) - 1) != -1)
			abort();
		abort();
	}
	n = (n + 15) / 16 * 16;
	if (n > POOL - pool_n)
		return NULL;
	pool_n += n;
	return p;
}

void *
malloc(size_t n)
{
	return take(n);
}

void *
calloc(size_t n, size_t size)
{
	return take(n * size); /* of static zeros */
}

void *
realloc(void *p, size_t n)
{
	uint8_t *to = take(n);
	size_t most = (size_t)(pool + POOL - (uint8_t *)p);

	if (p != NULL && to != NULL)
		memmove(to, p, n < most ? n : most);
	return to;
}

void *
memalign(size_t align, size_t n)
{
	return align <= 16 ? take(n) : NULL;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

void
free(void *p)
{
	(void)p;
}

enum brski_rc
__wrap_pledge_init(struct pledge *p, const struct pledge_port *port, const struct pledge_conf *conf,
    struct brski_err *err)
{
	uint8_t *at;

	top = __builtin_frame_address(0);
	for (at = stack; at < top - BELOW_HERE; at++)
		*(volatile uint8_t *)at = PAINT;
	sent = sent_bytes = received = received_bytes = 0;
	armed = true;
	return __real_pledge_init(p, port, conf, err);
}

enum brski_rc
__wrap_pledge_step(struct pledge *p, uint32_t *wait_ms, struct brski_err *err)
{
	enum brski_rc rc = __real_pledge_step(p, wait_ms, err);

	if (rc != BRSKI_OK && rc != BRSKI_E_PENDING && getenv("EMBED_ARENA") != NULL)
		_exit(1);
	return rc;
}

void
__wrap_pledge_clear(struct pledge *p)
{
	bool enrolled = pledge_state(p) == PLEDGE_ENROLLED;
	uint8_t *at = stack;

	if (armed && enrolled) {
		armed = false;
		while (*at == PAINT)
			at++;
		fprintf(stderr,
		    "pledge=%zu stack=%zu sent=%zu sent_bytes=%zu received=%zu "
		    "received_bytes=%zu\n",
		    sizeof(*p), (size_t)(top - at), sent, sent_bytes, received, received_bytes);
	}
	__real_pledge_clear(p);
}

void
__wrap_board_send(const void *p, size_t n)
{
	if (getenv("EMBED_MALLOC") != NULL)
		free(malloc(1));
	sent++;
	sent_bytes += n;
	__real_board_send(p, n);
}

int
__wrap_board_recv(void *p, size_t n)
{
	int got = __real_board_recv(p, n);

	received += got > 0;
	received_bytes += got > 0 ? (size_t)got : 0;
	return got;
}

struct brski_heap *
__wrap_brski_heap_init(void *mem, size_t n)
{
	const char *less = getenv("EMBED_ARENA");

	return __real_brski_heap_init(mem, less != NULL ? (size_t)atoi(less) : n);
}

static void
run(void)
{
	main_rc = board_main(main_argc, main_argv);
}

int
main(int argc, char **argv)
{
	main_argc = argc;
	main_argv = argv;
	if (getcontext(&inside) == -1)
		return 1;
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = sizeof(stack);
	inside.uc_link = &outside;
	makecontext(&inside, run, 0);
	return swapcontext(&outside, &inside) == -1 ? 1 : main_rc;
}

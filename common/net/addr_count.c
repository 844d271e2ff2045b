/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "net/addr_count.h"

struct brski_addr_entry {
	struct brski_addr_entry *next;
	uint8_t key[16];
	unsigned n;
};

/* IPv4 addresses take the place that IPv6 has for them. */
static void
make_key(const struct sockaddr *sa, uint8_t key[16])
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;

	memset(key, 0, 16);
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(key, &in6.sin6_addr, 16);
	} else if (sa->sa_family == AF_INET) {
		memcpy(&in4, sa, sizeof(in4));
		key[10] = key[11] = 0xff;
		memcpy(key + 12, &in4.sin_addr, 4);
	}
}

/* Whoever fills one bucket only makes connections slow to count, and has a limit per address. */
static size_t
bucket(const uint8_t key[16])
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < 16; i++)
		h = (h ^ key[i]) * 16777619u;
	return (h ^ h >> 16) % 256;
}

struct brski_addr_entry *
brski_addr_take(struct brski_addr_count *t, const struct sockaddr *sa, unsigned max)
{
	struct brski_addr_entry *e;
	uint8_t key[16];
	size_t b;

	make_key(sa, key);
	b = bucket(key);
	for (e = t->buckets[b]; e != NULL && memcmp(e->key, key, sizeof(key)) != 0; e = e->next)
		;
	if (e == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return NULL;
		memcpy(e->key, key, sizeof(key));
		e->next = t->buckets[b];
		t->buckets[b] = e;
	}
	/* an entry that stays has one connection at least: max is not 0 */
	if (e->n >= max)
		return NULL;
	e->n++;
	return e;
}

void
brski_addr_release(struct brski_addr_count *t, struct brski_addr_entry *e)
{
	struct brski_addr_entry **at;

	if (e == NULL || --e->n > 0)
		return;
	for (at = &t->buckets[bucket(e->key)]; *at != e; at = &(*at)->next)
		;
	*at = e->next;
	free(e);
}

unsigned
brski_addr_held(const struct brski_addr_entry *e)
{
	return e->n;
}

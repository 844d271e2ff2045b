/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where registrars say that they are, as a join proxy takes it: never a group, nor this machine,
 * nor a link-local address of another link. The first octet says who says so.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "net/listen.h"
#include "net/udp_group.h"
#include "pledge/jp_place.h"

#define SCOPE 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sockaddr_storage
who(uint8_t first)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&ss;
	struct sockaddr_in *four = (struct sockaddr_in *)&ss;

	if (first % 3 == 0) {
		four->sin_family = AF_INET;
		four->sin_addr.s_addr = htonl(0xc0000201);
		return ss;
	}
	six->sin6_family = AF_INET6;
	six->sin6_scope_id = first % 3 == 1 ? SCOPE : 0;
	if (inet_pton(AF_INET6, first % 3 == 1 ? "fe80::1" : "2001:db8::1", &six->sin6_addr) != 1)
		abort();
	return ss;
}

static void
judge(const struct jp_place *p, uint8_t first)
{
	const struct sockaddr *at = (const struct sockaddr *)&p->at;
	struct sockaddr_storage copy = p->at;

	if ((p->transport != JP_COAPS && p->transport != JP_JPY) || !jp_place_fit(p) ||
	    !jp_place_same(p, p) || *brski_listen_port(&copy) == 0 || udp_address_is_group(at))
		abort();
	if (udp_address_is_link_local(at) &&
	    (first % 3 != 1 || ((const struct sockaddr_in6 *)at)->sin6_scope_id != SCOPE))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_storage from;
	struct jp_place p;
	struct brski_slice at;
	struct brski_link l;

	if (size == 0)
		return 0;
	from = who(data[0]);
	at = brski_slice(data + 1, size - 1);
	while (brski_link_next(&at, &l, NULL) == BRSKI_OK) {
		(void)jp_place_parse(l.target, &p);
		if (jp_place_of_link(&l, (struct sockaddr *)&from, &p) == JP_LINK_PLACE)
			judge(&p, data[0]);
	}
	return 0;
}

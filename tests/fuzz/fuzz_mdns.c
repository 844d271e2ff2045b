/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer's DNS-SD records: flags, port, length of the address, address, instance. What is taken is
 * printable, and a name that a socket can be made of.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "net/mdns_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t cap)
{
	size_t i, n = strnlen(text, cap);

	if (n == cap)
		abort();
	for (i = 0; i < n; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			abort();
}

static void
check_address(const struct brski_mdns_found *f)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	char host[BRSKI_MDNS_ADDRESS_MAX];
	struct addrinfo *list;
	char *port;

	memcpy(host, f->address, sizeof(host));
	if ((port = strrchr(host, ':')) == NULL)
		abort();
	*port++ = '\0';
	if (host[0] == '[') {
		if (port[-2] != ']')
			abort();
		port[-2] = '\0';
	}
	if (getaddrinfo(host[0] == '[' ? host + 1 : host, port, &hints, &list) != 0)
		abort();
	freeaddrinfo(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdns_record r = { .interface = "lo", .index = 1 };
	struct brski_mdns_found f;
	size_t n;

	if (size < 4)
		return 0;
	n = data[3] < size - 4 ? data[3] : size - 4;
	r.loopback = (data[0] & 1) != 0;
	r.port = (uint16_t)(data[1] << 8 | data[2]);
	r.address = brski_slice(data + 4, n);
	r.instance = brski_slice(data + 4 + n, size - 4 - n);
	if (!mdns_judge(&r, &f))
		return 0;
	if (r.port == 0 || f.interface != r.index)
		abort();
	check_text(f.instance, sizeof(f.instance));
	check_address(&f);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a neighbour answers by plain CoAP, as a pledge takes it: candidates on that link alone. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "pledge/source_coap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char start[] = "coaps://[fe", zone[] = "%eth0]:";
	struct brski_slice at = brski_slice(data, size);
	struct sockaddr_in6 from = { .sin6_family = AF_INET6, .sin6_scope_id = 2 };
	char name[PLEDGE_CANDIDATE_MAX];
	struct brski_link l;
	const char *port;

	if (inet_pton(AF_INET6, "fe80::1", &from.sin6_addr) != 1)
		abort();
	while (brski_link_next(&at, &l, NULL) == BRSKI_OK) {
		if (!pledge_source_coap_judge(&l, (struct sockaddr *)&from, "eth0", name))
			continue;
		if (strncmp(name, start, strlen(start)) != 0 ||
		    (port = strstr(name, zone)) == NULL || atoi(port + strlen(zone)) < 1 ||
		    atoi(port + strlen(zone)) > UINT16_MAX)
			abort();
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A neighbour's mDNS datagram: what is whole stays so with more behind it. */
#include <stdlib.h>
#include <string.h>

#include "net/mdns_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t longer[MDNS_DATAGRAM_MAX];

	if (size >= sizeof(longer) || !mdns_is_wholesome(brski_slice(data, size)))
		return 0;
	memcpy(longer, data, size);
	longer[size] = 0xff;
	if (size < 12 || !mdns_is_wholesome(brski_slice(longer, size + 1)))
		abort();
	return 0;
}

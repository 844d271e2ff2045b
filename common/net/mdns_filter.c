/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mdns_filter.h"

#define HEADER     12 /* octets; RFC 1035 4.1.1 */
#define QUESTION   4  /* type and class behind the name, 4.1.2 */
#define RECORD     10 /* type, class, ttl, length behind the name, 4.1.3 */
#define TYPE_CNAME 5  /* 3.2.2 */
#define LABEL_MAX  63 /* 2.3.4 */
#define POINTER    0xc0

static bool
skip(struct brski_slice *in, size_t n)
{
	if (in->n < n)
		return false;
	*in = brski_slice(in->p + n, in->n - n);
	return true;
}

static unsigned
number_at(struct brski_slice in, size_t at)
{
	return (unsigned)in.p[at] << 8 | in.p[at + 1];
}

/* Labels up to the empty one or a pointer, 4.1.4; where that leads does not matter here. */
static bool
skip_name(struct brski_slice *in)
{
	uint8_t label;

	while (in->n > 0) {
		label = in->p[0];
		if ((label & POINTER) == POINTER)
			return skip(in, 2);
		if (label > LABEL_MAX || !skip(in, 1 + (size_t)label))
			return false;
		if (label == 0)
			return true;
	}
	return false;
}

static bool
skip_record(struct brski_slice *in)
{
	unsigned type, length;

	if (!skip_name(in) || in->n < RECORD)
		return false;
	type = number_at(*in, 0);
	length = number_at(*in, RECORD - 2);
	return type != TYPE_CNAME && skip(in, RECORD + (size_t)length);
}

bool
mdns_is_wholesome(struct brski_slice datagram)
{
	struct brski_slice in = datagram;
	unsigned questions, records;

	if (datagram.n > MDNS_DATAGRAM_MAX || !skip(&in, HEADER))
		return false;
	questions = number_at(datagram, 4);
	records = number_at(datagram, 6) + number_at(datagram, 8) + number_at(datagram, 10);
	for (; questions > 0; questions--)
		if (!skip_name(&in) || !skip(&in, QUESTION))
			return false;
	for (; records > 0; records--)
		if (!skip_record(&in))
			return false;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A CoAP message. What we take, we can write, and it says the same. */
#include <stdlib.h>
#include "coap/coap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM 70000

static void
copy_options(const struct brski_coap_message *m, struct brski_coap_writer *w)
{
	struct brski_slice at = m->options, found;
	struct brski_coap_option_view o;
	struct brski_coap_block b;
	unsigned number = 0;
	uint32_t v;

	while (brski_coap_option_next(&at, &number, &o)) {
		(void)brski_coap_option_find(m, o.number, &found);
		(void)brski_coap_uint(o.value, &v);
		(void)brski_coap_block_read(o.value, &b);
		brski_coap_put(w, o.number, o.value);
	}
	/* a decoded message has nothing left over */
	if (at.n > 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[ROOM], once_more[ROOM];
	struct brski_coap_message m, again;
	struct brski_coap_writer w;
	uint8_t empty[4];
	size_t n;

	if (size > ROOM / 2)
		return 0;
	if (brski_coap_decode(brski_slice(data, size), &m, NULL) != BRSKI_OK) {
		(void)brski_coap_reject(brski_slice(data, size), empty);
		return 0;
	}
	(void)brski_coap_critical(&m);
	w = brski_coap_begin(out, sizeof(out), m.type, m.code, m.mid, m.token);
	copy_options(&m, &w);
	brski_coap_put_payload(&w, m.payload);
	n = w.n;
	/* ours may be shorter, not longer; and it is the same again */
	if (w.full || n > size || brski_coap_decode(brski_slice(out, n), &again, NULL) != BRSKI_OK)
		abort();
	w = brski_coap_begin(once_more, sizeof(once_more), again.type, again.code, again.mid,
	    again.token);
	copy_options(&again, &w);
	brski_coap_put_payload(&w, again.payload);
	if (!brski_slice_eq(brski_slice(out, n), brski_slice(once_more, w.n)) ||
	    !brski_slice_eq(m.payload, again.payload))
		abort();
	return 0;
}

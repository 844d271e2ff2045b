/* SPDX-License-Identifier: Apache-2.0 */
/* A voucher's or voucher-request's CBOR. What we take, we can write, and it says the same. */
#include <stdlib.h>
#include "voucher/voucher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct brski_voucher *a, const struct brski_voucher *b)
{
	size_t i;

	if (a->kind != b->kind || a->assertion != b->assertion || !brski_nonce_eq(a, b) ||
	    a->created_on.at != b->created_on.at)
		abort();
	for (i = 0; i < brski_leaves_n; i++)
		if (brski_leaves[i].sid[a->kind] != 0 &&
		    !brski_slice_eq(brski_leaf_slice(a, &brski_leaves[i]),
		        brski_leaf_slice(b, &brski_leaves[i])))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_voucher v, again = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_buf out = { 0 };

	if (brski_voucher_decode_cbor(brski_slice(data, size), &v, NULL) == BRSKI_OK) {
		if (brski_voucher_encode_cbor(&v, &out, NULL) != BRSKI_OK ||
		    brski_voucher_decode_cbor(brski_buf_slice(&out), &again, NULL) != BRSKI_OK)
			abort();
		check_same(&v, &again);
	}
	brski_voucher_clear(&v);
	brski_voucher_clear(&again);
	brski_buf_clear(&out);
	return 0;
}

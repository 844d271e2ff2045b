/* SPDX-License-Identifier: Apache-2.0 */
#include "message/status.h"

#include "base/text.h"
#include "message/with.h"

const struct brski_status_form brski_status_forms[] = {
#if BRSKI_WITH_CMS
	{ "application/json", brski_status_decode_json, brski_status_encode_json },
#endif
#if BRSKI_WITH_COSE
	{ "application/cbor", brski_status_decode_cbor, brski_status_encode_cbor },
#endif
};
const size_t brski_status_forms_n = sizeof(brski_status_forms) / sizeof(brski_status_forms[0]);

const struct brski_status_form *
brski_status_form_find(struct brski_slice media_type)
{
	size_t i;

	for (i = 0; i < brski_status_forms_n; i++)
		if (brski_text_media_eq(media_type, brski_status_forms[i].media_type))
			return &brski_status_forms[i];
	return NULL;
}

/* UTF-8 without control characters: C0, DEL, and C1, which is C2 80..9F. */
bool
brski_status_set_reason(struct brski_status *s, struct brski_slice in)
{
	char *out = s->reason;
	size_t i;

	if (in.n >= sizeof(s->reason))
		return false;
	for (i = 0; i < in.n; i++) {
		bool c1 = in.p[i] == 0xc2 && i + 1 < in.n && in.p[i + 1] < 0xa0;

		out[i] = in.p[i] < 0x20 || in.p[i] == 0x7f || c1 ? '?' : (char)in.p[i];
		if (c1)
			out[++i] = '?';
	}
	out[in.n] = '\0';
	return true;
}

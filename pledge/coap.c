/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/coap.h"

struct brski_coap_request
pledge_coap_request(const struct pledge_request *r, struct brski_slice body)
{
	return (struct brski_coap_request){ .code = r->post ? BRSKI_COAP_POST : BRSKI_COAP_GET,
		.path = r->path,
		.content_format = r->media != NULL ? brski_coap_content_format(r->media) : -1,
		.accept = r->accept != NULL ? brski_coap_content_format(r->accept) : -1,
		.body = body };
}

void
pledge_coap_answer(const struct brski_coap_answer *c, struct pledge_answer *a)
{
	const char *media = NULL;
	size_t n;

	if (c->content_format >= 0)
		media = brski_coap_media_type((unsigned)c->content_format);
	n = media != NULL ? strlen(media) : 0;
	if (n >= sizeof(a->media))
		n = 0;
	if (n > 0)
		memcpy(a->media, media, n);
	a->media[n] = '\0';
	a->status = brski_coap_status(c->code, c->has_max_age);
	a->retry_after_s = c->has_max_age ? c->max_age_s : 0;
}

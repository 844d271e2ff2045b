/* SPDX-License-Identifier: Apache-2.0 */
/* For ports that link over CoAP: a request of the engine in CoAP's words, and the answer back. */
#ifndef PLEDGE_COAP_H
#define PLEDGE_COAP_H

#include "coap/coap_client.h"
#include "pledge/pledge.h"

/* body is borrowed, and r's path. A media type that CoAP has no number for is left out. */
struct brski_coap_request pledge_coap_request(const struct pledge_request *r,
    struct brski_slice body);
/* a->body is where c's body went already. */
void pledge_coap_answer(const struct brski_coap_answer *c, struct pledge_answer *a);

#endif

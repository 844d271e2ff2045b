/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/text.h"
#include "crypto/key.h"
#include "net/dtls_hello.h"

#define SECRET_BYTES 32
#define SECRET_S     600 /* so long a secret is used for new cookies */
#define GRACE_S      60  /* and so long longer it is good for old ones */

/* RFC 6347 4.1, 4.2.2: record header, handshake header, then version and random */
#define AT_EPOCH       3
#define AT_TYPE        13
#define AT_FRAGMENT    19
#define AT_RANDOM      27
#define LEAST_HELLO    (AT_RANDOM + DTLS_RANDOM)
#define TYPE_HANDSHAKE 22
#define TYPE_HELLO     1
#define MAJOR          0xfe

/* One secret and the session that waits behind it. */
struct door {
	struct brski_tls *tls;
	uint8_t secret[SECRET_BYTES];
	time_t made;
	struct brski_dtls_session *waiting; /* NULL: made when needed */
};

struct dtls_hello {
	struct dtls_owner *owner;
	struct door now, before;
};

bool
dtls_hello_is(struct brski_slice d)
{
	return d.n >= LEAST_HELLO && d.p[0] == TYPE_HANDSHAKE && d.p[1] == MAJOR &&
	    d.p[AT_EPOCH] == 0 && d.p[AT_EPOCH + 1] == 0 && d.p[AT_TYPE] == TYPE_HELLO;
}

struct brski_slice
dtls_hello_random(struct brski_slice d)
{
	static const uint8_t first[3];

	if (memcmp(d.p + AT_FRAGMENT, first, sizeof(first)) != 0)
		return (struct brski_slice){ 0 };
	return brski_slice(d.p + AT_RANDOM, DTLS_RANDOM);
}

static time_t
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* --- doors */

/* wolfSSL would make a secret of its own for each session: its cookies are ours instead. */
static bool
open_door(struct dtls_hello *h, struct door *d)
{
	WOLFSSL *ssl;

	if (d->waiting != NULL)
		return true;
	if ((d->waiting = dtls_session_new(h->owner, d->tls)) == NULL)
		return false;
	ssl = d->waiting->ssl;
	if (wolfSSL_DTLS_SetCookieSecret(ssl, d->secret, SECRET_BYTES) != 0)
		return false;
	/* no such thing in a context for 1.2 */
	(void)wolfSSL_send_hrr_cookie(ssl, d->secret, SECRET_BYTES);
	return true;
}

static void
shut_door(struct door *d)
{
	dtls_session_free(d->waiting);
	brski_tls_unref(d->tls);
	brski_wipe(d, sizeof(*d));
}

static void
make_door(struct door *d, struct brski_tls *tls)
{
	d->tls = brski_tls_ref(tls);
	d->made = seconds();
	brski_random(d->secret, sizeof(d->secret));
	d->waiting = NULL;
}

bool
dtls_hello_set_tls(struct dtls_hello *h, struct brski_tls *tls)
{
	struct door d;

	make_door(&d, tls);
	if (!open_door(h, &d)) {
		shut_door(&d);
		return false;
	}
	shut_door(&h->before);
	h->before = h->now;
	h->now = d;
	/* from now on it ages */
	h->before.made = d.made;
	brski_wipe(&d, sizeof(d));
	return true;
}

static void
turn(struct dtls_hello *h)
{
	time_t t = seconds();

	if (h->before.tls != NULL && t - h->before.made > GRACE_S)
		shut_door(&h->before);
	if (t - h->now.made > SECRET_S)
		(void)dtls_hello_set_tls(h, h->now.tls);
}

struct dtls_hello *
dtls_hello_new(struct dtls_owner *o, struct brski_tls *tls)
{
	struct dtls_hello *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->owner = o;
	if (!dtls_hello_set_tls(h, tls)) {
		free(h);
		return NULL;
	}
	return h;
}

void
dtls_hello_free(struct dtls_hello *h)
{
	if (h == NULL)
		return;
	shut_door(&h->now);
	shut_door(&h->before);
	free(h);
}

/* --- who comes */

static struct brski_dtls_session *
knock(struct dtls_hello *h, struct door *d, const struct dtls_key *key, struct brski_slice in,
    struct dtls_answer *answer)
{
	struct brski_dtls_session *s;
	int r;

	answer->n = 0;
	if (d->tls == NULL || !open_door(h, d))
		return NULL;
	s = d->waiting;
	s->answer = answer;
	dtls_session_hand(s, in);
	/* the cookie is bound to whatever tells this peer from others */
	if (wolfSSL_dtls_set_peer(s->ssl, (void *)(uintptr_t)key, sizeof(*key)) != WOLFSSL_SUCCESS)
		return NULL;
	r = wolfDTLS_accept_stateless(s->ssl);
	s->answer = NULL;
	s->in.n = 0;
	if (r == WOLFSSL_FAILURE)
		return NULL;
	d->waiting = NULL;
	if (r == WOLFSSL_SUCCESS)
		return s;
	dtls_session_free(s);
	return NULL;
}

struct brski_dtls_session *
dtls_hello_offer(struct dtls_hello *h, const struct dtls_key *key, struct brski_slice in,
    struct dtls_answer *answer)
{
	struct dtls_answer unsent;
	struct brski_dtls_session *s;

	turn(h);
	if ((s = knock(h, &h->now, key, in, answer)) == NULL)
		s = knock(h, &h->before, key, in, &unsent);
	if (s != NULL || answer->n > in.n || answer->n > sizeof(answer->data))
		answer->n = 0;
	return s;
}

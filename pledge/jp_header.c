/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <string.h>
#include "base/text.h"
#include "crypto/key.h"
#include "pledge/jp_header.h"

#define NONCE    7
#define PLAIN    16
#define TAG      8
#define AT_NONCE 1
#define AT_PLAIN (AT_NONCE + NONCE)
#define AT_TAG   (AT_PLAIN + PLAIN)
#define LINK_MAX 0xffffff

/* The upper halves of addresses that have a place: link-local ones, and IPv4 as IPv6 has it. */
static const uint8_t prefixes[][8] = { { 0xfe, 0x80 }, { 0 } };
#define PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

/* --- what is in it */

static bool
write_plain(const struct jp_pledge *p, uint8_t out[PLAIN])
{
	const uint8_t *a = p->address.s6_addr;
	uint8_t i;

	for (i = 0; i < PREFIXES && memcmp(a, prefixes[i], sizeof(prefixes[i])) != 0; i++)
		;
	if (i == PREFIXES || p->link > LINK_MAX)
		return false;
	out[0] = i;
	out[1] = (uint8_t)(p->link >> 16);
	out[2] = (uint8_t)(p->link >> 8);
	out[3] = (uint8_t)p->link;
	memcpy(out + 4, &p->port, 2);
	memcpy(out + 6, a + 8, 8);
	out[14] = p->own;
	out[15] = 0;
	return true;
}

/* Of our own making: nothing to check. */
static void
read_plain(const uint8_t in[PLAIN], struct jp_pledge *p)
{
	memcpy(p->address.s6_addr, prefixes[in[0] % PREFIXES], 8);
	memcpy(p->address.s6_addr + 8, in + 6, 8);
	p->link = (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
	memcpy(&p->port, in + 4, 2);
	p->own = in[14];
}

/* The same for the same plaintext, and nobody else can tell which. */
static void
make_nonce(const struct jp_key *k, const uint8_t plain[PLAIN], uint8_t out[NONCE])
{
	uint8_t in[sizeof(k->nonce) + PLAIN], hash[BRSKI_SHA256_SIZE];

	memcpy(in, k->nonce, sizeof(k->nonce));
	memcpy(in + sizeof(k->nonce), plain, PLAIN);
	brski_sha256(brski_slice(in, sizeof(in)), hash);
	memcpy(out, hash, NONCE);
	brski_wipe(in, sizeof(in));
}

/* --- keys */

static void
make_key(struct jp_key *k, uint8_t id, int64_t now_s)
{
	k->good = true;
	k->id = id;
	k->made_s = now_s;
	brski_random(k->seal, sizeof(k->seal));
	brski_random(k->nonce, sizeof(k->nonce));
}

void
jp_header_init(struct jp_header *h, int64_t now_s)
{
	uint8_t id;

	memset(h, 0, sizeof(*h));
	brski_random(&id, sizeof(id));
	make_key(&h->now, id, now_s);
}

void
jp_header_wipe(struct jp_header *h)
{
	brski_wipe(h, sizeof(*h));
}

static void
turn(struct jp_header *h, int64_t now_s)
{
	if (now_s - h->now.made_s < JP_KEY_S)
		return;
	h->before = h->now;
	h->before.made_s = now_s;
	make_key(&h->now, (uint8_t)(h->now.id + 1), now_s);
}

/* --- sealing and opening */

static bool
start_aes(Aes *aes, const struct jp_key *k)
{
	if (wc_AesInit(aes, NULL, INVALID_DEVID) != 0)
		return false;
	if (wc_AesCcmSetKey(aes, k->seal, sizeof(k->seal)) == 0)
		return true;
	wc_AesFree(aes);
	return false;
}

bool
jp_header_seal(struct jp_header *h, int64_t now_s, const struct jp_pledge *p,
    uint8_t out[JP_HEADER_SIZE])
{
	uint8_t plain[PLAIN];
	Aes aes;
	int r;

	turn(h, now_s);
	if (!write_plain(p, plain) || !start_aes(&aes, &h->now))
		return false;
	out[0] = h->now.id;
	make_nonce(&h->now, plain, out + AT_NONCE);
	r = wc_AesCcmEncrypt(&aes, out + AT_PLAIN, plain, PLAIN, out + AT_NONCE, NONCE,
	    out + AT_TAG, TAG, out, 1);
	wc_AesFree(&aes);
	return r == 0;
}

static enum jp_header_is
open_with(const struct jp_key *k, const uint8_t *in, struct jp_pledge *out)
{
	uint8_t plain[PLAIN];
	Aes aes;
	int r;

	if (!start_aes(&aes, k))
		return JP_HEADER_FORGED;
	r = wc_AesCcmDecrypt(&aes, plain, in + AT_PLAIN, PLAIN, in + AT_NONCE, NONCE, in + AT_TAG,
	    TAG, in, 1);
	wc_AesFree(&aes);
	if (r != 0)
		return JP_HEADER_FORGED;
	read_plain(plain, out);
	return JP_HEADER_OURS;
}

enum jp_header_is
jp_header_open(const struct jp_header *h, int64_t now_s, struct brski_slice in,
    struct jp_pledge *out)
{
	const struct jp_key *old = &h->before;

	if (in.n != JP_HEADER_SIZE)
		return JP_HEADER_FORGED;
	if (in.p[0] == h->now.id)
		return open_with(&h->now, in.p, out);
	if (!old->good || in.p[0] != old->id)
		return JP_HEADER_FORGED;
	return now_s - old->made_s > JP_KEY_GRACE_S ? JP_HEADER_LATE : open_with(old, in.p, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <strings.h>
#include "base/text.h"
#include "net/tls_name.h"

#define TAG_DNS 0x82 /* dNSName [2], RFC 5280 4.2.1.6 */
#define TAG_IP  0x87 /* iPAddress [7] */

/* The address a host text stands for, in network order; n == 0: it is a name. */
struct address {
	uint8_t p[16];
	size_t n;
};

static struct address
parse_address(const char *host)
{
	struct address a = { .n = 0 };

	if (inet_pton(AF_INET, host, a.p) == 1)
		a.n = 4;
	else if (inet_pton(AF_INET6, host, a.p) == 1)
		a.n = 16;
	return a;
}

bool
brski_host_is_address(const char *host)
{
	return parse_address(host).n > 0;
}

/* Step into or over one element; cert.c has already seen that the DER is whole. */
static bool
element(struct brski_slice *in, uint8_t *tag, struct brski_slice *value)
{
	size_t n, head = 2, i, more;

	if (in->n < 2)
		return false;
	*tag = in->p[0];
	n = in->p[1];
	if (n >= 0x80) {
		more = n & 0x7f;
		if (more > 2 || in->n < head + more)
			return false;
		for (n = 0, i = 0; i < more; i++)
			n = n << 8 | in->p[head + i];
		head += more;
	}
	if (n > in->n - head)
		return false;
	*value = brski_slice(in->p + head, n);
	*in = brski_slice(in->p + head + n, in->n - head - n);
	return true;
}

/* RFC 9525 6.3: case is of no matter, "*." stands for exactly one label. A last dot is no label. */
static bool
dns_matches(struct brski_slice presented, const char *host)
{
	const char *dot;

	if (presented.n > 2 && presented.p[0] == '*' && presented.p[1] == '.') {
		if ((dot = strchr(host, '.')) == NULL || dot == host)
			return false;
		host = dot + 1;
		presented = brski_slice(presented.p + 2, presented.n - 2);
		/* "*.com" is nobody's to have */
		if (memchr(presented.p, '.', presented.n) == NULL)
			return false;
	}
	return presented.n > 0 && brski_text_eq_nocase(presented, host);
}

static bool
san_names(struct brski_slice san, const char *host)
{
	struct address want = parse_address(host);
	struct brski_slice names, value;
	uint8_t tag;

	if (!element(&san, &tag, &names))
		return false;
	while (element(&names, &tag, &value)) {
		if (tag == TAG_DNS && want.n == 0 && dns_matches(value, host))
			return true;
		if (tag == TAG_IP && want.n > 0 &&
		    brski_slice_eq(value, brski_slice(want.p, want.n)))
			return true;
	}
	return false;
}

enum brski_rc
brski_tls_name_check(const struct brski_cert *c, const char *host, struct brski_err *err)
{
	char safe[128];

	if (!san_names(c->san, host))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 9525 6",
		    "certificate is not for '%s'",
		    brski_text_safe(brski_slice_str(host), safe, sizeof(safe)));
	return BRSKI_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <errno.h>
#include <sys/socket.h>
#include "net/intake.h"

static int
result(ssize_t n)
{
	if (n == 0)
		return WOLFSSL_CBIO_ERR_CONN_CLOSE;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
	    ? WOLFSSL_CBIO_ERR_WANT_READ
	    : WOLFSSL_CBIO_ERR_CONN_RST;
}

static int
on_recv(WOLFSSL *ssl, char *to, int cap, void *arg)
{
	struct brski_intake *in = arg;
	size_t want = (size_t)cap;
	ssize_t n;

	(void)ssl;
	if (in->ready.n == 0) {
		if (in->dry || in->room == NULL)
			return WOLFSSL_CBIO_ERR_WANT_READ;
		if ((n = recv(in->fd, in->room, BRSKI_INTAKE_ROOM, 0)) <= 0)
			return result(n);
		in->dry = n < BRSKI_INTAKE_ROOM;
		in->ready = brski_slice(in->room, (size_t)n);
	}
	if (want > in->ready.n)
		want = in->ready.n;
	memcpy(to, in->ready.p, want);
	in->ready = brski_slice(in->ready.p + want, in->ready.n - want);
	return (int)want;
}

void
brski_intake_use(struct brski_intake *in, struct WOLFSSL *ssl)
{
	wolfSSL_SSLSetIORecv(ssl, on_recv);
	wolfSSL_SetIOReadCtx(ssl, in);
}

void
brski_intake_begin(struct brski_intake *in, uint8_t room[BRSKI_INTAKE_ROOM])
{
	in->room = room;
	in->dry = false;
}

bool
brski_intake_end(struct brski_intake *in)
{
	struct brski_buf left = { 0 };
	bool kept = true;

	in->room = NULL;
	if (in->ready.n > 0)
		kept = brski_buf_set(&left, in->ready, NULL) == BRSKI_OK;
	brski_buf_clear(&in->kept);
	in->kept = left;
	in->ready = brski_buf_slice(&in->kept);
	return kept;
}

void
brski_intake_clear(struct brski_intake *in)
{
	brski_buf_clear(&in->kept);
}

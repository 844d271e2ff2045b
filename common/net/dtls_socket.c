/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "net/dtls_socket.h"
#include "net/listen.h"

/* what comes while a batch is worked on: a few thousand handshakes begin at once */
#define QUEUE_BYTES (4 * 1024 * 1024)

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* --- opening */

static bool
set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Tell to whom each datagram was sent; one IPv6 socket for all addresses takes IPv4 too. */
static bool
prepare(int fd, int family, const char *device)
{
	(void)set(fd, SOL_SOCKET, SO_RCVBUF, QUEUE_BYTES);
	if (device != NULL &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) != 0)
		return false;
	if (family == AF_INET)
		return set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, device != NULL) &&
	    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

enum brski_rc
dtls_socket_listen(const char *at, const char *device, int *fd, unsigned *port,
    struct brski_err *err)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t n, bound_n = sizeof(ss);

	*fd = -1;
	if (!brski_listen_parse(at, &ss, &n))
		return brski_fail(err, BRSKI_E_CONFIG, "listen", "'%s' is not ADDRESS:PORT", at);
	*fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && prepare(*fd, ss.ss_family, device) &&
	    bind(*fd, (struct sockaddr *)&ss, n) == 0 &&
	    getsockname(*fd, (struct sockaddr *)&ss, &bound_n) == 0) {
		*port = ntohs(*brski_listen_port(&ss));
		return BRSKI_OK;
	}
	(void)brski_broken(err, BRSKI_E_IO, "cannot listen on %s: %s", at, strerror(errno));
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return BRSKI_E_IO;
}

enum brski_rc
dtls_socket_connect(const struct sockaddr *to, socklen_t n, int *fd, struct brski_err *err)
{
	*fd = socket(to->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && connect(*fd, to, n) == 0)
		return BRSKI_OK;
	(void)brski_broken(err, BRSKI_E_UNAVAILABLE, "UDP: %s", strerror(errno));
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return BRSKI_E_UNAVAILABLE;
}

/* --- addresses */

static struct in6_addr
mapped(struct in_addr a)
{
	struct in6_addr m = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(m.s6_addr + 12, &a, sizeof(a));
	return m;
}

static struct in_addr
unmapped(const struct in6_addr *m)
{
	struct in_addr a;

	memcpy(&a, m->s6_addr + 12, sizeof(a));
	return a;
}

static void
read_peer(const struct sockaddr_storage *ss, struct dtls_key *key)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;

	if (ss->ss_family == AF_INET6) {
		memcpy(&in6, ss, sizeof(in6));
		key->peer = in6.sin6_addr;
		key->port = in6.sin6_port;
		key->scope = in6.sin6_scope_id;
	} else {
		memcpy(&in4, ss, sizeof(in4));
		key->peer = mapped(in4.sin_addr);
		key->port = in4.sin_port;
	}
}

/* False: sent to a group, from which nobody can answer. */
static bool
read_local(struct msghdr *m, struct dtls_key *key)
{
	struct in6_pktinfo in6;
	struct in_pktinfo in4;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&in6, CMSG_DATA(c), sizeof(in6));
			key->local = in6.ipi6_addr;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&in4, CMSG_DATA(c), sizeof(in4));
			key->local = mapped(in4.ipi_spec_dst);
		}
	}
	return !IN6_IS_ADDR_MULTICAST(&key->local);
}

/* The local address of an answer. */
static void
write_local(struct msghdr *m, const struct dtls_path *path)
{
	struct in6_pktinfo in6 = { .ipi6_addr = path->key.local };
	struct in_pktinfo in4 = { .ipi_spec_dst = unmapped(&path->key.local) };
	bool six = path->peer.ss_family == AF_INET6;
	struct cmsghdr *c;

	m->msg_controllen = six ? CMSG_SPACE(sizeof(in6)) : CMSG_SPACE(sizeof(in4));
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = six ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = six ? CMSG_LEN(sizeof(in6)) : CMSG_LEN(sizeof(in4));
	memcpy(CMSG_DATA(c), six ? (const void *)&in6 : (const void *)&in4,
	    six ? sizeof(in6) : sizeof(in4));
}

/* --- datagrams */

int
dtls_socket_receive(int fd, struct dtls_input *in)
{
	struct mmsghdr m[DTLS_BATCH] = { 0 };
	struct iovec v[DTLS_BATCH];
	union control control[DTLS_BATCH];
	int i, n;

	for (i = 0; i < DTLS_BATCH; i++) {
		memset(&in[i].path, 0, sizeof(in[i].path));
		v[i].iov_base = in[i].data;
		v[i].iov_len = sizeof(in[i].data);
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &in[i].path.peer;
		m[i].msg_hdr.msg_namelen = sizeof(in[i].path.peer);
		m[i].msg_hdr.msg_control = &control[i];
		m[i].msg_hdr.msg_controllen = sizeof(control[i]);
	}
	n = recvmmsg(fd, m, DTLS_BATCH, 0, NULL);
	for (i = 0; i < n; i++) {
		in[i].path.peer_n = m[i].msg_hdr.msg_namelen;
		in[i].n = m[i].msg_len;
		read_peer(&in[i].path.peer, &in[i].path.key);
		if (!read_local(&m[i].msg_hdr, &in[i].path.key) ||
		    (m[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
			in[i].n = 0;
	}
	return n;
}

enum brski_rc
dtls_socket_unwrap(struct dtls_path *path, struct brski_slice *datagram, struct brski_err *err)
{
	struct brski_jpy m;
	enum brski_rc rc;

	if ((rc = brski_jpy_decode(*datagram, &m, err)) != BRSKI_OK)
		return rc;
	path->jpy = true;
	path->key.header_n = (uint16_t)m.header.n;
	memcpy(path->key.header, m.header.p, m.header.n);
	*datagram = m.content;
	return BRSKI_OK;
}

static bool
transmit(int fd, const struct dtls_path *path, struct brski_slice datagram)
{
	struct iovec v = { .iov_base = (void *)(uintptr_t)datagram.p, .iov_len = datagram.n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	union control control = { 0 };

	if (path->peer_n > 0) {
		m.msg_name = (void *)(uintptr_t)&path->peer;
		m.msg_namelen = path->peer_n;
		m.msg_control = &control;
		write_local(&m, path);
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) >= 0 || errno != ECONNREFUSED;
}

bool
dtls_socket_send(int fd, const struct dtls_path *path, struct brski_slice datagram)
{
	const struct brski_jpy m = { brski_slice(path->key.header, path->key.header_n), datagram };
	uint8_t storage[DTLS_DATAGRAM_MAX];
	struct brski_buf out = brski_buf_fixed(storage, sizeof(storage));

	if (!path->jpy)
		return transmit(fd, path, datagram);
	/* nothing that a session sends is too large */
	if (brski_jpy_encode(&m, &out, NULL) != BRSKI_OK)
		return true;
	return transmit(fd, path, brski_buf_slice(&out));
}

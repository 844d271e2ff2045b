/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP with both ends' addresses: an answer leaves from the address that the question came to, and
 * on the link that a link-local address belongs to. Linux, RFC 3542 6.
 */
#ifndef BRSKI_DTLS_SOCKET_H
#define BRSKI_DTLS_SOCKET_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include "base/err.h"
#include "base/slice.h"
#include "coap/jpy.h"

#define DTLS_DATAGRAM_MAX 8192 /* in: a peer on a local link may send more than the MTU */
#define DTLS_BATCH        8    /* datagrams per system call */

/* Between whom. IPv4 addresses as IPv6 has them. Zeroed, filled, and compared as bytes. */
struct dtls_key {
	struct in6_addr peer, local; /* local: unspecified on a connected socket */
	uint32_t scope;              /* of a link-local peer */
	uint16_t port;               /* the peer's, network order */
	uint16_t header_n;           /* a join proxy's opaque header; 0: none */
	uint8_t header[BRSKI_JPY_HEADER_MAX];
};

struct dtls_path {
	struct dtls_key key;
	struct sockaddr_storage peer;
	socklen_t peer_n; /* 0: the socket is connected */
	bool jpy;         /* what goes there is wrapped, with the header of the key */
};

struct dtls_input {
	struct dtls_path path;
	size_t n;
	uint8_t data[DTLS_DATAGRAM_MAX];
};

/*
 * "ADDRESS:PORT", not blocking; IPv6 takes IPv4 too unless there is a device: what comes by other
 * interfaces is then another socket's. E_CONFIG: no such thing. E_IO: not to be had.
 */
enum brski_rc dtls_socket_listen(const char *at, const char *device, int *fd, unsigned *port,
    struct brski_err *err);
/* Connected. */
enum brski_rc dtls_socket_connect(const struct sockaddr *to, socklen_t n, int *fd,
    struct brski_err *err);
/*
 * Read what is there, into in[0] .. in[DTLS_BATCH - 1]; how many, or -1 with errno. What cannot be
 * answered (truncated, sent to a group) has n == 0.
 */
int dtls_socket_receive(int fd, struct dtls_input *in);
/*
 * A join proxy's message: the header goes to the key, *datagram is what it was wrapped around.
 * E_MALFORMED, E_TOO_LARGE.
 */
enum brski_rc dtls_socket_unwrap(struct dtls_path *path, struct brski_slice *datagram,
    struct brski_err *err);
/* False when the network says that nobody is there. A datagram that is lost is lost. */
bool dtls_socket_send(int fd, const struct dtls_path *path, struct brski_slice datagram);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a server listens, as configurations spell it. */
#ifndef BRSKI_LISTEN_H
#define BRSKI_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * "ADDRESS:PORT" or "[ADDRESS]:PORT", numbers both; port 0 means any. False: it is neither, and *ss
 * says nothing.
 */
bool brski_listen_parse(const char *at, struct sockaddr_storage *ss, socklen_t *n);
/* The port of an IPv4 or IPv6 address, in network order. */
in_port_t *brski_listen_port(struct sockaddr_storage *ss);

#endif

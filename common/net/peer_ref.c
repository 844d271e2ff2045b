/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include "net/peer_ref.h"

static void
address_text(const struct sockaddr *sa, char *out, size_t cap)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)sa;
	char host[INET6_ADDRSTRLEN] = "?", zone[IF_NAMESIZE] = "";

	if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		if (in6->sin6_scope_id != 0)
			if_indextoname(in6->sin6_scope_id, zone);
		snprintf(out, cap, "[%s%s%s]:%u", host, zone[0] != '\0' ? "%" : "", zone,
		    ntohs(in6->sin6_port));
	} else if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in4->sin_addr, host, sizeof(host));
		snprintf(out, cap, "%s:%u", host, ntohs(in4->sin_port));
	}
}

static void
unix_peer(int fd, struct brski_peer *p)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	p->transport = "unix";
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return;
	p->has_uid = true;
	p->uid = who.uid;
	snprintf(p->address, sizeof(p->address), "uid:%lu", (unsigned long)who.uid);
}

struct brski_peer_ref *
brski_peer_ref_new(struct brski_tls *tls, int fd, const struct sockaddr *sa)
{
	struct brski_peer_ref *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->refs = 1;
	p->peer.transport = tls != NULL ? "https" : "http";
	if (sa->sa_family == AF_UNIX)
		unix_peer(fd, &p->peer);
	else
		address_text(sa, p->peer.address, sizeof(p->peer.address));
	if (tls != NULL) {
		p->tls = brski_tls_ref(tls);
		p->peer.own = *brski_tls_chain(tls);
	}
	return p;
}

struct brski_peer_ref *
brski_peer_ref(struct brski_peer_ref *p)
{
	p->refs++;
	return p;
}

void
brski_peer_unref(struct brski_peer_ref *p)
{
	if (p == NULL || --p->refs > 0)
		return;
	p->peer.own = (struct brski_certs){ 0 };
	brski_peer_clear(&p->peer);
	brski_tls_unref(p->tls);
	free(p);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/udp_group.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define HOPS_MAX 32 /* of a question to a group wider than the link */

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* --- addresses */

bool
udp_address_parse(const char *text, uint16_t port, struct sockaddr_storage *out, socklen_t *n)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;

	if (getaddrinfo(text, NULL, &hints, &found) != 0)
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*n = found->ai_addrlen;
	freeaddrinfo(found);
	if (out->ss_family == AF_INET6)
		((struct sockaddr_in6 *)out)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)out)->sin_port = htons(port);
	return true;
}

socklen_t
udp_address_size(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

bool
udp_address_is_group(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)sa)->sin6_addr);
	return IN_MULTICAST(ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr));
}

bool
udp_address_is_link_local(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

/* --- interfaces */

static void
add(struct udp_links *l, unsigned index)
{
	if (index != 0 && l->n < UDP_LINKS_MAX && !udp_links_has(l, index))
		l->index[l->n++] = index;
}

static void
add_all(struct udp_links *l)
{
	const unsigned wanted = IFF_UP | IFF_MULTICAST;
	struct ifaddrs *list = NULL, *at;

	if (getifaddrs(&list) != 0)
		return;
	for (at = list; at != NULL; at = at->ifa_next)
		if ((at->ifa_flags & wanted) == wanted)
			add(l, if_nametoindex(at->ifa_name));
	freeifaddrs(list);
}

void
udp_links_refresh(struct udp_links *l)
{
	size_t i;

	l->n = 0;
	if (l->all)
		add_all(l);
	for (i = 0; i < l->names_n; i++)
		add(l, if_nametoindex(l->names[i]));
}

enum brski_rc
udp_links_init(struct udp_links *l, const char *const *names, size_t n, struct brski_err *err)
{
	char shown[2 * IF_NAMESIZE];
	size_t i;

	*l = (struct udp_links){ .all = names == NULL };
	for (i = 0; names != NULL && i < n; i++) {
		if (strlen(names[i]) >= IF_NAMESIZE || l->names_n == UDP_LINKS_MAX)
			return brski_fail(err, BRSKI_E_CONFIG, "interfaces",
			    "'%s' is no interface's name, or one too many",
			    brski_text_safe(brski_slice_str(names[i]), shown, sizeof(shown)));
		memcpy(l->names[l->names_n++], names[i], strlen(names[i]) + 1);
	}
	udp_links_refresh(l);
	return BRSKI_OK;
}

bool
udp_links_has(const struct udp_links *l, unsigned index)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->index[i] == index)
			return true;
	return false;
}

/* --- sockets */

static bool
set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Only groups that were joined here, and tell to whom each datagram was sent. */
static bool
prepare(int fd, int family)
{
	if (!set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return false;
	if (family == AF_INET)
		return set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
		    set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	/* others' groups come along where they were joined: the interface is looked at */
	return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
	    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
	    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOPS_MAX);
}

int
udp_group_socket(int family, uint16_t port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr *sa =
	    family == AF_INET6 ? (const struct sockaddr *)&in6 : (const struct sockaddr *)&in4;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), why;

	if (fd >= 0 && prepare(fd, family) && bind(fd, sa, udp_address_size(sa)) == 0)
		return fd;
	why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return -1;
}

void
udp_group_join(int fd, const struct sockaddr *group, unsigned link)
{
	struct ipv6_mreq six = { .ipv6mr_interface = link };
	struct ip_mreqn four = { .imr_ifindex = (int)link };

	/* it may have been joined before, or be down: the next round tries again */
	if (group->sa_family == AF_INET6) {
		six.ipv6mr_multiaddr = ((const struct sockaddr_in6 *)group)->sin6_addr;
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six));
	} else {
		four.imr_multiaddr = ((const struct sockaddr_in *)group)->sin_addr;
		(void)setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));
	}
}

bool
udp_group_through(int fd, int family, unsigned link)
{
	struct ip_mreqn four = { .imr_ifindex = (int)link };

	if (family == AF_INET6)
		return set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)link);
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &four, sizeof(four)) == 0;
}

/* --- datagrams */

/* The address that the kernel would answer this peer from; a link-local peer has a scope. */
static bool
own_for(const struct sockaddr_storage *peer, struct sockaddr_storage *own)
{
	int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof(*own);
	bool ok = fd >= 0 &&
	    connect(fd, (const struct sockaddr *)peer,
	        udp_address_size((const struct sockaddr *)peer)) == 0 &&
	    getsockname(fd, (struct sockaddr *)own, &n) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void
read_six(const void *data, struct udp_input *in)
{
	struct sockaddr_in6 *own = (struct sockaddr_in6 *)&in->ends.own;
	struct in6_pktinfo info;

	memcpy(&info, data, sizeof(info));
	in->ends.link = info.ipi6_ifindex;
	own->sin6_family = AF_INET6;
	own->sin6_addr = info.ipi6_addr;
	if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
		own->sin6_scope_id = info.ipi6_ifindex;
}

static void
read_four(const void *data, struct udp_input *in)
{
	struct sockaddr_in *own = (struct sockaddr_in *)&in->ends.own;
	struct in_pktinfo info;

	memcpy(&info, data, sizeof(info));
	in->ends.link = (unsigned)info.ipi_ifindex;
	in->group = IN_MULTICAST(ntohl(info.ipi_addr.s_addr));
	own->sin_family = AF_INET;
	own->sin_addr = info.ipi_spec_dst;
}

/* False: nobody could answer this from an address of ours. */
static bool
read_ends(struct msghdr *m, struct udp_input *in)
{
	const struct sockaddr *own = (const struct sockaddr *)&in->ends.own;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			read_six(CMSG_DATA(c), in);
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			read_four(CMSG_DATA(c), in);
	}
	if (own->sa_family == AF_INET6 && udp_address_is_group(own)) {
		in->group = true;
		return own_for(&in->ends.peer, &in->ends.own);
	}
	return own->sa_family != AF_UNSPEC && !udp_address_is_group(own);
}

bool
udp_group_receive(int fd, struct udp_input *in)
{
	struct iovec iov = { .iov_base = in->data, .iov_len = sizeof(in->data) };
	union control control;
	struct msghdr m = { .msg_name = &in->ends.peer,
		.msg_namelen = sizeof(in->ends.peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	memset(&in->ends, 0, sizeof(in->ends));
	in->group = false;
	if ((n = recvmsg(fd, &m, 0)) < 0)
		return false;
	in->n = (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && read_ends(&m, in) ? (size_t)n : 0;
	return true;
}

static size_t
write_own(struct cmsghdr *c, const struct udp_ends *ends)
{
	struct in6_pktinfo six = { .ipi6_addr =
		                       ((const struct sockaddr_in6 *)&ends->own)->sin6_addr,
		.ipi6_ifindex = udp_address_is_link_local((const struct sockaddr *)&ends->peer)
		    ? ends->link
		    : 0 };
	struct in_pktinfo four = { .ipi_spec_dst =
		                       ((const struct sockaddr_in *)&ends->own)->sin_addr };
	bool is_six = ends->peer.ss_family == AF_INET6;
	size_t n = is_six ? sizeof(six) : sizeof(four);

	c->cmsg_level = is_six ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = is_six ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), is_six ? (const void *)&six : (const void *)&four, n);
	return CMSG_SPACE(n);
}

void
udp_group_send(int fd, const struct udp_ends *ends, struct brski_slice datagram)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)datagram.p, .iov_len = datagram.n };
	union control control = { .space = { 0 } };
	struct msghdr m = { .msg_name = (void *)(uintptr_t)&ends->peer,
		.msg_namelen = udp_address_size((const struct sockaddr *)&ends->peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	m.msg_controllen = write_own(CMSG_FIRSTHDR(&m), ends);
	(void)sendmsg(fd, &m, 0);
}

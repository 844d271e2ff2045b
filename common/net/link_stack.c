/* SPDX-License-Identifier: Apache-2.0 */
#include "net/link_stack.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DUMP_MAX 32768 /* octets of a part of the answer */

/* --- from the kernel */

static unsigned
number_of(const struct rtattr *a)
{
	unsigned n = 0;

	if (RTA_PAYLOAD(a) == sizeof(n))
		memcpy(&n, RTA_DATA(a), sizeof(n));
	return n;
}

static void
read_kind(struct brski_stacked *l, struct rtattr *info)
{
	struct rtattr *a = RTA_DATA(info);
	size_t n = RTA_PAYLOAD(info);

	for (; RTA_OK(a, n); a = RTA_NEXT(a, n)) {
		if (a->rta_type != IFLA_INFO_KIND)
			continue;
		l->vlan = strncmp(RTA_DATA(a), "vlan", RTA_PAYLOAD(a)) == 0;
		l->vrf = strncmp(RTA_DATA(a), "vrf", RTA_PAYLOAD(a)) == 0;
	}
}

static void
take(struct brski_link_stack *s, const struct nlmsghdr *m)
{
	const struct ifinfomsg *i = NLMSG_DATA(m);
	size_t n = m->nlmsg_len - NLMSG_LENGTH(sizeof(*i));
	struct brski_stacked l = { .index = (unsigned)i->ifi_index };
	struct rtattr *a = IFLA_RTA(i);
	bool is_elsewhere = false;

	for (; RTA_OK(a, n); a = RTA_NEXT(a, n)) {
		if (a->rta_type == IFLA_LINK)
			l.below = number_of(a);
		else if (a->rta_type == IFLA_MASTER)
			l.above = number_of(a);
		else if (a->rta_type == IFLA_LINKINFO)
			read_kind(&l, a);
		/* the number is one of another network namespace */
		is_elsewhere |= a->rta_type == IFLA_LINK_NETNSID;
	}
	if (is_elsewhere)
		l.below = 0;
	if (s->n < BRSKI_LINKS_MAX)
		s->links[s->n++] = l;
}

/* False: that was all. */
static bool
take_part(struct brski_link_stack *s, const char *part, size_t n)
{
	const struct nlmsghdr *m = (const void *)part;

	for (; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
		if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
			return false;
		if (m->nlmsg_type == RTM_NEWLINK &&
		    m->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
			take(s, m);
	}
	return true;
}

void
brski_link_stack_read(struct brski_link_stack *s)
{
	const struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} ask = { .head = { .nlmsg_len = sizeof(ask),
		      .nlmsg_type = RTM_GETLINK,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	_Alignas(struct nlmsghdr) char part[DUMP_MAX];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t n;

	s->n = 0;
	if (fd < 0)
		return;
	n = send(fd, &ask, sizeof(ask), 0);
	while (n > 0 && (n = recv(fd, part, sizeof(part), 0)) > 0)
		if (!take_part(s, part, (size_t)n))
			break;
	close(fd);
}

/* --- who is heard where */

/* From the one to the other in one step. */
static bool
leads(const struct brski_stacked *from, const struct brski_stacked *to)
{
	return to->below == from->index || (from->below == to->index && !from->vlan) ||
	    (from->above == to->index && !to->vrf) || (to->above == from->index && !from->vrf);
}

static bool
is_next(const struct brski_link_stack *s, const struct brski_stacked *l)
{
	size_t i;

	for (i = 0; i < s->n && !l->heard; i++)
		if (s->links[i].heard && leads(&s->links[i], l))
			return true;
	return false;
}

void
brski_link_stack_mark(struct brski_link_stack *s, unsigned index)
{
	size_t i, more = 1;

	for (i = 0; i < s->n; i++)
		s->links[i].heard |= s->links[i].index == index;
	while (more > 0)
		for (more = i = 0; i < s->n; i++)
			if (is_next(s, &s->links[i]))
				more += s->links[i].heard = true;
}

bool
brski_link_stack_is_marked(const struct brski_link_stack *s, unsigned index)
{
	size_t i;

	for (i = 0; i < s->n && s->links[i].index != index; i++)
		;
	return i < s->n && s->links[i].heard;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain UDP with groups: on which interfaces, who asked at which of our addresses, and an answer
 * from there. Linux, RFC 3542 6, RFC 3493 5.2.
 */
#ifndef BRSKI_UDP_GROUP_H
#define BRSKI_UDP_GROUP_H

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "base/err.h"
#include "base/slice.h"

#define UDP_LINKS_MAX    32   /* interfaces */
#define UDP_DATAGRAM_MAX 1280 /* in; longer ones are of no use */

/* The interfaces that count. */
struct udp_links {
	unsigned index[UDP_LINKS_MAX];
	size_t n;
	char names[UDP_LINKS_MAX][IF_NAMESIZE];
	size_t names_n;
	bool all;
};
/*
 * names NULL: all that are up and can multicast. Which these are, and whether those with a name are
 * there, is looked up again by udp_links_refresh(). E_CONFIG: names that no interface can have.
 */
enum brski_rc udp_links_init(struct udp_links *l, const char *const *names, size_t n,
    struct brski_err *err);
void udp_links_refresh(struct udp_links *l);
bool udp_links_has(const struct udp_links *l, unsigned index);

/* From whom to whom. */
struct udp_ends {
	struct sockaddr_storage peer; /* a link-local one with its scope */
	struct sockaddr_storage own;  /* never a group: the address that an answer comes from */
	unsigned link;                /* interface */
};
struct udp_input {
	struct udp_ends ends;
	bool group; /* it was sent to one */
	size_t n;   /* 0: nothing that can be used */
	uint8_t data[UDP_DATAGRAM_MAX];
};

/* Not blocking, on all addresses of a family, shared with other programs; -1 with errno. */
int udp_group_socket(int family, uint16_t port);
/* Also again; an interface that cannot is left out. */
void udp_group_join(int fd, const struct sockaddr *group, unsigned link);
/* Send to groups through this interface. */
bool udp_group_through(int fd, int family, unsigned link);
/* One datagram; false: there is none. */
bool udp_group_receive(int fd, struct udp_input *in);
/* From ends->own to ends->peer; what is lost is lost. */
void udp_group_send(int fd, const struct udp_ends *ends, struct brski_slice datagram);

/* "ff02::fd", "224.0.1.187", "fe80::1%eth0", no port. False: no address. */
bool udp_address_parse(const char *text, uint16_t port, struct sockaddr_storage *out, socklen_t *n);
socklen_t udp_address_size(const struct sockaddr *sa);
bool udp_address_is_group(const struct sockaddr *sa);
bool udp_address_is_link_local(const struct sockaddr *sa); /* IPv6, fe80::/10 */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which interfaces of this machine hear the same neighbours: bridges, bonds, VLANs upon a link. */
#ifndef BRSKI_LINK_STACK_H
#define BRSKI_LINK_STACK_H

#include <stdbool.h>
#include <stddef.h>

#define BRSKI_LINKS_MAX 256 /* looked at */

struct brski_stacked {
	unsigned index;
	unsigned below; /* what it is made of, 0: nothing */
	unsigned above; /* the bridge or bond that it is in, 0: none */
	bool vlan, vrf; /* what it is */
	bool heard;     /* by brski_link_stack_mark() */
};

struct brski_link_stack {
	struct brski_stacked links[BRSKI_LINKS_MAX];
	size_t n;
};

/* As it is now; without the kernel's help, empty. */
void brski_link_stack_read(struct brski_link_stack *s);
/*
 * Marks that interface and all where its neighbours are heard, too: the bridge that it is in and
 * what is in that, what stands upon it (its neighbours can send tagged frames), the wire of a
 * macvlan. Not the wire of a VLAN, nor other VLANs on that.
 */
void brski_link_stack_mark(struct brski_link_stack *s, unsigned index);
bool brski_link_stack_is_marked(const struct brski_link_stack *s, unsigned index);

#endif

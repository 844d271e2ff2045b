/* SPDX-License-Identifier: Apache-2.0 */
/* On which interfaces a join proxy must not look for registrars: where pledges are heard, too. */
#include <net/if.h>

#include "net/link_stack.h"
#include "tu.h"

/* wire.5 is a VLAN, bridge has port and peer, blue is a VRF with eth0 and eth1 in it */
enum {
	LO = 1,
	WIRE,
	WIRE_5,
	WIRE_6,
	BRIDGE,
	PORT,
	PEER,
	BRIDGE_7,
	BLUE,
	ETH0,
	ETH1,
	MACVLAN
};

static const struct brski_link_stack machine = { .links = {
	{ .index = MACVLAN, .below = ETH1 },
	{ .index = BRIDGE_7, .below = BRIDGE, .vlan = true },
	{ .index = LO },
	{ .index = WIRE },
	{ .index = WIRE_5, .below = WIRE, .vlan = true },
	{ .index = WIRE_6, .below = WIRE, .vlan = true },
	{ .index = BRIDGE },
	{ .index = PORT, .above = BRIDGE },
	{ .index = PEER, .above = BRIDGE },
	{ .index = BLUE, .vrf = true },
	{ .index = ETH0, .above = BLUE },
	{ .index = ETH1, .above = BLUE },
}, .n = 12 };

static void
assert_marked(unsigned side, const char *want)
{
	struct brski_link_stack s = machine;
	unsigned i;

	brski_link_stack_mark(&s, side);
	for (i = LO; i <= MACVLAN; i++)
		assert_int_equal(brski_link_stack_is_marked(&s, i), want[i - LO] == 'x');
}

static void
sides(void **state)
{
	(void)state;
	/* the wire hears its VLANs; a VLAN not its wire, nor the next VLAN */
	assert_marked(WIRE, ".xxx........");
	assert_marked(WIRE_5, "..x.........");
	/* a bridge, what is in it, what is upon it */
	assert_marked(BRIDGE, "....xxxx....");
	assert_marked(PORT, "....xxxx....");
	assert_marked(BRIDGE_7, ".......x....");
	/* one wire with two addresses; a VRF is no bridge */
	assert_marked(MACVLAN, "..........xx");
	assert_marked(ETH1, "..........xx");
	assert_marked(ETH0, ".........x..");
	assert_marked(99, "............");
}

static void
of_this_machine(void **state)
{
	struct brski_link_stack s;

	(void)state;
	brski_link_stack_read(&s);
	assert_in_range(s.n, 1, BRSKI_LINKS_MAX);
	brski_link_stack_mark(&s, if_nametoindex("lo"));
	assert_true(brski_link_stack_is_marked(&s, if_nametoindex("lo")));
	assert_false(brski_link_stack_is_marked(&s, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides),
		cmocka_unit_test(of_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

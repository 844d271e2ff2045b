# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Devices behind a join proxy: their link has nothing but link-local addresses, and nobody is told any address.
# shellcheck disable=SC2034,SC2154 # plant.sh and lib.sh set and use the names

# start_proxy OPTION...
start_proxy() {
	start proxy proxy "$BIN_DIR/brski-join-proxy" --interface plink --upstream lan "$@"
}

# behind NAME TRANSPORT: it ends commissioned through the proxy, that way
behind() {
	enrolled "$1"
	check "through the proxy, by $2" through_proxy "$1" "$2"
}

through_proxy() {
	said "$1" | grep "^enrolled " | grep -F "registrar=$2://[$(link_local proxy plink)%plink]:" |
	    grep -q " transport=$2 "
}

case_proxy_https() {
	plant
	start_proxy --circuit
	lost pledge d-1 plink
	behind d-1 https
}

case_proxy_stateful() {
	plant
	start_proxy --stateful
	lost pledge d-1 plink
	behind d-1 coaps
}

case_proxy_stateless() {
	plant 'listen-jpy = "[::]:5685"'
	start_proxy --stateless
	lost pledge d-1 plink
	behind d-1 coaps
	check "the registrar saw the proxy's address only" unseen_by_registrar
}

unseen_by_registrar() {
	! said registrar | grep -F "$(link_local pledge plink)"
}

# everybody is there before the registrar
case_proxy_late() {
	make_network
	make_manufacturer
	make_domain registrar 'listen-jpy = "[::]:5685"'
	start_proxy
	host watcher
	plug watcher plink
	mdns_daemon watcher
	lost pledge d-1 plink -v
	await 20 "there is nobody" has_said d-1 'msg="waiting"'
	refused "a proxy without a registrar announces nothing" sees watcher _brski-proxy._tcp .
	start_masa
	start_domain registrar
	await 60 "then it does" sees watcher _brski-proxy._tcp .
	enrolled d-1
}

# only neighbours are heard: from an address with a prefix nothing reaches the registrar
case_proxy_strangers() {
	plant
	start_proxy --circuit --stateful --https-port 4430 --coaps-port 4431
	net proxy address add fd20:9::1/64 dev plink
	host pledge
	plug pledge plink fd20:9::50/64
	device h-1 c-1
	await 30 "the proxy serves TCP" listens proxy tcp 4430
	await 30 "the proxy serves UDP" listens proxy udp 4431
	pledge pledge h-1 --registrar "https://[fd20:9::1]:4430" --timeout 5
	pledge pledge c-1 --registrar "coaps://[fd20:9::1]:4431" --timeout 5
	refused "not by TCP" ended h-1
	refused "not by UDP" ended c-1
	refused "the registrar has not heard of them" has_said registrar serial=
	address=$(link_local proxy plink)
	pledge pledge h-1 --registrar "https://[$address%plink]:4430" --timeout 60
	pledge pledge c-1 --registrar "coaps://[$address%plink]:4431" --timeout 60
	behind h-1 https
	behind c-1 coaps
	check "the proxy has counted strangers' datagrams" counted proxy strangers 1
	check "and their connections" counted proxy connections 1
}

# twenty behind one stateless proxy, each with its own serial
case_proxy_twenty() {
	plant 'listen-jpy = "[::]:5685"'
	start_proxy --stateless
	devices=$(seq -f 'd-%g' 20)
	for name in $devices; do
		lost "$name" "$name" plink
	done
	for name in $devices; do
		behind "$name" coaps
	done
}

# jp_port HOST: what a foreign CoAP client there is told: the port for pledges, cBRSKI 10.1
jp_port() {
	on "$1" coap-client-notls -B 5 "coap://[$(link_local proxy plink)%plink]/.well-known/core?brski-jp=*" \
	    2>/dev/null | sed -n 's/.*brski-jp="\{0,1\}\([0-9]\{1,\}\).*/\1/p'
}

knows_jp_port() {
	[ -n "$(jp_port "$1")" ]
}

# flood_was NUMBER: so many datagrams at least
flood_was() {
	[ "$(said flood | sed -n 's/^sent //p')" -ge "$1" ]
}

# flood_proxy OPTION...: by a device of the link
flood_proxy() {
	host flooder
	plug flooder plink
	await 30 "the proxy says where it is" knows_jp_port flooder
	start flooder flood "$netns/flood.py" "$@" "[$(link_local proxy plink)%plink]:$(jp_port flooder)"
	await 20 "the flood has begun" has_said flood begun
}

# one that begins as many handshakes as it can does not keep another out
flooded() {
	lost pledge d-1 plink
	behind d-1 coaps
	check "the proxy has held the flood back" counted proxy fast 1000
	stop flood
	check "it went on all the time" flood_was 1000
}

# in the operator's network, too, as if it was a proxy
case_proxy_flood_stateless() {
	plant 'listen-jpy = "[::]:5685"'
	host rogue
	plug rogue lan
	start_proxy --stateless
	flood_proxy --ports 3000
	start rogue rogue "$netns/flood.py" --jpy "[$(link_local registrar lan)%lan]:5685"
	await 20 "the other flood has begun" has_said rogue begun
	flooded
	check "the registrar has held the other one back" counted registrar jpy-refused 1000
}

case_proxy_flood_stateful() {
	plant
	start_proxy --stateful
	flood_proxy --ports 64
	flooded
	check "one registrar, found by mDNS and by CoAP, has one port" test "$(said proxy | grep -c stage=relay)" -eq 1
}

# many addresses that nobody has: whom the registrar talks to already is not kept out
forged() {
	stop masa
	lost pledge d-1 plink -v
	await 30 "it is told to come back" asked_again d-1
	flood_proxy --addresses 400 --blind
	await 20 "the proxy is full" counted proxy full 1000
	start_masa
	behind d-1 coaps
	stop flood
}

case_proxy_forged_stateless() {
	plant 'listen-jpy = "[::]:5685"' "hold = 1" "retry-after = 1"
	start_proxy --stateless
	forged
}

# Somebody answers in the registrar's name: wrong tags, foreign keys, headers of a proxy that was, half a message.
# None of that gets to a device, and what is right does.
case_proxy_hostile() {
	plant 'listen-jpy = "[::]:5685"'
	start registrar hostile "$netns/hostile.py" lan 5685 "$work/run/header"
	await 10 "somebody lies" has_said hostile ready
	start_proxy --stateless
	lost first d-1 plink
	behind d-1 coaps
	check "half messages were no good" counted proxy unfit 5
	check "nor wrong tags, and foreign keys" counted proxy forged 10
	stop proxy
	start_proxy --stateless
	lost second d-2 plink
	behind d-2 coaps
	lies=$(counter proxy unfit)
	check "headers of the proxy before were no good, either" counted proxy forged $((lies * 3 - 2))
	stop hostile
	refused "there were lies" has_said hostile "told 0"
}

# a narrow link with losses between device and proxy
bad_link() {
	link far
	net proxy link set plink mtu 1280
	wire plink far --loss 0.1 --reorder 0.1 --seed 7
	lost pledge d-1 far
	net pledge link set far mtu 1280
	ended d-1 || fail "not commissioned"
	check "it is commissioned" is_of d-1 registrar
	stop wire
	refused "frames were lost" has_said wire " lost 0 "
}

case_proxy_loss_https() {
	plant
	start_proxy --circuit
	bad_link
}

case_proxy_loss_stateful() {
	plant
	start_proxy --stateful
	bad_link
}

case_proxy_loss_stateless() {
	plant 'listen-jpy = "[::]:5685"'
	start_proxy --stateless
	bad_link
}

# a device of another owner finds the proxy, ends nowhere and tries again, later and later
case_proxy_other_owner() {
	plant
	make_domain elsewhere
	start_proxy --circuit
	host pledge
	plug pledge plink
	owned d-1 elsewhere
	pledge pledge d-1 --interface plink --timeout 18
	refused "d-1 gives up" ended d-1
	check "it was refused by the MASA" has_said masa 'serial="d-1" rc=E_'
	nowhere d-1
	check "it tried more than once" test "$(attempts d-1)" -ge 2
	check "and not all the time" test "$(attempts d-1)" -le 4
}

# the proxy finds two registrars; the device is not lost to the wrong one
case_proxy_rogue() {
	plant
	another rogue 10.20.1.9 fd20:1::9
	stop registrar
	start_proxy --circuit --stateful
	host pledge
	plug pledge plink
	owned d-1 registrar
	pledge pledge d-1 --interface plink --timeout 150
	await 60 "the wrong registrar asks for it" has_said rogue 'serial="d-1"'
	nowhere d-1
	start_domain registrar
	enrolled d-1
	check "the wrong one has issued nothing" test "$(certificates d-1 rogue)" -eq 0
	check "d-1 reports the wrong one" reports d-1 "[$(link_local proxy plink)"
}

# nobody says how to relay; no IPv4
case_proxy_ipv6_only() {
	family=6
	plant 'listen-jpy = "[::]:5685"'
	start_proxy
	lost pledge d-1 plink
	enrolled d-1
	check "the proxy was the way" has_said d-1 "[$(link_local proxy plink)"
}

# a proxy that is killed while a device waits for its voucher; the next one has another port
case_proxy_restart() {
	plant "hold = 1" "retry-after = 1"
	stop masa
	start_proxy --circuit
	lost pledge d-1 plink -v
	await 30 "it is told to come back" asked_again d-1
	stop proxy KILL
	start_proxy --circuit
	start_masa
	behind d-1 https
}

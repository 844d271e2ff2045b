# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Somebody on a link who takes what others need: answers, flows, sessions, connections.
# shellcheck disable=SC2154 # plant.sh and lib.sh set the names

# greed HOST WHAT ARGUMENT...: greed.py there, in the background
greed() {
	there=$1
	shift
	start "$there" greed "$netns/greed.py" "$@"
	await 30 "somebody is greedy" has_said greed begun
}

# one that asks by CoAP all the time does not keep others from answers
case_proxy_coap_flood() {
	plant
	start_proxy --stateful
	host flooder asker
	plug flooder plink
	plug asker plink
	await 30 "the proxy says where it is" knows_jp_port asker
	greed flooder questions "[ff02::fd%plink]:5683"
	await 20 "a group is asked too much" counted proxy questions 300
	for again in 1 2 3 4 5; do
		check "answered while a group is asked, $again" knows_jp_port asker
	done
	stop greed
	greed flooder questions "[$(link_local proxy plink)%plink]:5683"
	await 20 "the proxy is asked too much" counted proxy questions 1500
	for again in 1 2 3 4 5; do
		check "answered while the proxy is asked, $again" knows_jp_port asker
	done
}

# who asks for a confirmation by an address is told that there is nothing, RFC 7252 4.2; a group is not
case_coap_errors() {
	plant
	host asker
	plug asker lan 10.20.1.60/24 fd20:1::60/64
	on asker "$netns/greed.py" errors "[$registrar_v6]:5683" >"$work/unicast"
	check "a ping, and no CoAP: reset" test "$(grep -cE '^(ping|broken) 7000....$' "$work/unicast")" -eq 2
	check "no such path: 4.04" grep -q '^path 6084' "$work/unicast"
	check "no such method: 4.05" grep -q '^method 6085' "$work/unicast"
	check "no such format: 4.06" grep -q '^format 6086' "$work/unicast"
	on asker "$netns/greed.py" errors "[ff02::fd%lan]:5683" >"$work/group"
	check "a group says nothing" test "$(grep -c ' silence$' "$work/group")" -eq 5
}

# relay_port: the proxy's last port for HTTPS or CoAPS on the devices' link
relay_port() {
	said proxy | sed -n 's/.* port \([0-9]*\) on plink".*/\1/p' | tail -n 1
}

# two flows of each of more addresses than there is room for, all busy: a device gets in
case_proxy_flows() {
	plant
	start_proxy --stateful
	host holder
	plug holder plink
	await 30 "the proxy says where it is" knows_jp_port holder
	greed holder flows "[$(link_local proxy plink)%plink]:$(relay_port)"
	await 20 "they have all places" counted proxy up 1000
	lost pledge d-1 plink
	behind d-1 coaps
}

# many ports of one address, all busy: the registrar would take each for a device
case_proxy_ports() {
	plant 'listen-jpy = "[::]:5685"'
	start_proxy --stateless
	host holder
	plug holder plink
	await 30 "the proxy says where it is" knows_jp_port holder
	greed holder ports "[$(link_local proxy plink)%plink]:$(relay_port)"
	await 20 "they are too many" counted proxy crowd 100
	check "four of them were heard" test "$(counter registrar jpy-stray)" -gt 0
	lost pledge d-1 plink
	behind d-1 coaps
}

# twenty that start together
case_proxy_twenty_stateful() {
	plant
	start_proxy --stateful
	devices=$(seq -f 'd-%g' 20)
	clock
	began=$up
	for name in $devices; do
		lost "$name" "$name" plink
	done
	for name in $devices; do
		behind "$name" coaps
	done
	clock
	check "nobody has waited for a place" test $((up - began)) -lt 60
}

# one datagram in the proxy's own name, and a registrar that says what it hears: that is not relayed
case_proxy_itself() {
	plant
	start_proxy --stateful --coaps-port 4431
	host liar
	plug liar plink
	await 30 "the proxy says where it is" knows_jp_port liar
	await 10 "the proxy is quiet" counted proxy up 0
	on liar "$netns/greed.py" forge plink "$(link_local proxy plink)" 4431 \
	    "$(net proxy link show dev plink | sed -n 's/.*ether \([0-9a-f:]*\) .*/\1/p')"
	await 10 "it was dropped" counted proxy strangers 1
	check "and not relayed" test "$(counter proxy up)" -eq 0
	on proxy ss -Hlnu 'sport = :4431' >"$work/doors"
	check "the door is on plink only" grep -qF '%plink:4431' "$work/doors"
}

# silent_ones: 64 connections of 16 addresses that say nothing, again when they end
silent_ones() {
	host holder
	plug holder plink
	await 30 "the proxy has a port" has_said proxy 'stage=relay msg="HTTPS port'
	greed holder silent "[$(link_local proxy plink)%plink]:$(relay_port)"
}

# all_places: 64 connections at the proxy's port
all_places() {
	[ "$(on proxy ss -Htn state established "sport = :$(relay_port)" | wc -l)" -ge 64 ]
}

# they hold every place of the proxy; a device gets in
case_proxy_silent() {
	plant
	start_proxy --circuit
	silent_ones
	await 20 "they have all places" all_places
	lost pledge d-1 plink
	behind d-1 https
	check "somebody made room" counted proxy connections 1
}

# ticks NAME: of the processor, that it has used
ticks() {
	awk '{ print $14 + $15 }' "/proc/$(cat "$work/run/$1.pid")/stat"
}

# they use up what the proxy has of descriptors; it waits for better times, and does not spin
case_proxy_descriptors() {
	plant
	# shellcheck disable=SC2016 # the inner shell expands
	start proxy proxy sh -c 'ulimit -n 48 && exec "$0" "$@"' "$BIN_DIR/brski-join-proxy" --interface plink \
	    --upstream lan --circuit
	silent_ones
	sleep 1
	before=$(ticks proxy)
	sleep 2	# to see how much it does in that time
	check "it does next to nothing" test $(($(ticks proxy) - before)) -lt 60
	stop greed
	lost pledge d-1 plink
	behind d-1 https
}

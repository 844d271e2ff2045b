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
	for again in 1 2 3 4 5; do
		check "answered while a group is asked, $again" knows_jp_port asker
	done
	stop greed
	greed flooder questions "[$(link_local proxy plink)%plink]:5683"
	for again in 1 2 3 4 5; do
		check "answered while the proxy is asked, $again" knows_jp_port asker
	done
	check "the questions were too many" counted proxy questions 1000
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

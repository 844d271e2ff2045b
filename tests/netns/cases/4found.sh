# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Registrars that say where they are, and devices that find them by themselves.
# shellcheck disable=SC2034,SC2154 # plant.sh and lib.sh set and use the names

# avahi-browse -p: =;interface;protocol;instance;type;domain;host;address;port;text
announced=';_brski-registrar\._tcp;local;[^;]*;[^;]*;8443;'

# links HOST ADDRESS QUERY PATTERN: what a foreign client gets; answers to a group may take five seconds, RFC 7252 8.2
links() {
	on "$1" coap-client-notls -N -B 6 "coap://[$2]/.well-known/core?$3" 2>/dev/null | grep -qE "$4"
}

# answers HOST ADDRESS QUERY: whatever it is, however long it took
answers() {
	on "$1" coap-client-notls -v 7 -N -B 6 "coap://[$2]/.well-known/core?$3" 2>&1 | grep -qE ' c:[245]\.'
}

case_announced() {
	plant 'listen-jpy = "[::]:5685"'
	host other
	plug other lan 10.20.1.60/24 fd20:1::60/64
	mdns_daemon other
	await 20 "avahi-browse sees the registrar" sees other _brski-registrar._tcp "$announced"
	check "and its address" sees other _brski-registrar._tcp ";(fd20:1::1|fe80:[^;]*|$registrar_v4);8443;"
	check "coap-client gets the link format" links other "$registrar_v6" 'rt=brski*' 'rt="?brski'
	check "which says where CoAPS is" links other "$registrar_v6" rt=brski '<coaps://\[fd20:1::1\]'
	check "and where JPY is" links other "$registrar_v6" rt=brski.rjp '<jpy://\[fd20:1::1\]:5685'
	check "so does who asks all of the link" links other ff02::fd%lan 'rt=brski*' 'rt="?brski'
	check "and all of the site" links other ff05::fd rt=brski.rjp '<jpy://\[fd20:1::1\]:5685'
	check "that is an answer" answers other ff02::fd%lan 'rt=brski*'
	refused "other questions to all get none" answers other ff02::fd%lan rt=none
	stop registrar
	await 10 "its end is announced as well" unseen other _brski-registrar._tcp "$announced"
}

unseen() {
	! sees "$@"
}

# the daemon of the registrar's machine announces it
case_announced_daemon() {
	make_network
	make_manufacturer
	make_domain registrar
	host other
	plug other lan 10.20.1.60/24 fd20:1::60/64
	mdns_daemon registrar
	mdns_daemon other
	start_masa
	start_domain registrar
	await 20 "another host sees the registrar" sees other _brski-registrar._tcp "$announced"
	check "its own daemon knows it" sees registrar _brski-registrar._tcp "$announced"
	stop registrar
	await 10 "its end is announced as well" unseen other _brski-registrar._tcp "$announced"
}

# lost HOST NAME LINK OPTION...: a device that has its IDevID, an address that it gave itself, and nothing else
lost() {
	alone=$1
	onto=$3
	host "$alone"
	plug "$alone" "$onto"
	device "$2"
	name=$2
	shift 3
	pledge "$alone" "$name" --interface "$onto" --timeout 120 "$@"
}

case_found() {
	plant
	lost pledge d-1 lan
	enrolled d-1
	check "at an address of the link" has_said d-1 "[fe80::"
}

# the device was there first
case_found_late() {
	make_network
	make_manufacturer
	make_domain registrar
	lost pledge d-1 lan -v
	await 20 "there is nobody" has_said d-1 'msg="waiting"'
	start_masa
	start_domain registrar
	enrolled d-1
}

# the first device meets the wrong one when there is no other
case_rogue_found() {
	plant
	another rogue 10.20.1.9 fd20:1::9
	host pledge
	plug pledge lan
	for name in d-1 d-2 d-3; do
		owned "$name" registrar
	done
	stop registrar
	pledge pledge d-1 --interface lan --timeout 120
	await 60 "it is refused by the wrong one" reports d-1 "[$(link_local rogue lan)"
	start_domain registrar
	pledge pledge d-2 --interface lan --timeout 120
	pledge pledge d-3 --interface lan --timeout 120
	for name in d-1 d-2 d-3; do
		enrolled "$name"
		check "the wrong one has issued nothing" test "$(certificates "$name" rogue)" -eq 0
	done
}

# lies NAME PLACE: how often it went there
lies() {
	said "$1" | grep 'msg="trying this registrar"' | grep -cF "$2"
}

believes() {
	[ "$(lies "$@")" -ge 1 ]
}

# more inventions than anybody keeps, before the one who is real: most lead nowhere, twelve refuse
case_liar() {
	plant
	stop registrar
	host liar
	plug liar lan
	at=$(link_local liar lan)
	start liar liar "$netns/liar.py" lan "$at" 300 12
	await 10 "it announces" has_said liar begun
	lost pledge d-1 lan --format cms
	await 20 "it is believed" believes d-1 "[$at%"
	start_domain registrar
	enrolled d-1
}

# alias: nobody who looks for somebody dies of a record that leads to itself, on either side of a proxy
case_alias() {
	plant
	stop registrar
	host liar
	plug liar lan
	plug liar plink
	for link in lan plink; do
		start liar "liar-$link" "$netns/liar.py" "$link" "$(link_local liar "$link")" 0 0 1
		await 10 "it announces" has_said "liar-$link" begun
	done
	start_proxy
	lost pledge d-1 plink -v
	await 20 "the device looks for somebody" has_said d-1 'msg="waiting"'
	start_domain registrar
	enrolled d-1
}

# who found nobody says so, and on which interface
case_nobody() {
	make_manufacturer
	link lan
	lost pledge d-1 lan --timeout 3
	refused "nobody is there" ended d-1
	check "it says so" has_said d-1 "no registrar or join proxy has answered yet on lan."
	refused "an operator could not help" has_said d-1 admit
}

case_found_by_ipv4() {
	family=4
	plant
	host pledge
	plug pledge lan 10.20.1.50/24
	device d-1
	pledge pledge d-1 --timeout 60
	enrolled d-1
	check "by IPv4" has_said d-1 "https://$registrar_v4:8443"
}

case_found_by_ipv6() {
	family=6
	plant
	lost pledge d-1 lan
	enrolled d-1
	check "by IPv6" has_said d-1 "[fe80::"
}

# a device that listens everywhere, on two links where nobody is; the third one comes while it looks
case_found_on_another_link() {
	plant
	link quiet silent
	host pledge
	plug pledge quiet 10.20.7.50/24 fd20:7::50/64
	plug pledge silent
	device d-1 d-2
	pledge pledge d-1 --timeout 120 -v
	pledge pledge d-2 --interface quiet --interface lan --timeout 120 -v
	for name in d-1 d-2; do
		await 20 "$name finds nobody" has_said "$name" 'msg="waiting"'
	done
	plug pledge lan
	for name in d-1 d-2; do
		enrolled "$name"
		check "$name: on the new link" has_said "$name" "%lan]:"
	done
}

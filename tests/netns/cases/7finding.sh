# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Somebody in the operator's network, or at a join proxy's side, who says where registrars are and is none.
# shellcheck disable=SC2034,SC2154 # plant.sh and lib.sh set and use the names

# tell HOST LINK TYPE NAME COUNT PORT ADDRESS...: teller.py there, in the background, program NAME
tell() {
	there=$1 onto=$2 type=$3 teller=$4
	shift 3
	start "$there" "$teller" "$netns/teller.py" "$onto" "$type" "$@"
	await 10 "$teller announces" has_said "$teller" "round 2"
}

# part_network: as make_network, but the proxy has no upstream yet; a case without IPv4 or IPv6 does not fit
part_network() {
	host registrar masa proxy
	router router
	link lan dmz net plink
	plug registrar lan "$registrar_v4/24" "$registrar_v6/64"
	plug proxy plink
	plug registrar dmz 10.20.2.1/24 fd20:2::1/64
	plug router dmz 10.20.2.254/24 fd20:2::fe/64
	plug router net 192.0.2.254/24 2001:db8:1::fe/64
	plug masa net 192.0.2.1/24 2001:db8:1::1/64
	route registrar 192.0.2.0/24 10.20.2.254
	route registrar 2001:db8:1::/64 fd20:2::fe
	route masa 10.20.2.0/24 192.0.2.254
	route masa fd20:2::/64 2001:db8:1::fe
}

offers_nothing() {
	refused "$1" has_said proxy stage=relay
}

# A proxy that has no upstream yet, and a bridge over the pledges' interface: there, nobody is a registrar.
case_finding_upstream() {
	part_network
	make_manufacturer
	make_domain registrar 'listen-jpy = "[::]:5685"'
	host rogue
	plug rogue plink
	net proxy link add br0 type bridge
	net proxy link set br0 up
	net proxy link set plink master br0
	start proxy proxy "$BIN_DIR/brski-join-proxy" --interface plink
	await 10 "there is no upstream" has_said proxy "nobody is looked for yet"
	tell rogue plink _brski-registrar._tcp Evil 2 443 "$(link_local rogue plink)" fd20:9::9
	await 20 "it goes on" has_said Evil "round 20"
	offers_nothing "nobody on the pledges' side is believed"
	net proxy link set plink nomaster
	net proxy link del br0
	start_masa
	start_domain registrar
	plug proxy lan 10.20.1.2/24 fd20:1::2/64
	lost pledge d-1 plink
	enrolled d-1
	refused "both ways are not the same one" "$BIN_DIR/brski-join-proxy" --interface plink --upstream plink
}

# The proxy's own addresses are announced: nobody on the pledges' side gets in to it.
case_finding_own() {
	plant
	stop registrar
	host rogue
	plug rogue lan 10.20.1.9/24 fd20:1::9/64
	start_proxy
	tell rogue lan _brski-registrar._tcp Evil 1 22 fd20:1::2 10.20.1.2 ::1 127.0.0.1 "$(link_local proxy lan)"
	await 20 "it goes on" has_said Evil "round 20"
	offers_nothing "nothing leads to the proxy itself"
	start_domain registrar
	lost pledge d-1 plink
	enrolled d-1
}

# Somebody announces the registrar's address with his own, first, and takes it back: the registrar stays.
case_finding_taken() {
	plant
	stop registrar
	host rogue
	plug rogue lan 10.20.1.9/24 fd20:1::9/64
	start_proxy --stateful --circuit
	tell rogue lan _brski-registrar._udp Evil 1 5684 "$registrar_v6" fd20:1::9
	tell rogue lan _brski-registrar._tcp Wicked 1 8443 "$registrar_v6" fd20:1::9
	await 20 "he is believed" has_said proxy "HTTPS port"
	start_domain registrar
	await 60 "the registrar is found, too" proxy_places 6
	lost first d-1 plink --format cms
	enrolled d-1
	stop Evil
	stop Wicked
	lost second d-2 plink
	enrolled d-2
}

# proxy_places NUMBER: so many at least
proxy_places() {
	[ "$(said proxy | sed -n 's/.*msg="\([0-9]*\) places.*/\1/p' | tail -n 1)" -ge "$1" ]
}

# More inventions than there are lanes, and they stay; then many more, which go.
case_finding_flood() {
	plant
	stop registrar
	host rogue
	plug rogue lan 10.20.1.9/24 fd20:1::9/64
	start_proxy --circuit
	tell rogue lan _brski-registrar._tcp Evil 12 666 fd20:1::9
	await 20 "they are all there" proxy_places 12
	start_domain registrar
	lost first d-1 plink
	enrolled d-1
	tell rogue lan _brski-registrar._tcp Wicked 90 1666 fd20:1::9
	stop registrar
	start_domain registrar
	stop Wicked
	stop Evil
	lost second d-2 plink
	enrolled d-2
}

# Some come and go: what is announced for another registrar is not taken back, and the log is not filled.
case_finding_flap() {
	plant
	start_proxy --circuit
	host rogue watcher
	plug rogue lan 10.20.1.9/24 fd20:1::9/64
	plug watcher plink
	mdns_daemon watcher
	start watcher browser avahi-browse -p _brski-proxy._tcp
	await 30 "the registrar's lane is there" has_said browser '+;plink;IPv6;BRSKI\032proxy\0321\032'
	start rogue Evil "$netns/teller.py" --flap lan _brski-registrar._tcp Evil 4 666 fd20:1::9
	await 40 "some come and go" has_said Evil "round 12"
	check "they are seen" has_said browser '+;plink;IPv6;BRSKI\032proxy\0322\032'
	refused "the registrar's lane does not go" has_said browser '-;plink;IPv6;BRSKI\032proxy\0321\032'
	check "one line in five seconds, a few at once" test "$(said proxy | grep -c ' places of ')" -le 14
}

# The proxy's upstream goes and comes back as another interface, with other addresses, and so does the registrar's.
case_finding_moved() {
	plant 'listen-jpy = "[::]:5685"'
	start_proxy --stateless
	lost first d-1 plink
	behind d-1 coaps
	net proxy link del lan
	net registrar link del lan
	plug registrar lan 10.20.1.1/24 fd20:1::1/64
	plug proxy lan 10.20.1.22/24 fd20:1::22/64
	lost second d-2 plink
	behind d-2 coaps
}

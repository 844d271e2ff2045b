# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Links that lose, reorder and are narrow, and many devices at once.
# shellcheck disable=SC2154 # plant.sh and lib.sh set the names

# answer_lost SCHEME PORT: the registrar dies when it has issued, and before that is heard of
answer_lost() {
	plant
	link far
	wire lan far --reorder 1 --hold 0.4
	host pledge
	plug pledge far 10.20.1.50/24 fd20:1::50/64
	device d-1
	pledge pledge d-1 --registrar "$1://$registrar_v4:$2" --timeout 110
	await 60 "the certificate is issued" issued d-1
	stop wire KILL
	stop registrar KILL
	refused "it has not arrived" test -e "$work/devices/d-1/ldevid.pem"
	start wire wire "$netns/wire.py" lan far
	start_domain registrar
	enrolled d-1
}

issued() {
	[ "$(certificates "$1")" -ge 1 ]
}

case_answer_lost_https() {
	answer_lost https 8443
}

case_answer_lost_coaps() {
	answer_lost coaps 5684
}

# wire LINK LINK OPTION...: frames go both ways, not all of them
wire() {
	host wire
	setting wire ipv6/conf/default/disable_ipv6 1
	plug wire "$1"
	plug wire "$2"
	start wire wire "$netns/wire.py" "$@"
	await 10 "the wire carries" has_said wire ready
}

case_loss() {
	plant
	link far
	host pledge
	plug pledge far 10.20.1.50/24 fd20:1::50/64
	wire lan far --loss 0.1 --reorder 0.1 --seed 4
	device h-1 c-1 c-2
	pledge pledge c-1 --registrar "coaps://$registrar_v4:5684" --timeout 120
	pledge pledge c-2 --registrar "coaps://[$registrar_v6]:5684" --timeout 120 --dtls 1.2
	pledge pledge h-1 --registrar "https://[$registrar_v6]:8443" --timeout 120
	for name in c-1 c-2 h-1; do
		enrolled "$name"
	done
	stop wire
	refused "frames were lost" has_said wire " lost 0 "
	refused "frames were held back" has_said wire " held 0"
}

case_mtu_1280() {
	plant
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
	net pledge link set lan mtu 1280
	ip link set pledge.lan mtu 1280
	device h-1 c-1
	pledge pledge c-1 --registrar "coaps://[$registrar_v6]:5684" --timeout 60
	pledge pledge h-1 --registrar "https://[$registrar_v6]:8443" --timeout 60
	enrolled c-1
	enrolled h-1
}

# each on a host of its own, so that none is told from another by port alone
case_twenty() {
	plant
	devices=$(seq -f 'c-%g' 20)
	for name in $devices; do
		host "$name"
		plug "$name" lan "10.20.1.1${name#c-}/24" "fd20:1::1${name#c-}/64"
		device "$name"
	done
	for name in $devices; do
		pledge "$name" "$name" --registrar "coaps://[$registrar_v6]:5684" --timeout 120
	done
	for name in $devices; do
		enrolled "$name"
	done
}

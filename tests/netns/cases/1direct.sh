# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Devices in the operator's LAN that are told where the registrar is.
# shellcheck disable=SC2034,SC2154 # plant.sh and lib.sh set and use the names

# direct ADDRESS: one device over HTTPS and one over CoAPS, side by side
direct() {
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
	device h-1 c-1
	pledge pledge h-1 --registrar "https://$1:8443" --timeout 60
	pledge pledge c-1 --registrar "coaps://$1:5684" --timeout 60
	enrolled h-1
	enrolled c-1
}

# asks_masa HOST ADDRESS: any answer will do
asks_masa() {
	on "$1" curl -sS --max-time 5 --cacert "$manufacturer/masa-tls-ca.pem" -o "$work/answer" "https://$2/"
}

case_plant() {
	plant
	direct "[$registrar_v6]"
	check "the registrar reaches the MASA" asks_masa registrar 192.0.2.1
	refused "a host beside it does not" asks_masa proxy 192.0.2.1
	refused "nor over IPv6" asks_masa proxy "[2001:db8:1::1]"
}

case_ipv4_only() {
	family=4
	plant
	check "no IPv6 anywhere" test -z "$(on registrar ip -6 -o address show)"
	direct "$registrar_v4"
}

case_ipv6_only() {
	family=6
	plant
	direct "[$registrar_v6]"
	check "no IPv4 but on the loopback" test "$(on registrar ip -4 -o address show | wc -l)" -eq 1
}

# a device with nothing but the address that it gives itself
case_link_local() {
	family=6
	plant
	host pledge
	plug pledge lan
	device h-1 c-1
	address=$(link_local registrar lan)
	pledge pledge h-1 --registrar "https://[$address%lan]:8443" --timeout 60
	pledge pledge c-1 --registrar "coaps://[$address%lan]:5684" --timeout 60
	enrolled h-1
	enrolled c-1
}

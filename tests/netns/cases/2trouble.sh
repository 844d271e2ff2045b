# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What goes wrong in a plant: servers that are away or start again, and domains that a device does not belong to.
# shellcheck disable=SC2154 # plant.sh and lib.sh set the names

# --- a MASA that is away

# asked_again NAME: the registrar told it to come back, more than once
asked_again() {
	[ "$(said "$1" | grep -c 'stage=request-join.*msg="waiting"')" -ge 2 ]
}

requests() {
	sqlite3 "$work/registrar/registrar.db" "SELECT count(*) FROM requests"
}

case_masa_down() {
	plant "hold = 1" "retry-after = 1"
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
	device h-1 c-1
	stop masa
	pledge pledge h-1 --registrar "https://$registrar_v4:8443" --timeout 90 -v
	pledge pledge c-1 --registrar "coaps://$registrar_v4:5684" --timeout 90 -v
	await 30 "the one over HTTPS is told to come back" asked_again h-1
	await 30 "the one over CoAPS is told to come back" asked_again c-1
	cp "$work/devices/h-1/pvr.vcj" "$work/devices/c-1/pvr.vch" "$work"
	start_masa
	enrolled h-1
	enrolled c-1
	check "HTTPS: the same request all the time" cmp "$work/pvr.vcj" "$work/devices/h-1/pvr.vcj"
	check "CoAPS: the same request all the time" cmp "$work/pvr.vch" "$work/devices/c-1/pvr.vch"
	check "the registrar saw no other" test "$(requests)" -eq 2
}

# --- a registrar that is killed and started again

# killed_at FILE NAME: kill the registrar as soon as the device has the file; fails if the device was faster
killed_at() {
	read -r pid <"$work/run/registrar.pid"
	clock
	until_s=$((up + 30))
	until [ -e "$work/devices/$2/$1" ]; do
		clock
		[ "$up" -lt "$until_s" ] || fail "$2 does not get as far as $1"
	done
	kill -9 "$pid"
	wait "$pid" || :
	! has_said "$2" "enrolled serial="
}

# restarted_at FILE SCHEME PORT: a device that was slow enough gets there all the same
restarted_at() {
	for try in 1 2 3 4 5; do
		name=$2-$(printf '%s' "$1" | tr . -)-$try
		device "$name"
		pledge pledge "$name" --registrar "$2://$registrar_v4:$3" --timeout 110
		slow=yes
		killed_at "$1" "$name" || slow=
		start_domain registrar
		enrolled "$name"
		[ -z "$slow" ] || return 0
	done
	fail "no device was caught at $1"
}

in_the_lan() {
	plant "hold = 1" "retry-after = 1"
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
}

case_restart_https() {
	in_the_lan
	for item in pvr.vcj voucher.vcj ldevid.csr ldevid.pem; do
		restarted_at "$item" https 8443
	done
}

# a session that is silent is given up after a quarter of a minute
case_restart_coaps_request() {
	in_the_lan
	restarted_at pvr.vch coaps 5684
}

case_restart_coaps_voucher() {
	in_the_lan
	restarted_at voucher.vch coaps 5684
}

case_restart_coaps_enroll() {
	in_the_lan
	restarted_at ldevid.csr coaps 5684
	restarted_at ldevid.pem coaps 5684
}

# while it waits for a voucher, and while it finds nobody
case_restart_waiting() {
	in_the_lan
	device h-1 c-1 h-2
	stop masa
	pledge pledge h-1 --registrar "https://$registrar_v4:8443" --timeout 110 -v
	pledge pledge c-1 --registrar "coaps://$registrar_v4:5684" --timeout 110 -v
	await 30 "the one over HTTPS is told to come back" asked_again h-1
	await 30 "the one over CoAPS is told to come back" asked_again c-1
	stop registrar KILL
	pledge pledge h-2 --registrar "https://$registrar_v4:8443" --timeout 110
	await 30 "one finds nobody" has_said h-2 "rc=E_UNAVAILABLE"
	start_domain registrar
	start_masa
	enrolled h-1
	enrolled c-1
	enrolled h-2
}

# --- domains that are not the device's

# another NAME ADDRESS...: a registrar beside the first, in a domain of its own, that may ask the MASA
another() {
	name=$1
	host "$name"
	plug "$name" lan "$2/24" "$3/64"
	plug "$name" dmz 10.20.2.9/24 fd20:2::9/64
	route "$name" 192.0.2.0/24 10.20.2.254
	route "$name" 2001:db8:1::/64 fd20:2::fe
	make_domain "$name"
	start_domain "$name"
}

# owned NAME DOMAIN: sold to that domain, and the MASA knows it
owned() {
	"$BIN_DIR/brski-masa" factory device --conf "$manufacturer/masa.conf" --serial "$1" --policy owner \
	    --out "$work/devices/$1"
	"$BIN_DIR/brski-masa" factory owner "$1" --domain-cert "$work/$2/domain-ca.pem" -f "$manufacturer/masa.conf"
}

# attempts NAME: how often it went to a registrar
attempts() {
	said "$1" | grep -c 'msg="trying this registrar"'
}

case_other_owner() {
	plant
	make_domain elsewhere
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
	owned h-1 elsewhere
	owned c-1 elsewhere
	# the third attempt is due 3 s + 6 s after the first at the latest, the fourth not before 16 s
	pledge pledge h-1 --registrar "https://$registrar_v4:8443" --timeout 12
	pledge pledge c-1 --registrar "coaps://$registrar_v4:5684" --timeout 12
	for name in h-1 c-1; do
		refused "$name gives up" ended "$name"
		check "$name was refused by the MASA" has_said masa "serial=\"$name\" rc=E_"
		nowhere "$name"
		check "$name waited longer and longer" test "$(attempts "$name")" -eq 3
	done
}

case_rogue_known() {
	plant
	another rogue 10.20.1.9 fd20:1::9
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
	owned h-1 registrar
	owned c-1 registrar
	pledge pledge h-1 --registrar "https://10.20.1.9:8443" --registrar "https://$registrar_v4:8443" --timeout 60
	pledge pledge c-1 --registrar "coaps://10.20.1.9:5684" --registrar "coaps://$registrar_v4:5684" --timeout 60
	enrolled h-1
	enrolled c-1
	for name in h-1 c-1; do
		check "$name reports the wrong one" reports "$name" "10.20.1.9:"
		check "which has issued nothing" test "$(certificates "$name" rogue)" -eq 0
	done
}

# two that never say no: one has no way to the MASA, the other one's operator does not look
case_rogue_undecided() {
	plant
	for name in silent careless; do
		host "$name"
		make_domain "$name"
	done
	plug silent lan 10.20.1.8/24
	plug careless lan 10.20.1.9/24
	sed -i 's/admission = any/admission = approve/' "$work/careless/registrar.conf"
	start_domain silent
	start_domain careless
	host pledge
	plug pledge lan 10.20.1.50/24 fd20:1::50/64
	device h-1 c-1
	for way in h-1:https:8443 c-1:coaps:5684; do
		name=${way%%:*} way=${way#*:}
		set --
		for at in 10.20.1.8 10.20.1.9 "$registrar_v4"; do
			set -- "$@" --registrar "${way%:*}://$at:${way#*:}"
		done
		pledge pledge "$name" "$@" --timeout 60
	done
	for name in h-1 c-1; do
		enrolled "$name"
		for wrong in 10.20.1.8 10.20.1.9; do
			check "$name reports who has not decided" reports "$name" "$wrong:"
		done
	done
}

# reports NAME REGISTRAR: a warning names it
reports() {
	said "$1" | grep "level=warn" | grep -F "$2" | grep -q " rc=E_"
}

# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by inside.sh: hosts, links, programs on hosts, and waiting for what they do. $family is 4, 6 or both;
# $work is the case's folder: log/NAME.log is what the program NAME says.
# shellcheck disable=SC2154 # inside.sh sets work
family=both
up=

fail() {
	printf 'FAILED: %s\n' "$*"
	exit 1
}

# skip WHY: the case cannot be tried here
skip() {
	printf '%s\n' "$*"
	exit 77
}

# check WHAT COMMAND...: it must succeed
check() {
	what=$1
	shift
	"$@" || fail "$what ($*)"
	printf 'ok: %s\n' "$what"
}

# refused WHAT COMMAND...: it must fail
refused() {
	what=$1
	shift
	! "$@" || fail "$what ($*)"
	printf 'ok: %s\n' "$what"
}

# uptime in seconds, in $up
clock() {
	read -r up _ </proc/uptime
	up=${up%.*}
}

# await SECONDS WHAT COMMAND...: until it succeeds
await() {
	clock
	until_s=$((up + $1))
	awaited=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		clock
		[ "$up" -lt "$until_s" ] || fail "waited in vain: $awaited ($*)"
		sleep 0.05
	done
	printf 'ok: %s\n' "$awaited"
}

# --- hosts and links

# on HOST COMMAND...: in its network, and beside its mDNS daemon if it has one
on() {
	there=$1
	shift
	set -- "--net=/run/netns/$there" -- "$@"
	if [ -e "$work/run/$there.beside" ]; then
		read -r daemon <"$work/run/$there.beside"
		set -- "--mount=/proc/$daemon/ns/mnt" "--root=/proc/$daemon/root" "$@"
	fi
	${become:-} nsenter "$@"
}

# net HOST ARGUMENT...: ip(8) there; its own -n does not work below a chroot
net() {
	entered=$1
	shift
	nsenter "--net=/run/netns/$entered" ip "$@"
}

# setting HOST KEY VALUE: of /proc/sys/net
setting() {
	# shellcheck disable=SC2016 # the inner shell expands
	on "$1" sh -c 'printf "%s\n" "$2" >"/proc/sys/net/$1"' sh "$2" "$3"
}

# host NAME...: addresses are used at once, without looking for duplicates first, RFC 4862 5.4
host() {
	for new; do
		ip netns add "$new"
		for which in all default; do
			setting "$new" "ipv6/conf/$which/accept_dad" 0
			setting "$new" "ipv6/conf/$which/dad_transmits" 0
			[ "$family" != 4 ] || setting "$new" "ipv6/conf/$which/disable_ipv6" 1
		done
		net "$new" link set lo up
	done
}

# router NAME: a host that forwards
router() {
	host "$1"
	setting "$1" ipv4/ip_forward 1
	[ "$family" = 4 ] || setting "$1" ipv6/conf/all/forwarding 1
}

# link NAME...: a switch
link() {
	for new; do
		ip link add "$new" type bridge forward_delay 0 mcast_snooping 0
		printf '1\n' >"/proc/sys/net/ipv6/conf/$new/disable_ipv6"
		ip link set "$new" up
	done
}

# wanted ADDRESS: is of a family in use
wanted() {
	case $family$1 in
	4*:* | 6*.*) return 1 ;;
	esac
}

# plug HOST LINK [ADDRESS/LENGTH]...: by an interface with the link's name
plug() {
	new=$1 onto=$2
	shift 2
	ip link add "$new.$onto" type veth peer name "$onto" netns "$new"
	ip link set "$new.$onto" master "$onto" up
	net "$new" link set "$onto" up
	for address; do
		! wanted "$address" || net "$new" address add "$address" dev "$onto"
	done
}

# route HOST NETWORK GATEWAY
route() {
	! wanted "$3" || net "$1" route add "$2" via "$3"
}

# link_local HOST LINK: prints the address there
link_local() {
	net "$1" -6 -o address show dev "$2" scope link | sed -n 's/.* inet6 \([^/]*\).*/\1/p'
}

# --- programs

# start HOST NAME COMMAND...: in the background
start() {
	there=$1 program=$2
	shift 2
	touch "$work/log/$program.log"
	wc -l <"$work/log/$program.log" >"$work/run/$program.from"
	{
		become='exec'	# so that the number is the program's
		on "$there" "$@"
	} </dev/null >>"$work/log/$program.log" 2>&1 &
	printf '%s\n' $! >"$work/run/$program.pid"
}

# stop NAME [SIGNAL]: and wait for its end
stop() {
	read -r pid <"$work/run/$1.pid"
	kill "-${2:-TERM}" "$pid"
	wait "$pid" || :
}

# ended NAME: wait for its end; its exit status
ended() {
	read -r pid <"$work/run/$1.pid"
	wait "$pid"
}

# said NAME: what it wrote since it was started last
said() {
	read -r from <"$work/run/$1.from"
	tail -n +$((from + 1)) "$work/log/$1.log"
}

# has_said NAME TEXT
has_said() {
	said "$1" | grep -qF -- "$2"
}

# tally NAME: has a program write its counters, and prints that line
tally() {
	read -r pid <"$work/run/$1.pid"
	lines=$(said "$1" | grep -c stage=counters) || :
	kill -USR1 "$pid"
	await 10 "$1 says what it has counted" more_counters "$1" "$lines" >/dev/null
	said "$1" | grep stage=counters | tail -n 1
}

more_counters() {
	[ "$(said "$1" | grep -c stage=counters)" -gt "$2" ]
}

# counter NAME COUNTER: what it is now
counter() {
	tally "$1" | sed -n "s/.*[ \"]$2 \([0-9]*\).*/\1/p"
}

# counted NAME COUNTER NUMBER: so many at least
counted() {
	[ "$(counter "$1" "$2")" -ge "$3" ]
}

# listens HOST tcp|udp PORT
listens() {
	on "$1" ss -Hln "--$2" "sport = :$3" | grep -q .
}

# mdns_daemon HOST: what a machine with a desktop has; nobody but that host's programs can talk to it
mdns_daemon() {
	touch "$work/run/$1.user"
	chown avahi "$work/run/$1.user" 2>/dev/null || skip "an mDNS daemon has no user of its own here"
	# shellcheck disable=SC2016 # the inner shell expands
	start "$1" "$1.avahi" unshare --mount --propagation "$propagation" --uts sh -ec 'mount -t tmpfs tmpfs /run
		hostname "$0"
		mkdir /run/dbus
		dbus-daemon --system --fork --nopidfile
		exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title' "$1"
	await 10 "$1 has an mDNS daemon" has_said "$1.avahi" "Server startup complete"
	cp "$work/run/$1.avahi.pid" "$work/run/$1.beside"
}

# sees HOST TYPE PATTERN: a line that the daemon's client there has of services of that type
sees() {
	on "$1" timeout 10 avahi-browse -rpt "$2" | grep "^=" | grep -qE "$3"
}

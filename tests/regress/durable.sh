#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 of the registrar at every fdatasync of an enrolment, of a renewal and of a revocation: at the first, at the
# second, ... until one is through. What was delivered or said is in the store after the restart, no serial number comes
# twice, a second try succeeds, the list is complete, the audit trail intact.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/../interop/by_hand.sh"
pid=

# strace, where it is in between, ends with its child, and by no signal
stop() {
	[ -n "$pid" ] || return 0
	kill "$(cat "$work/pid")" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	pid=
}
trap 'stop; clean_up' EXIT

alive() {
	kill -0 "$pid" 2>/dev/null
}

# start COMMAND...: until it answers, or is no more
start() {
	rm -f "$ADMIN_SOCKET" "$work/pid"
	# shellcheck disable=SC2016
	"$@" sh -c 'echo $$ >"$0"; exec "$@"' "$work/pid" "$BIN_DIR/brski-registrar" \
	    -f "$work/lab/registrar/registrar.conf" >>"$work/lab/log/registrar.log" 2>&1 &
	pid=$!
	until curl -sS --unix-socket "$ADMIN_SOCKET" -o "$work/answer" http://localhost/v1/status 2>/dev/null; do
		alive || return 1
		sleep 0.02
	done
}

# of the registrar's store
store() {
	sqlite3 -cmd '.timeout 5000' "$REGISTRAR_DB" "$1"
}

serial_of() {
	openssl x509 -in "$1" -noout -serial | cut -d = -f 2
}

device() {
	printf '%s/lab/pledges/%s' "$work" "$1"
}

# delivered FILE: a device has it: so it is in the store, as that device's, and remembered here
delivered() {
	[ -e "$1" ] || return 0
	serial=$(serial_of "$1")
	[ "$(store "SELECT d.serial FROM certificates c JOIN devices d ON d.id = c.device
	    WHERE hex(c.serial) = '$serial'")" = \
	    "$name" ] || fail "$name has $serial, and the store has not"
	printf '%s %s\n' "$serial" "$(openssl x509 -in "$1" -noout -fingerprint)" >>"$work/delivered"
}

# --- each operation: try NAME, what it has to leave behind

# by a device, until it has no registrar; the next time it goes on where it was
try_enrol() {
	"$lab" pledge "$1" --dir "$work/lab" >"$work/out" 2>"$work/log" &
	pledge=$!
	while kill -0 $pledge 2>/dev/null; do
		alive || kill $pledge 2>/dev/null || :
		sleep 0.05
	done
	wait $pledge
}

after_enrol() {
	delivered "$(device "$1")/ldevid.pem"
}

# of one that is enrolled, with the same request each time
try_renew() {
	[ -e "$(device "$1")/csr" ] || {
		csr "$(device "$1")" 2>"$work/log"
		base64 "$(device "$1")/csr.der" >"$(device "$1")/csr"
	}
	[ "$(curl -sS -o "$work/p7" -w '%{http_code}' --cacert "$DOMAIN_CA" --cert "$(device "$1")/ldevid.pem" \
	    --key "$(device "$1")/ldevid.key" -H 'Content-Type: application/pkcs10' \
	    --data-binary @"$(device "$1")/csr" \
	        "$REGISTRAR_HTTPS/.well-known/est/simplereenroll" 2>"$work/log")" = 200 ] &&
	    certs "$work/p7" >"$(device "$1")/next.pem"
}

after_renew() {
	delivered "$(device "$1")/next.pem"
	[ "$(store "SELECT count(*) FROM certificates c JOIN devices d ON d.id = c.device
	    WHERE d.serial = '$1'")" -le 2 ] ||
	    fail "$1: more than one renewal"
}

try_revoke() {
	"$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" cert revoke "$1" --reason keyCompromise \
	    >"$work/out" 2>"$work/log" ||
	    grep -q 'already' "$work/log"
}

# $said: whether that was reported as done
after_revoke() {
	standing=$(store "SELECT standing FROM devices WHERE serial = '$1'")
	left=$(store "SELECT count(*) FROM certificates c JOIN devices d ON d.id = c.device WHERE d.serial = '$1' AND
	    c.revoked = 0")
	case $standing.$left in
	0.0 | [12].[1-9]*) fail "$1: a half of it: standing $standing, $left in force" ;;
	0.*) [ "$said" = no ] || fail "$1: forgotten" ;;
	esac
}

# The list that is served has all that the store has.
list_is_whole() {
	curl -sS --fail "$CRL_URL" -o "$work/crl"
	openssl crl -inform DER -in "$work/crl" -CAfile "$DOMAIN_CA" -noout -text >"$work/crl.txt" 2>&1
	grep -q 'verify OK' "$work/crl.txt" || fail "$(cat "$work/crl.txt")"
	sed -n 's/^ *Serial Number: //p' "$work/crl.txt" | sort >"$work/listed"
	store "SELECT hex(serial) FROM certificates WHERE revoked > 0" | sort >"$work/revoked"
	cmp "$work/listed" "$work/revoked" || fail "the list and the store: $(diff "$work/listed" "$work/revoked")"
}

# cut_at OPERATION: for one device after the other, at the first call, at the second, ...
cut_at() {
	n=0 through=no
	while [ $through = no ]; do
		n=$((n + 1)) name=device-$((n + offset)) said=no
		if start strace -f -qq -o "$work/strace" -e trace=fdatasync \
		    -e inject=fdatasync:signal=KILL:when=$n; then
			if "try_$1" "$name"; then said=yes; fi
			sleep 0.1	# what follows the answer
		fi
		! alive || through=yes
		[ $through = no ] || [ $said = yes ] || fail "$1, nobody was killed: $(cat "$work/out" "$work/log")"
		stop
		start env || fail "$1 cut at call $n: it does not start again"
		"after_$1" "$name"
		list_is_whole
		"try_$1" "$name" || fail "$1 cut at call $n: not done again: $(cat "$work/out" "$work/log")"
		said=yes
		"after_$1" "$name"
		list_is_whole
		"$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET" >"$work/out" ||
		    fail "$1 cut at call $n: audit trail"
		stop
	done
	[ $n -gt "$2" ] || fail "$1 was cut at $((n - 1)) places only"
	printf 'ok: %s, cut at %s places\n' "$1" $((n - 1))
}

lab_up "$work/lab"
read -r running _ <"$work/lab/run/registrar.pid"
kill "$running"
while kill -0 "$running" 2>/dev/null; do sleep 0.05; done
rm "$work/lab/run/registrar.pid"
offset=0
cut_at enrol 3
cut_at renew 1
cut_at revoke 1
check "no serial number for two certificates" test \
    "$(sort -u "$work/delivered" | cut -d ' ' -f 1 | uniq -d | wc -l)" -eq 0
check "nothing was delivered that is not kept" test "$(sort -u "$work/delivered" | wc -l)" -le \
    "$(store 'SELECT count(*) FROM certificates WHERE device NOT NULL')"
refused "nobody holds half a certificate" grep -rE 'level=error' "$work/lab/log/registrar.log"

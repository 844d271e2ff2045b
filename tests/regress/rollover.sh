#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The domain CA gets a new key under twenty live agents, ten on each transport: nobody touches one, none is commissioned
# anew, all end on the new CA, also one that was off from before the first step until after the second.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
count=20

rollover() {
	"$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" ca rollover "$@" >"$work/out" 2>"$work/err"
}

store() {
	sqlite3 -cmd '.timeout 5000' "$REGISTRAR_DB" "$1"
}

# on CA: how many devices have a certificate that this one signed, by this alone
on() {
	for i in $(seq $count); do
		openssl verify -partial_chain -trusted "$1" "$work/lab/pledges/agent-$i/ldevid.pem" 2>/dev/null || :
	done | grep -c ': OK$' || :
}

# agents_on CA: within half a minute all are
agents_on() {
	turns=100
	until [ "$(on "$1")" -eq $count ]; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] ||
		    fail "$(on "$1") of $count: $(grep -h level=warn "$work"/lab/log/agent-*.log | tail -n 5)"
		sleep 0.3
	done
}

renewals() {
	cat "$work"/lab/log/agent-*.log | grep -c 'renewals=[1-9]' || :
}

# stop NAME: an agent
stop() {
	read -r pid _ <"$work/lab/run/agent-$1.pid"
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

begin() {
	if [ $(($1 % 2)) -eq 0 ]; then
		"$lab" agent "agent-$1" --dir "$work/lab"
	else
		"$lab" agent "agent-$1" --coaps --dir "$work/lab"
	fi
}

lab_up "$work/lab"
conf=$work/lab/registrar/registrar.conf
{
	printf 'ldevid-lifetime = 20s\nrenewal-overlap = 4s\n'
	cat "$conf"
} >"$work/conf"
cp "$work/conf" "$conf"
read -r pid _ <"$work/lab/run/registrar.pid"
kill -HUP "$pid"
turns=100
until grep -q stage=reload "$work/lab/log/registrar.log"; do
	turns=$((turns - 1))
	[ "$turns" -gt 0 ] || fail "no reload"
	sleep 0.05
done
cp "$DOMAIN_CA" "$work/old.pem"
for i in $(seq $count); do
	begin "$i"
done
turns=200
until [ "$(cat "$work"/lab/log/agent-*.log | grep -c '^enrolled .*renewals=0')" -eq $count ]; do
	turns=$((turns - 1))
	[ "$turns" -gt 0 ] || fail "not all of them are commissioned"
	sleep 0.1
done
check "twenty on the first CA" test "$(on "$work/old.pem")" -eq $count

# one of each transport is off
absent=$((count - 1)) other=$count
for i in $absent $other; do
	stop "agent-$i"
done
check "prepared" rollover prepare
check "activated" rollover activate
refused "not at once, while old certificates are in force" rollover finish
check "which is said" grep -q 'certificates of the former CA in force: ' "$work/err"
# the new root, and the certificate that leads to it from the old one
csplit -sz -f "$work/ca-" "$DOMAIN_CA" '/-----BEGIN CERTIFICATE/' '{*}'
for file in "$work"/ca-*; do
	cmp -s "$file" "$work/old.pem" || if openssl verify -CAfile "$file" "$file" >/dev/null 2>&1; then
		new=$file
	elif openssl verify -CAfile "$work/old.pem" "$file" >/dev/null 2>&1; then
		link=$file
	fi
done
before=$(renewals)
for i in $absent $other; do
	begin "$i"
done
agents_on "$new"
printf 'ok: all of them are on the new CA\n'
check "by renewals" test "$(renewals)" -ge $((before + count - 2))
for i in $(seq $count); do
	openssl verify -CAfile "$DOMAIN_CA" "$work/lab/pledges/agent-$i/ldevid.pem" >"$work/out" 2>&1 ||
	    fail "agent-$i: $(cat "$work/out")"
	openssl verify -CAfile "$work/old.pem" -untrusted "$link" "$work/lab/pledges/agent-$i/ldevid.pem" \
	    >"$work/out" 2>&1 || fail "agent-$i, for who knows the old root only: $(cat "$work/out")"
done
printf 'ok: OpenSSL verifies what they have, by the new root and by the old one\n'
turns=200
until rollover finish; do
	grep -q 'certificates of the former CA ' "$work/err" || fail "$(cat "$work/err")"
	turns=$((turns - 1))
	[ "$turns" -gt 0 ] || fail "never: $(cat "$work/err")"
	sleep 0.2
done
printf 'ok: finished, when the last old certificate had expired\n'
check "one CA is left" test "$(grep -c BEGIN "$DOMAIN_CA")" -eq 1
check "nobody was commissioned twice" test "$(store 'SELECT count(*) FROM requests')" -eq $count
# with the former CA gone they go on
for i in 1 2 $absent $other; do
	log=$work/lab/log/agent-agent-$i.log
	lines=$(wc -l <"$log")
	read -r pid _ <"$work/lab/run/agent-agent-$i.pid"
	kill -HUP "$pid"
	turns=200
	until tail -n +$((lines + 1)) "$log" | grep -q '^enrolled '; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "agent-$i: $(tail -n +$((lines + 1)) "$log")"
		sleep 0.05
	done
	check "agent-$i renews without the former CA" openssl verify -CAfile "$DOMAIN_CA" \
	    "$work/lab/pledges/agent-$i/ldevid.pem"
done
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

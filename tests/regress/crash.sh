#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 of registrar and MASA while pledges are on their way: after a restart all of them end
# enrolled, no serial twice.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
count=${PLEDGES:-16}

kill_hard() {
	read -r pid _ <"$work/lab/run/$1.pid"
	kill -9 "$pid"
	printf 'killed %s\n' "$1"
}

enrolled() {
	find "$work/lab/pledges" -name ldevid.pem | wc -l
}

# Wait until at least so many are through, so that the kill hits the others in the middle.
until_enrolled() {
	turns=1200
	while [ "$(enrolled)" -lt "$1" ]; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "only $(enrolled) of $1 enrolled"
		sleep 0.05
	done
}

lab_up "$work/lab"
for i in $(seq "$count"); do
	"$lab" device "device-$i" --dir "$work/lab"
done
for i in $(seq "$count"); do
	set --
	[ $((i % 4)) -ne 0 ] || set -- --coaps # a session without another end is given up after a minute
	"$lab" pledge "device-$i" "$@" --dir "$work/lab" -- --timeout 300 >"$work/$i.log" 2>&1 &
	printf '%s %s\n' $! "$i" >>"$work/pids"
done
until_enrolled 1
kill_hard registrar
check "the registrar is started again" "$lab" up --dir "$work/lab"
until_enrolled $((count / 4))
kill_hard masa
check "the MASA is started again" "$lab" up --dir "$work/lab"
while read -r pid i; do
	wait "$pid" || {
		tail -n 20 "$work/$i.log"
		fail "device-$i did not end enrolled"
	}
done <"$work/pids"
printf 'ok: %s pledges enrolled\n' "$count"

serials=$(for i in $(seq "$count"); do
	openssl x509 -in "$work/lab/pledges/device-$i/ldevid.pem" -noout -serial
done | sort -u | wc -l)
check "no serial number twice" test "$serials" -eq "$count"
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 64 pledges at once: none fails, no two certificates share a serial number, and nobody's sanitizer complains.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
count=${PLEDGES:-64}

lab_up "$work/lab"
# shellcheck source=/dev/null
. "$work/lab/lab.env"
for i in $(seq "$count"); do
	"$lab" pledge "device-$i" --dir "$work/lab" >"$work/$i.log" 2>&1 &
	printf '%s %s\n' $! "$i" >>"$work/pids"
done
bad=
while read -r pid i; do
	wait "$pid" || {
		bad="$bad $i"
		tail -n 5 "$work/$i.log"
	}
done <"$work/pids"
[ -z "$bad" ] || fail "not commissioned:$bad"
printf 'ok: %s pledges at once\n' "$count"

serials=$(for i in $(seq "$count"); do
	openssl x509 -in "$work/lab/pledges/device-$i/ldevid.pem" -noout -serial
done | sort -u | wc -l)
check "each has a certificate of its own" test "$serials" -eq "$count"
for i in $(seq "$count"); do
	openssl verify -CAfile "$DOMAIN_CA" "$work/lab/pledges/device-$i/ldevid.pem" >"$work/verify" 2>&1 ||
	    fail "device-$i: $(cat "$work/verify")"
done
refused "no sanitizer complains" grep -rE 'ERROR: [A-Za-z]+Sanitizer|runtime error' "$work"/*.log "$work/lab/log"
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

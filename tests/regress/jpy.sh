#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The registrar's port for stateless join proxies, with a proxy of another make in front: twenty devices at once over
# its one socket, with losses; each ends with a certificate of its own.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
devices=20

# await COMMAND...
await() {
	turns=200
	until "$@"; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "never: $*"
		sleep 0.05
	done
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# through RELAY NAME: commissioned there
through() {
	timeout 150 "$BIN_DIR/brski-pledge" --idevid-cert "$work/lab/pledges/$2/idevid.pem" \
	    --idevid-key "$work/lab/pledges/$2/idevid.key" --manufacturer-anchors "$MASA_CA" --registrar "coaps://$1" \
	    --state "$work/lab/pledges/$2" --timeout 120 >"$work/$2.out" 2>"$work/$2.log"
}

# own NAME: the certificate says that name
own() {
	openssl x509 -in "$work/lab/pledges/$1/ldevid.pem" -noout -subject -nameopt multiline | grep -q "= $1\$" &&
	    openssl verify -CAfile "$DOMAIN_CA" "$work/lab/pledges/$1/ldevid.pem" >/dev/null
}

lab_up "$work/lab"
log=$work/lab/log/registrar.log conf=$work/lab/registrar/registrar.conf
port=$((${REGISTRAR_JPY##*:} + 1))
read -r pid _ <"$work/lab/run/registrar.pid"

# a port takes a start
sed -i "s/^listen-jpy = .*/listen-jpy = \"127.0.0.1:$port\"/" "$conf"
check "the configuration is good" "$BIN_DIR/brski-registrar" -n -f "$conf"
kill -HUP "$pid"
await grep -q 'stage=reload.*listen-jpy.*next start' "$log"
kill "$pid"
await gone "$pid"
"$lab" up --dir "$work/lab" >"$work/up.log" 2>&1 || fail "it does not start again: $(cat "$work/up.log")"
check "the registrar says where" grep -q "stage=start .*jpy 127.0.0.1:$port" "$log"

relay=$("$top_srcdir/tests/udp_relay.py" --jpy --to "127.0.0.1:$port" --loss 0.02 --reorder 0.02 --duplicate 0.02 \
    --pid-file "$work/relay.pid" --background 2>"$work/relay.log")
n=0
pids=
while [ "$n" -lt "$devices" ]; do
	n=$((n + 1))
	"$lab" device "jpy-$n" --dir "$work/lab" >/dev/null 2>&1
	through "$relay" "jpy-$n" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || fail "a device gave up: $(tail -n 3 "$work"/jpy-*.log)"
done
while [ "$n" -gt 0 ]; do
	own "jpy-$n" || fail "jpy-$n has another one's certificate"
	n=$((n - 1))
done
printf 'ok: %s devices behind one proxy, none mixed up with another\n' "$devices"
read -r pid <"$work/relay.pid"
kill "$pid"
await grep -q '^seen ' "$work/relay.log"

# DTLS as it is, at that port: nobody answers
direct() {
	timeout 3 "$BIN_DIR/brski-pledge" --idevid-cert "$work/lab/pledges/jpy-1/idevid.pem" \
	    --idevid-key "$work/lab/pledges/jpy-1/idevid.key" --manufacturer-anchors "$MASA_CA" \
	    --registrar "coaps://127.0.0.1:$port" --state "$work/direct" --once >"$work/out" 2>&1
}
refused "a device without a proxy" direct
await grep -q 'constrained-join-proxy' "$log"
printf 'ok: what is no JPY is dropped, and said once\n'

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real devices over CoAP and DTLS: every way to speak it ends enrolled, side by side with HTTPS.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"

lab_up "$work/lab"

# enrolled NAME OPTION...: commissioned, and the last line says so
enrolled() {
	name=$1
	shift
	"$lab" pledge "$name" --dir "$work/lab" "$@" >"$work/out" 2>"$work/log" || cat "$work/log"
	grep -q "^enrolled serial=$name " "$work/out"
}

listed() {
	"$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" device list | grep -Eq " $1 +operational .* $2 +$3 "
}

verified() {
	"$BIN_DIR/brskictl" voucher verify "$1/voucher.vch" --as pledge --anchor "$MASA_CA" \
	    --request "$1/pvr.vch" >/dev/null && openssl verify -CAfile "$DOMAIN_CA" "$1/ldevid.pem" >/dev/null
}

check "a device over CoAPS" enrolled c-13 --coaps
check "by DTLS 1.2" enrolled c-12 --coaps -- --dtls 1.2
check "with a hybrid key exchange" enrolled c-hybrid --coaps -- --hybrid
check "one over HTTPS with COSE" enrolled h-cose -- --format cose
check "one over HTTPS with CMS, classical" enrolled h-cms -- --classical
check "the list has DTLS 1.3" listed c-13 coaps DTLSv1.3
check "the list has DTLS 1.2" listed c-12 coaps DTLSv1.2
check "the list has HTTPS" listed h-cose https TLSv1.3
for name in c-13 c-12 c-hybrid h-cose; do
	check "$name: what it got is right" verified "$work/lab/pledges/$name"
done

device=$work/lab/pledges/c-13
"$BIN_DIR/brski-pledge" status --state "$device" --json >"$work/out"
check "status says the transport" grep -q '"transport":"coaps"' "$work/out"
check "and the voucher's file" grep -q 'voucher.vch"' "$work/out"
check "it stays enrolled" enrolled c-13 --coaps
check "reset" "$BIN_DIR/brski-pledge" reset --state "$device"
refused "the voucher is gone" test -e "$device/voucher.vch"
check "the same device again, over HTTPS" enrolled c-13
check "its voucher is CMS now" test -e "$device/voucher.vcj"

# nobody listens on the TCP port's number in UDP
status=0
"$BIN_DIR/brski-pledge" --idevid-cert "$device/idevid.pem" --idevid-key "$device/idevid.key" \
    --manufacturer-anchors "$MASA_CA" --registrar "coaps://${REGISTRAR_HTTPS#https://}" \
    --state "$work/new" --once >"$work/out" 2>"$work/log" || status=$?
check "nobody there: exit status 3" test "$status" -eq 3

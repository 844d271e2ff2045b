#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examples/lab keeps its contract: commands, lab.env, a device's files, two labs side by side.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"

same_key() {
	[ "$(openssl pkey -in "$1" -pubout)" = "$(openssl x509 -in "$2" -noout -pubkey)" ]
}

lab_up "$work/one"
for key in BIN_DIR REGISTRAR_HTTPS REGISTRAR_COAPS REGISTRAR_JPY MASA_URL ADMIN_SOCKET DOMAIN_CA MASA_CA MASA_TLS_CA \
    MFR_CA REGISTRAR_CERT REGISTRAR_DB MASA_DB; do
	check "lab.env names $key" grep -q "^$key=." "$work/one/lab.env"
done
for file in "$DOMAIN_CA" "$MASA_CA" "$MASA_TLS_CA" "$MFR_CA" "$REGISTRAR_CERT"; do
	check "$file is a certificate" openssl x509 -in "$file" -noout
done
check "registrar and MASA run" "$lab" status --dir "$work/one"

check "a device is made" "$lab" device first --dir "$work/one"
first=$work/one/pledges/first
check "its IDevID chains to the manufacturer" openssl verify -CAfile "$MFR_CA" "$first/idevid.pem"
check "its key is its own" same_key "$first/idevid.key" "$first/idevid.pem"
refused "it is not commissioned" test -e "$first/ldevid.pem"
refused "a name is no path" "$lab" device ../first --dir "$work/one"

check "it is commissioned" "$lab" pledge first --dir "$work/one"
check "its LDevID chains to the domain" openssl verify -CAfile "$DOMAIN_CA" "$first/ldevid.pem"
check "by a key of its own" same_key "$first/ldevid.key" "$first/ldevid.pem"
refused "which is a new one" same_key "$first/idevid.key" "$first/ldevid.pem"
check "trust.pem is there" openssl x509 -in "$first/trust.pem" -noout
check "the request is there" test -s "$first/pvr.vcj"
check "the voucher's signer chains to the MASA's root" openssl cms -verify -binary -inform DER \
    -in "$first/voucher.vcj" -CAfile "$MASA_CA" -purpose any -out "$work/voucher.json"
check "the voucher is for this device" grep -q '"serial-number" *: *"first"' "$work/voucher.json"
check "the tool accepts it too" "$BIN_DIR/brskictl" voucher verify "$first/voucher.vcj" --as pledge \
    --anchor "$MASA_CA" --request "$first/pvr.vcj"
check "the inventory lists it" sh -c "\"$BIN_DIR\"/brskictl device list --server \"$ADMIN_SOCKET\" | grep -q first"

read -r pid _ <"$work/one/run/registrar.pid"
lab_up "$work/two"
check "a second lab commissions" "$lab" pledge second --dir "$work/two"
check "the second lab goes down" "$lab" down --dir "$work/two"
refused "and says so" "$lab" status --dir "$work/two"
check "the first runs on" kill -0 "$pid"
# shellcheck source=/dev/null
. "$work/one/lab.env"
labs="$labs $work/three"
refused "a third on its ports" "$lab" up --dir "$work/three" --base-port "${REGISTRAR_HTTPS##*:}"
refused "which leaves nothing running" ls "$work/three/run/masa.pid" "$work/three/run/registrar.pid"

kill -9 "$pid"
check "what crashed is started again" "$lab" up --dir "$work/one"
check "with the state it had" "$lab" pledge first --dir "$work/one"
check "for new devices too" "$lab" pledge third --dir "$work/one"

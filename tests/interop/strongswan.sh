#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strongSwan's EST client against our registrar: RFC 7030 4.1 and 4.2 by somebody else's TLS, HTTP and PKCS#7.
# `pki --est` asks for a first certificate only when it has none to show to the server, which BRSKI wants to see: so
# somebody in between shows the IDevID and carries every byte of HTTP as it is.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/by_hand.sh"
pki() {
	command pki "$@" 2>"$work/pki.log" || {
		cat "$work/pki.log"
		return 1
	}
}

lab_up "$work/lab"
"$lab" device swan --dir "$work/lab"
device=$work/lab/pledges/swan
check "the device has its voucher" commissioned "$device" swan

# interop: strongSwan gets the certificates of the domain, RFC 7030 4.1
pki --estca --url "$REGISTRAR_HTTPS" --cacert "$DOMAIN_CA" --caout "$work/ca.pem" --outform pem
check "gets the domain CA" test "$(der64 "$work/ca.pem")" = "$(der64 "$DOMAIN_CA")"

csr "$device"
mkfifo "$work/end"
python3 "$(dirname "$0")/as_client.py" "$REGISTRAR_CERT" "$work/lab/registrar/registrar.key" "$device/idevid.pem" \
    "$device/idevid.key" "${REGISTRAR_HTTPS#https://}" <"$work/end" >"$work/port" &
exec 7>"$work/end"
until [ -s "$work/port" ]; do
	kill -0 $! || fail "the carrier does not start"
	sleep 0.05
done
pki --est --url "https://127.0.0.1:$(cat "$work/port")" --in "$device/csr.der" --cacert "$work/ca.pem" \
    --outform pem >"$work/ldevid.pem" || fail "pki --est"
exec 7>&-
wait $! || fail "the carrier"
check "the LDevID chains to the domain" openssl verify -CAfile "$work/ca.pem" "$work/ldevid.pem"
openssl pkey -in "$device/new.key" -pubout >"$work/new.pub"
check "for the new key" test "$(public_key "$work/ldevid.pem")" = "$(cat "$work/new.pub")"
check "strongSwan verifies it too" pki --verify --in "$work/ldevid.pem" --cacert "$work/ca.pem"

# With a certificate to show it asks for another in its place, RFC 7030 4.2.2. An IDevID is not ours to renew.
! pki --est --url "$REGISTRAR_HTTPS" --in "$device/csr.der" --cacert "$work/ca.pem" \
    --cert "$device/idevid.pem" --key "$device/idevid.key" >"$work/out" || fail "an IDevID is renewed?"
check "pki --est shows the IDevID" grep -q 'sending TLS client certificate' "$work/out"
check "which is not renewed" grep -q 'stage=simplereenroll .*rc=E_FORBIDDEN spec="RFC 7030 4.2.2"' \
    "$work/lab/log/registrar.log"

# reenrol CERT KEY OUT: by strongSwan alone, every byte of it
reenrol() {
	pki --est --url "$REGISTRAR_HTTPS" --in "$device/csr.der" --cacert "$work/ca.pem" --cert "$1" --key "$2" \
	    --outform pem >"$3"
}
cp "$device/new.key" "$work/ldevid.key"
csr "$device"
# interop: strongSwan re-enrols with the LDevID, RFC 7030 4.2.2
pki --est --url "$REGISTRAR_HTTPS" --in "$device/csr.der" --cacert "$work/ca.pem" --cert "$work/ldevid.pem" \
    --key "$work/ldevid.key" --outform pem >"$work/next.pem"
check "the next LDevID chains to the domain" openssl verify -CAfile "$work/ca.pem" "$work/next.pem"
openssl pkey -in "$device/new.key" -pubout >"$work/next.pub"
check "for the next key" test "$(public_key "$work/next.pem")" = "$(cat "$work/next.pub")"
refused "which is another one" cmp -s "$work/next.pub" "$work/new.pub"
check "in the same name" test "$(openssl x509 -in "$work/next.pem" -noout -subject)" = \
    "$(openssl x509 -in "$work/ldevid.pem" -noout -subject)"
check "strongSwan verifies it too" pki --verify --in "$work/next.pem" --cacert "$work/ca.pem"
check "asks the same again" reenrol "$work/ldevid.pem" "$work/ldevid.key" "$work/again.pem"
check "and gets the same" cmp "$work/next.pem" "$work/again.pem"
cp "$device/new.key" "$work/next.key"
csr "$device"
check "and the next one renews as well" reenrol "$work/next.pem" "$work/next.key" "$work/third.pem"
check "into a third one" openssl verify -CAfile "$work/ca.pem" "$work/third.pem"

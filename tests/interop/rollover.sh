#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A domain CA with a new key, by openssl: whoever knows only the old root, or only the new one, accepts what either
# signed; a device that comes back is still ours for the MASA, and pins the new root. RFC 4210 4.4, RFC 7030 4.1.3.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"

admin() {
	curl -sS --max-time 30 --unix-socket "$ADMIN_SOCKET" -o "$work/answer" -w '%{http_code}\n' "$@" >"$work/code"
}

# rollover STEP CODE: the answer's status
rollover() {
	admin -X POST "http://localhost/v1/ca/rollover/$1" && test "$(cat "$work/code")" = "$2"
}

# served ROOTS: the registrar's TLS server, for who trusts only these
served() {
	openssl s_client -connect "${REGISTRAR_HTTPS#https://}" -CAfile "$1" -verify_return_error -verify_ip 127.0.0.1 \
	    </dev/null >"$work/tls.txt" 2>&1 && grep -q 'Verify return code: 0 (ok)' "$work/tls.txt"
}

# split FILE DIR: one certificate per file, DIR/00 ...
split() {
	mkdir -p "$2"
	csplit -sz -f "$2/" "$1" '/-----BEGIN CERTIFICATE/' '{*}'
}

# pins DEVICE ROOT: its voucher's pin is that certificate
pins() {
	openssl cms -verify -binary -inform DER -in "$dir/pledges/$1/voucher.vcj" -CAfile "$MASA_CA" -purpose any \
	    -out "$work/content" 2>"$work/cms.txt"
	grep -q "\"pinned-domain-cert\":\"$(openssl x509 -in "$2" -outform DER | base64 -w 0)\"" "$work/content"
}

# again DEVICE: it has forgotten all but who it is
again() {
	find "$dir/pledges/$1" -type f ! -name 'idevid.*' -exec rm {} +
	"$lab" pledge "$1" --dir "$dir"
}

lab_up "$work/lab"
check "a device is commissioned" "$lab" pledge early --dir "$dir"
early=$dir/pledges/early/ldevid.pem
cp "$DOMAIN_CA" "$work/old.pem"
cp "$REGISTRAR_CERT" "$work/registrar-old.pem"
cp "$early" "$work/early.pem"

check "nothing is activated that was not prepared" rollover activate 409
check "the next CA is prepared" rollover prepare 200
check "which is said" grep -q '"rollover": *"prepared"' "$work/answer"
split "$DOMAIN_CA" "$work/ca"
new=$work/ca/01
check "it is its own root" openssl verify -x509_strict -CAfile "$new" "$new"
check "nothing vouches for it" test "$(grep -c BEGIN "$DOMAIN_CA")" -eq 2
refused "not the other way" openssl verify -CAfile "$new" "$work/old.pem" 2>/dev/null
check "TLS is as before" served "$work/old.pem"
refused "and not by the new root yet" served "$new"
# how many certificates cacerts has
cacerts() {
	curl -sS --cacert "$work/old.pem" "$REGISTRAR_HTTPS/.well-known/est/cacerts" | base64 -d |
	    openssl pkcs7 -inform DER -print_certs | grep -c '^subject'
}
check "it is not in cacerts" test "$(cacerts)" -eq 1

check "the next CA is activated" rollover activate 200
split "$DOMAIN_CA" "$work/both"
cross=$work/both/01
check "NewWithOld, by the old root" openssl verify -x509_strict -CAfile "$work/old.pem" "$cross"
check "OldWithNew, by the new root" openssl verify -x509_strict -CAfile "$new" "$work/both/02"
check "all four are in cacerts" test "$(cacerts)" -eq 4
check "TLS by the old root" served "$work/old.pem"
check "TLS by the new root" served "$new"
check "the registrar's certificate by the old root and what comes with it" \
    openssl verify -x509_strict -CAfile "$work/old.pem" -untrusted "$REGISTRAR_CERT" "$REGISTRAR_CERT"
check "by the new root alone" openssl verify -x509_strict -CAfile "$new" "$REGISTRAR_CERT"
check "by NewWithOld as an anchor" openssl verify -partial_chain -trusted "$cross" "$REGISTRAR_CERT"
check "a certificate from before, by the new root and OldWithNew" \
    openssl verify -CAfile "$new" -untrusted "$DOMAIN_CA" "$work/early.pem"
for root in "$work/old.pem" "$new"; do
	check "curl with $(basename "$root")" \
	    curl -sS -o "$work/cacerts" --cacert "$root" "$REGISTRAR_HTTPS/.well-known/est/cacerts"
done

check "a device comes back" again early
check "to the new root" pins early "$new"
check "which signed its certificate" openssl verify -CAfile "$new" "$early"
check "which the old root leads to" openssl verify -CAfile "$work/old.pem" -untrusted "$cross" "$early"
check "and comes by CoAPS" "$lab" pledge late --coaps --dir "$dir"

check "the former CA stays while it is needed" rollover finish 409
check "why is said" grep -q 'certificates of the former CA in force: ' "$work/answer"
check "a half of it is no way back" rollover cancel 409

serial=$(openssl x509 -in "$work/early.pem" -noout -serial)
check "the last certificate from before is taken back" sh -c "curl -sSf --unix-socket '$ADMIN_SOCKET' -X POST \
    'http://localhost/v1/certificates/${serial#serial=}/revoke?reason=cessationOfOperation' >/dev/null"
check "not while it could be asked about" rollover finish 409
check "the former CA is forgotten" rollover 'finish?force=yes' 200
check "that is the end of it" grep -q '"rollover": *null' "$work/answer"
check "TLS by the new root alone" served "$new"
refused "no more by the old root" served "$work/old.pem"
check "a device comes back once more" again early
check "each attempt is in the audit trail" test "$("$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" audit show |
    grep -c rollover)" -eq 7
check "which is intact" "$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" audit verify

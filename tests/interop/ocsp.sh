#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Revocation lists, OCSP answers and stapled ones, as OpenSSL, GnuTLS and curl see them.
# The line behind "# interop: TITLE" is a command for doc/interop.md; names are those of lab.env, and
# $ldevid, the certificate of a device.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"

# says TEXT: that is in what the last command wrote, on a line or a part of one
says() {
	grep -qF -e "$1" out || {
		cat out
		fail "it does not say: $1"
	}
	printf 'ok: it says: %s\n' "$1"
}

lacks() {
	refused "it does not say: $1" grep -qF -e "$1" out
}

# serial_of FILE
serial_of() {
	openssl x509 -in "$1" -noout -serial | cut -d = -f 2
}

# admin PATH: POST to the registrar's operators' socket
admin() {
	curl -sS --fail --unix-socket "$ADMIN_SOCKET" -X POST "http://localhost$1" >/dev/null
}

# header NAME: its value in the file "headers"
header() {
	tr -d '\r' <headers | sed -n "s/^$1: //p"
}

lab_up "$work/lab"
check "a device is commissioned" "$lab" pledge one --dir "$work/lab" >/dev/null 2>&1
check "and another" "$lab" pledge two --dir "$work/lab" >/dev/null 2>&1
cd "$work"
cp lab/pledges/one/ldevid.pem one.pem
cp lab/pledges/two/ldevid.pem two.pem
ldevid=one.pem

printf '# OpenSSL asks\n'
# interop: OpenSSL asks whether a device's certificate is good
openssl ocsp -issuer "$DOMAIN_CA" -cert "$ldevid" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >out 2>&1
says "one.pem: good"
says "Response verify OK"
lacks "no nonce in response"
# interop: the same by a CertID with SHA-256, RFC 6960 4.3
openssl ocsp -sha256 -issuer "$DOMAIN_CA" -cert "$ldevid" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >out 2>&1
says "one.pem: good"
says "Response verify OK"
# interop: the same without a nonce, RFC 5019
openssl ocsp -no_nonce -issuer "$DOMAIN_CA" -cert "$ldevid" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >out 2>&1
says "one.pem: good"
says "Response verify OK"
# interop: several certificates in one request
openssl ocsp -issuer "$DOMAIN_CA" -cert "$ldevid" -cert two.pem -cert "$REGISTRAR_CERT" -url "$OCSP_URL" \
    -CAfile "$DOMAIN_CA" >out 2>&1
says "one.pem: good"
says "two.pem: good"
says "registrar.pem: good"
says "Response verify OK"
# interop: a serial number that was never issued is unknown
openssl ocsp -issuer "$DOMAIN_CA" -serial 0x1234 -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >out 2>&1
says "0x1234: unknown"
says "Response verify OK"
# interop: and so is a certificate of another CA
openssl ocsp -noverify -issuer "$MFR_CA" -cert lab/pledges/one/idevid.pem -url "$OCSP_URL" >out 2>&1
says "idevid.pem: unknown"
openssl ocsp -issuer "$DOMAIN_CA" -cert "$ldevid" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" -resp_text >out 2>&1
says "OCSP Signing"
says "OCSP No Check"
says "Responder Id:"

printf '# A signed request\n'
openssl ocsp -issuer "$DOMAIN_CA" -cert "$ldevid" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" \
    -signer lab/pledges/two/ldevid.pem -signkey lab/pledges/two/ldevid.key >out 2>&1 || :
says "unauthorized (6)"

printf '# Lists\n'
# interop: curl fetches the revocation list
curl -sS --fail "$CRL_URL" -o domain.crl
# interop: OpenSSL reads and verifies it
openssl crl -inform DER -in domain.crl -CAfile "$DOMAIN_CA" -noout -text >out 2>&1
says "verify OK"
says "X509v3 CRL Number:"
says "X509v3 Authority Key Identifier:"
says "No Revoked Certificates."
openssl crl -inform DER -in domain.crl -out crl.pem
# interop: OpenSSL judges a certificate by it
openssl verify -crl_check -CAfile "$DOMAIN_CA" -CRLfile crl.pem "$ldevid" >out 2>&1
says "one.pem: OK"
# interop: OpenSSL fetches the list that the certificate names
openssl verify -crl_check -crl_download -CAfile "$DOMAIN_CA" "$ldevid" >out 2>&1
says "one.pem: OK"
openssl verify -crl_check -crl_download -CAfile "$DOMAIN_CA" "$REGISTRAR_CERT" >out 2>&1
says "registrar.pem: OK"
# interop: GnuTLS verifies the list
certtool --verify-crl --infile crl.pem --load-ca-certificate "$DOMAIN_CA" >out 2>&1
says "Verification output: Verified."

printf '# GnuTLS asks\n'
# interop: GnuTLS asks whether a device's certificate is good
ocsptool --ask="$OCSP_URL" --load-cert "$ldevid" --load-issuer "$DOMAIN_CA" --load-trust "$DOMAIN_CA" --nonce >out 2>&1
says "Verifying OCSP Response: Success"
says "Certificate Status: good"
# interop: the same at the address that the certificate names
ocsptool --ask --load-cert "$ldevid" --load-issuer "$DOMAIN_CA" --load-trust "$DOMAIN_CA" >out 2>&1
says "Verifying OCSP Response: Success"

printf '# HTTP\n'
openssl ocsp -no_nonce -issuer "$DOMAIN_CA" -cert "$ldevid" -reqout request.der >/dev/null 2>&1
# interop: curl asks with POST
curl -sS --fail -H 'Content-Type: application/ocsp-request' --data-binary @request.der "$OCSP_URL" -o response.der
# interop: and OpenSSL judges what came
openssl ocsp -respin response.der -issuer "$DOMAIN_CA" -cert "$ldevid" -CAfile "$DOMAIN_CA" >out 2>&1
says "one.pem: good"
says "Response verify OK"
# interop: curl asks with GET, RFC 6960 A.1
curl -sS --fail -D headers "$OCSP_URL/$(base64 -w 0 request.der | sed 's/+/%2B/g; s/=/%3D/g; s|/|%2F|g')" -o get.der
check "the answer is the same one" cmp response.der get.der
check "of its type" test "$(header Content-Type)" = application/ocsp-response
check "which has an ETag" test -n "$(header ETag)"
check "a date" test -n "$(header Last-Modified)"
check "an end" test -n "$(header Expires)"
check "and may be kept that long" grep -q '^Cache-Control: max-age=[0-9]*, public' headers
curl -sS --fail "$OCSP_URL/$(base64 -w 0 request.der)" -o plain.der
check "plain base64 will do" cmp get.der plain.der
# interop: a cache asks whether there is another one
curl -sS --fail -D headers -H "If-None-Match: $(header ETag)" "$OCSP_URL/$(base64 -w 0 request.der)" -o nothing.der
check "304" grep -q '^HTTP/1.1 304' headers
curl -sS --fail -D headers "$CRL_URL" -o again.crl
check "the list has an ETag too" test -n "$(header ETag)"
check "its type" test "$(header Content-Type)" = application/pkix-crl
curl -sS --fail -D headers -H "If-None-Match: $(header ETag)" "$CRL_URL" -o nothing.crl
check "304" grep -q '^HTTP/1.1 304' headers
openssl ocsp -issuer "$DOMAIN_CA" -cert "$ldevid" -reqout nonce.der >/dev/null 2>&1
curl -sS --fail -D headers -H 'Content-Type: application/ocsp-request' --data-binary @nonce.der "$OCSP_URL" \
    -o nonce.answer
check "an answer with a nonce is nobody else's" grep -q '^Cache-Control: no-store' headers

printf '# Refusals\n'
# status WANT CURL-ARGUMENT...
status() {
	want=$1
	shift
	got=$(curl -sS -o body -w '%{http_code}' "$@")
	check "$want: $*" test "$got" = "$want"
}
post='Content-Type: application/ocsp-request'
printf 'no request' >text
status 200 -H "$post" --data-binary @text "$OCSP_URL"
check "malformedRequest" test "$(od -An -tx1 body)" = " 30 03 0a 01 01"
status 200 "$OCSP_URL/%zz"
check "malformedRequest" test "$(od -An -tx1 body)" = " 30 03 0a 01 01"
head -c 100000 /dev/zero >large
status 413 -H "$post" --data-binary @large "$OCSP_URL"
status 413 -H "$post" -H 'Transfer-Encoding: chunked' --data-binary @large "$OCSP_URL"
status 415 -H 'Content-Type: text/plain' --data-binary @request.der "$OCSP_URL"
status 405 "$OCSP_URL"
status 404 "${CRL_URL%/domain.crl}/crl/0123456789abcdef0123456789abcdef01234567.crl"
status 404 "${CRL_URL%/domain.crl}/.well-known/est/cacerts"

printf '# Stapled\n'
for version in tls1_3 tls1_2; do
	# interop: OpenSSL wants the registrar's answer with the handshake, RFC 6066 8
	openssl s_client -connect "${REGISTRAR_HTTPS#https://}" -CAfile "$DOMAIN_CA" -"$version" -status </dev/null >out 2>&1
	says "OCSP Response Status: successful"
	says "Cert Status: good"
	says "Verify return code: 0 (ok)"
done
# interop: GnuTLS gets it too
gnutls-cli --x509cafile "$DOMAIN_CA" --save-ocsp=stapled.der --port "${REGISTRAR_HTTPS##*:}" 127.0.0.1 \
    </dev/null >out 2>&1
# interop: and OpenSSL judges it
openssl ocsp -respin stapled.der -issuer "$DOMAIN_CA" -cert "$REGISTRAR_CERT" -CAfile "$DOMAIN_CA" >out 2>&1
says "registrar.pem: good"
says "Response verify OK"
openssl s_client -connect "${REGISTRAR_HTTPS#https://}" -CAfile "$DOMAIN_CA" </dev/null >out 2>&1
lacks "OCSP Response Status"

printf '# Revoked\n'
check "a certificate is revoked" admin "/v1/certificates/$(serial_of one.pem)/revoke?reason=keyCompromise"
# interop: OpenSSL asks about a revoked certificate
openssl ocsp -no_nonce -issuer "$DOMAIN_CA" -cert "$ldevid" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >out 2>&1
says "one.pem: revoked"
says "Reason: keyCompromise"
says "Revocation Time:"
says "Response verify OK"
curl -sS --fail "$OCSP_URL/$(base64 -w 0 request.der)" -o after.der
refused "no answer of before is given out" cmp -s get.der after.der
# interop: GnuTLS asks about it
ocsptool --ask="$OCSP_URL" --load-cert "$ldevid" --load-issuer "$DOMAIN_CA" --load-trust "$DOMAIN_CA" >out 2>&1 || :
says "Certificate Status: revoked"
curl -sS --fail "$CRL_URL" -o after.crl
refused "there is a new list" cmp -s domain.crl after.crl
openssl crl -inform DER -in after.crl -CAfile "$DOMAIN_CA" -noout -text >out 2>&1
says "verify OK"
says "Serial Number: $(serial_of one.pem)"
says "Key Compromise"
openssl crl -inform DER -in after.crl -out crl.pem
# interop: OpenSSL refuses it by the list
openssl verify -crl_check -CAfile "$DOMAIN_CA" -CRLfile crl.pem "$ldevid" >out 2>&1 || :
says "certificate revoked"
openssl verify -crl_check -CAfile "$DOMAIN_CA" -CRLfile crl.pem two.pem >out 2>&1
says "two.pem: OK"
certtool --verify-crl --infile crl.pem --load-ca-certificate "$DOMAIN_CA" >out 2>&1
says "Verification output: Verified."

# A revoked registrar says so itself: nothing of before is stapled.
check "the registrar's own is revoked" admin \
    "/v1/certificates/$(serial_of "$REGISTRAR_CERT")/revoke?reason=cessationOfOperation"
openssl s_client -connect "${REGISTRAR_HTTPS#https://}" -CAfile "$DOMAIN_CA" -status </dev/null >out 2>&1
says "Cert Status: revoked"

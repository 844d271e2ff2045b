#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every path of EST by curl alone, RFC 7030 4: what it gets, and how it is refused.
# The command behind "# interop: TITLE" is for doc/interop.md; names are those of lab.env; idevid.pem, idevid.key:
# a device that has its voucher; ldevid.pem, ldevid.key: what it enrols for.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/by_hand.sh"

# refused_with STATUS WHAT: what curl wrote to the file "status"
refused_with() {
	check "$2: $1" test "$(cat status)" = "$1"
}

lab_up "$work/lab"
"$lab" device curl --dir "$work/lab"
check "the device has its voucher" commissioned "$work/lab/pledges/curl" curl
cd "$work"
cp lab/pledges/curl/idevid.pem lab/pledges/curl/idevid.key .

printf '# cacerts\n'
# interop: curl gets the certificates of the domain, RFC 7030 4.1
curl -sS --fail --cacert "$DOMAIN_CA" "$REGISTRAR_HTTPS/.well-known/est/cacerts" -o cacerts.p7
# interop: and OpenSSL reads them
base64 -d cacerts.p7 | openssl pkcs7 -inform DER -print_certs -out cacerts.pem
check "they are the domain's" test "$(der64 cacerts.pem)" = "$(der64 "$DOMAIN_CA")"
printf '# csrattrs\n'
# interop: curl asks what a request should have, RFC 7030 4.5
curl -sS --fail --cacert "$DOMAIN_CA" "$REGISTRAR_HTTPS/.well-known/est/csrattrs" -o csrattrs
base64 -d csrattrs >csrattrs.der
check "OpenSSL reads it" sh -c 'openssl asn1parse -inform DER -in csrattrs.der | grep -q prime256v1'

printf '# simpleenroll\n'
# interop: OpenSSL makes a key and a request in the name of the device
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ldevid.key \
    -subj "$(openssl x509 -in idevid.pem -noout -subject -nameopt compat | sed 's/^subject=//')" \
    -outform DER 2>/dev/null | base64 >csr
# interop: curl enrols with the IDevID, RFC 7030 4.2.1
curl -sS --fail --cacert "$DOMAIN_CA" --cert idevid.pem --key idevid.key -H 'Content-Type: application/pkcs10' \
    --data-binary @csr "$REGISTRAR_HTTPS/.well-known/est/simpleenroll" -o ldevid.p7
# interop: OpenSSL reads the certificate
base64 -d ldevid.p7 | openssl pkcs7 -inform DER -print_certs -out ldevid.pem
# interop: and verifies it
openssl verify -CAfile "$DOMAIN_CA" ldevid.pem

printf '# simplereenroll\n'
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout next.key \
    -subj "$(openssl x509 -in ldevid.pem -noout -subject -nameopt compat | sed 's/^subject=//')" \
    -outform DER 2>/dev/null | base64 >next.csr
# interop: curl renews with the LDevID and a new key, RFC 7030 4.2.2
curl -sS --fail --cacert "$DOMAIN_CA" --cert ldevid.pem --key ldevid.key -H 'Content-Type: application/pkcs10' \
    --data-binary @next.csr "$REGISTRAR_HTTPS/.well-known/est/simplereenroll" -o next.p7
certs next.p7 >next.pem
check "OpenSSL verifies it" openssl verify -CAfile "$DOMAIN_CA" next.pem
check "it has the new key" test "$(public_key next.pem)" = "$(openssl pkey -in next.key -pubout)"

printf '# Errors\n'
# interop: nobody may enrol without a certificate: 401
curl -sS --cacert "$DOMAIN_CA" -H 'Content-Type: application/pkcs10' --data-binary @csr \
    "$REGISTRAR_HTTPS/.well-known/est/simpleenroll" -o text -w '%{http_code}' >status
refused_with 401 "simpleenroll by nobody"
# interop: nor renew with an IDevID: 403
curl -sS --cacert "$DOMAIN_CA" --cert idevid.pem --key idevid.key -H 'Content-Type: application/pkcs10' \
    --data-binary @csr "$REGISTRAR_HTTPS/.well-known/est/simplereenroll" -o text -w '%{http_code}' >status
refused_with 403 "simplereenroll by an IDevID"
check "with a word for people" test -s text
# interop: a request that is none: 400
curl -sS --cacert "$DOMAIN_CA" --cert ldevid.pem --key ldevid.key -H 'Content-Type: application/pkcs10' \
    --data-binary @text "$REGISTRAR_HTTPS/.well-known/est/simplereenroll" -o text2 -w '%{http_code}' >status
refused_with 400 "no request"
# interop: of another media type: 415
curl -sS --cacert "$DOMAIN_CA" --cert ldevid.pem --key ldevid.key -H 'Content-Type: text/plain' \
    --data-binary @csr "$REGISTRAR_HTTPS/.well-known/est/simplereenroll" -o text -w '%{http_code}' >status
refused_with 415 "another media type"
# interop: the wrong method: 405
curl -sS --cacert "$DOMAIN_CA" --cert ldevid.pem --key ldevid.key \
    "$REGISTRAR_HTTPS/.well-known/est/simplereenroll" -o text -w '%{http_code}' >status
refused_with 405 "GET"
for path in serverkeygen fullcmc label/cacerts; do
	# interop: what is not offered: 404
	curl -sS --cacert "$DOMAIN_CA" "$REGISTRAR_HTTPS/.well-known/est/$path" -o text -w '%{http_code}' >status
	refused_with 404 "$path"
done

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is refused of who renews a certificate, on both transports, and of who asks by OCSP, seen from outside: the
# status, one line in the log with code and clause, one row in the audit trail where it was decided, nothing half-done.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/regress/expect.sh
. "$(dirname "$0")/expect.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/../interop/by_hand.sh"

hup() {
	read -r pid _ <"$work/lab/run/registrar.pid"
	lines=$(grep -c stage=reload "$work/lab/log/registrar.log" || :)
	kill -HUP "$pid"
	turns=200
	until [ "$(grep -c stage=reload "$work/lab/log/registrar.log" || :)" -gt "$lines" ]; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "no reload"
		sleep 0.05
	done
}

# new_request SUBJECT ALGORITHM [OPTION...]: $work/csr.der and, in base64, $work/csr
new_request() {
	for_whom=$1 algorithm=$2
	shift 2
	# shellcheck disable=SC2086 # words
	openssl req -new -newkey $algorithm -nodes -keyout "$work/new.key" -subj "$for_whom" -outform DER \
	    -out "$work/csr.der" "$@" 2>"$work/log" || fail "$(cat "$work/log")"
	base64 "$work/csr.der" >"$work/csr"
}

# https NAME [FILE]: with that certificate and key, "" for nobody; prints the status
https() {
	file=${2:-$work/csr}
	if [ -n "$1" ]; then set -- --cert "$1.pem" --key "$1.key"; else set --; fi
	curl -sS -o "$work/answer" -w '%{http_code}' --cacert "$DOMAIN_CA" "$@" -H 'Content-Type: application/pkcs10' \
	    --data-binary @"$file" "$REGISTRAR_HTTPS/.well-known/est/simplereenroll"
}

# coaps NAME [FILE]: the same; prints the code of a refusal
coaps() {
	file=${2:-$work/csr.der}
	if [ -n "$1" ]; then set -- -c "$1.pem" -j "$1.key"; else set --; fi
	timeout 30 coap-client-openssl -B 10 -C "$DOMAIN_CA" -o "$work/answer" "$@" -m post -t 286 -f "$file" \
	    "$REGISTRAR_COAPS/.well-known/est/sren" 2>"$work/error" || :
	sed -n 's/^\([45]\.[0-9][0-9]\).*/\1/p' "$work/error" | head -n 1
}

# both WHAT CODE RC CLAUSE ROWS NAME: on either transport; CODE is CoAP's, 4.03
both() {
	expect "$1" "$(printf '%s' "$2" | tr -d .)" "$3" "$4" "$5" https "$6"
	expect "$1, by CoAP" "$2" "$3" "$4" "$5" coaps "$6"
}

lab_up "$work/lab"
server=registrar conf=$work/lab/registrar/registrar.conf
cp "$conf" "$work/conf"
{
	printf 'ldevid-lifetime = 4s\n'
	cat "$work/conf"
} >"$conf"
hup
"$lab" pledge late --dir "$work/lab" >"$work/log" 2>&1 || fail "no late: $(cat "$work/log")"
cp "$work/conf" "$conf"
hup
for name in one two; do
	"$lab" pledge $name --dir "$work/lab" >"$work/log" 2>&1 || fail "no $name: $(cat "$work/log")"
done
one=$work/lab/pledges/one two=$work/lab/pledges/two late=$work/lab/pledges/late
p256='ec -pkeyopt ec_paramgen_curve:P-256'
subject=$(subject_of "$one/ldevid.pem")

# --- what they ask for
new_request "$(subject_of "$two/ldevid.pem")" "$p256"
both "another's subject" 4.03 E_FORBIDDEN "RFC 7030 4.2.2" 1 "$one/ldevid"
new_request "$subject" "$p256" -addext subjectAltName=DNS:one.example
both "a subjectAltName that was not there" 4.03 E_FORBIDDEN "RFC 7030 4.2.2" 1 "$one/ldevid"
new_request "$subject" rsa:1024
both "RSA with 1024 bits" 4.03 E_CERTIFICATE "IEEE 802.1AR 9" 1 "$one/ldevid"
new_request "$subject" 'ec -pkeyopt ec_paramgen_curve:prime192v1'
both "P-192" 4.03 E_CERTIFICATE "IEEE 802.1AR 9" 1 "$one/ldevid"
new_request "$subject" 'ec -pkeyopt ec_paramgen_curve:secp256k1'
both "a curve that nobody knows" 4.03 E_CERTIFICATE "IEEE 802.1AR 9" 1 "$one/ldevid"
new_request "$subject" ed448
both "a key type that nobody knows" 4.03 E_CERTIFICATE "IEEE 802.1AR 9" 1 "$one/ldevid"
head -c 1000000 /dev/zero >"$work/big"
expect "a request of 1 MB" 413 E_TOO_LARGE "RFC 7030 4.2.2" 0 https "$one/ldevid" "$work/big"
head -c 20000 /dev/zero >"$work/big"
expect "of 20 kB, by CoAP" 4.13 E_TOO_LARGE "RFC 7030 4.2.2" 0 coaps "$one/ldevid" "$work/big"

# --- who they are
new_request "$subject" "$p256"
both "nobody" 4.01 E_UNAUTHENTICATED "RFC 7030 4.2.2" 1 ""
both "an IDevID" 4.03 E_FORBIDDEN "RFC 7030 4.2.2" 1 "$one/idevid"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subject" -days 9 \
    -keyout "$work/foreign.key" -out "$work/foreign.pem" 2>"$work/log"
both "a certificate that nobody knows" 4.04 E_UNKNOWN "RFC 7030 3.3.2" 1 "$work/foreign"
both "the registrar's own" 4.04 E_UNKNOWN "RFC 7030 3.3.2" 1 "$work/lab/registrar/registrar"
check "its certificate is renewed" test "$(https "$one/ldevid")" = 200
check "and then revoked" "$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" cert revoke \
    "$(openssl x509 -in "$one/ldevid.pem" -noout -serial | cut -d = -f 2)" --reason privilegeWithdrawn
new_request "$subject" "$p256"
both "a revoked certificate of a device in order" 4.03 E_REVOKED "RFC 5280 6.3.3" 1 "$one/ldevid"
check "a device is revoked" "$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" cert revoke two
new_request "$(subject_of "$two/ldevid.pem")" "$p256"
both "a revoked device" 4.03 E_REVOKED "RFC 8995 5.3" 1 "$two/ldevid"
end=$(date -d "$(openssl x509 -in "$late/ldevid.pem" -noout -enddate | cut -d = -f 2)" +%s)
until [ "$(date +%s)" -gt "$end" ]; do sleep 0.1; done	# in its last second it is good
new_request "$(subject_of "$late/ldevid.pem")" "$p256"
both "a certificate beyond its time" 4.03 E_EXPIRED "RFC 5280 4.1.2.5" 1 "$late/ldevid"

# --- OCSP: nothing is decided, so nothing is recorded
# asks FILE: prints the HTTP status, and of an answer the OCSPResponseStatus
asks() {
	curl -sS -o "$work/answer" -w '%{http_code}' -H 'Content-Type: application/ocsp-request' \
	    --data-binary @"$1" "$OCSP_URL"
	printf ' %s' "$(openssl asn1parse -inform DER -in "$work/answer" 2>/dev/null | sed -n 's/.*ENUMERATED *://p')"
}
openssl ocsp -no_nonce -issuer "$DOMAIN_CA" -cert "$one/ldevid.pem" -reqout "$work/plain" >"$work/out" 2>&1
# with_nonce OCTETS: $work/nonce
with_nonce() {
	python3 - "$work/plain" "$1" >"$work/nonce" <<'PY'
import sys

def tlv(tag, value):
    n = len(value)
    size = [n] if n < 128 else [0x81, n] if n < 256 else [0x82, n >> 8, n & 255]
    return bytes([tag] + size) + value

def content(der):
    return der[2:] if der[1] < 128 else der[2 + (der[1] & 127):]

tbs = content(content(open(sys.argv[1], "rb").read()))
nonce = tlv(0x30, bytes.fromhex("06092b0601050507300102") + tlv(4, tlv(4, bytes(int(sys.argv[2])))))
sys.stdout.buffer.write(tlv(0x30, tlv(0x30, tbs + tlv(0xa2, tlv(0x30, nonce)))))
PY
}
check "a request without a nonce" test "$(asks "$work/plain")" = "200 00"
for n in 1 128; do
	with_nonce $n
	check "a nonce of $n octets" test "$(asks "$work/nonce")" = "200 00"
done
for n in 0 129; do
	with_nonce $n
	expect "a nonce of $n octets" "200 01" E_MALFORMED "RFC 9654 2.1" 0 asks "$work/nonce"
done
printf 'no request' >"$work/text"
expect "no request" "200 01" E_MALFORMED "RFC 6960 4.1.1" 0 asks "$work/text"
size=$(wc -c <"$work/plain")
head -c $((size - 1)) "$work/plain" >"$work/short"
expect "one that breaks off" "200 01" E_MALFORMED "RFC 6960 4.1.1" 0 asks "$work/short"
head -c 100000 /dev/zero >"$work/large"
expect "100 kB" "413 " E_TOO_LARGE "RFC 6960 A.1" 0 asks "$work/large"
openssl ocsp -issuer "$MFR_CA" -cert "$one/idevid.pem" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >"$work/out" 2>&1 || :
check "a certificate of somebody else's is unknown" grep -q ': unknown' "$work/out"
openssl ocsp -issuer "$DOMAIN_CA" -cert "$one/ldevid.pem" -signer "$late/ldevid.pem" -signkey "$late/ldevid.key" \
    -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >"$work/out" 2>&1 || :
check "a signed request is refused" grep -q 'unauthorized (6)' "$work/out"
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a registrar refuses over CoAPS and a MASA in COSE, seen from outside: the code, one line in the log with code
# and clause, one row in the audit trail where it was decided, and nothing half-done. cBRSKI 6 to 9, RFC 9148.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/regress/expect.sh
. "$(dirname "$0")/expect.sh"

# --- a client by somebody else

# coap OPTION...: the code of its answer, when that is a refusal
coap() {
	timeout 30 coap-client-openssl -B 10 -C "$DOMAIN_CA" -o "$work/answer" "$@" 2>"$work/error" || :
	sed -n 's/^\([45]\.[0-9][0-9]\).*/\1/p' "$work/error" | head -n 1
}

# post DIR NAME FORMAT FILE: as the device in DIR; ""  is nobody
post() {
	[ -z "$1" ] || set -- "$@" -c "$1/idevid.pem" -j "$1/idevid.key"
	resource=$2 format=$3 file=$4
	shift 4
	coap "$@" -m post -t "$format" -f "$file" "$REGISTRAR_COAPS/.well-known/$resource"
}

# csr DIR [OPTION...]: DIR/csr.der with the IDevID's subject, or what openssl is told
csr() {
	dir=$1
	shift
	[ $# -gt 0 ] || set -- -subj "/$(openssl x509 -in "$dir/idevid.pem" -noout -subject -nameopt RFC2253 |
	    sed 's/^subject=//; s/,/\//g')"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" -outform DER \
	    -out "$dir/csr.der" "$@" 2>/dev/null
}

# handshake VERSION: does the registrar speak it?
handshake() {
	openssl s_client "-$1" -connect "${REGISTRAR_COAPS#coaps://}" </dev/null 2>/dev/null |
	    grep -q 'BEGIN CERTIFICATE'
}

# --- two devices that have been here, and one that has not

lab_up "$work/lab"
conf=$work/lab/registrar/registrar.conf said=$work/lab/log/registrar.log
read -r pid _ <"$work/lab/run/registrar.pid"
for name in one two; do
	"$lab" pledge $name --coaps --dir "$work/lab" >"$work/log" 2>&1 || fail "no $name: $(cat "$work/log")"
done
"$lab" device three --dir "$work/lab"
one=$work/lab/pledges/one two=$work/lab/pledges/two three=$work/lab/pledges/three self=$work/self
mkdir "$self"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$self/idevid.key" -days 30 \
    -out "$self/idevid.pem" -subj "/CN=one/serialNumber=one" 2>/dev/null
pvr=$one/pvr.vch
size=$(wc -c <"$pvr")
head -c $((size - 1)) "$pvr" >"$work/short"
{
	cat "$work/short"
	tail -c 1 "$pvr" | tr '\000-\377' '\001-\377\000'
} >"$work/changed"
{
	cat "$pvr"
	printf '\0'
} >"$work/long"
printf '\241\147version\001' >"$work/half"
printf '\242\147version\001\146status\365' >"$work/report"

# --- the registrar

server=registrar
expect "no client certificate" 4.01 E_UNAUTHENTICATED "RFC 8995 5.2" 1 post "" brski/rv 836 "$pvr"
expect "a self-signed IDevID" 4.04 E_UNKNOWN "RFC 8995 5.3" 1 post "$self" brski/rv 836 "$pvr"
expect "another device's request" 4.03 E_SIGNATURE "RFC 9052 4.4" 1 post "$two" brski/rv 836 "$pvr"
expect "a changed request" 4.03 E_SIGNATURE "RFC 9052 4.4" 1 post "$one" brski/rv 836 "$work/changed"
expect "a request that breaks off" 4.00 E_MALFORMED "RFC 9052 4.2" 1 post "$one" brski/rv 836 "$work/short"
expect "a request with a tail" 4.00 E_MALFORMED "RFC 9052 4.2" 1 post "$one" brski/rv 836 "$work/long"
expect "a request that says it is JSON" 4.15 E_MEDIA_TYPE "RFC 8995 5.2" 0 post "$one" brski/rv 50 "$pvr"
csr "$three"
expect "a certificate before the voucher" 4.03 E_FORBIDDEN "RFC 8995 5.9" 1 post "$three" est/sen 286 "$three/csr.der"
csr "$one" -subj /CN=somebody
expect "another's name" 4.03 E_FORBIDDEN "RFC 8995 5.9.2" 1 post "$one" est/sen 286 "$one/csr.der"
expect "a request that is none" 4.00 E_MALFORMED "RFC 2986 4.2" 1 post "$one" est/sen 286 "$pvr"
expect "a report without status" 4.00 E_MALFORMED "RFC 8995 5.7" 1 post "$one" brski/vs 60 "$work/half"
expect "a report before the voucher" 4.04 E_UNKNOWN "RFC 8995 5.7" 1 post "$three" brski/vs 60 "$work/report"

# --- the MASA

server=masa
sqlite3 "$REGISTRAR_DB" "SELECT writefile('$work/rvr', rvr) FROM requests WHERE media = 'application/voucher+cose'
    LIMIT 1" >"$work/written"
# masa TYPE ACCEPT FILE
masa() {
	curl -sS -o "$work/answer" -w '%{http_code}' --cacert "$MASA_TLS_CA" -H "Content-Type: application/$1" \
	    -H "Accept: application/$2" --data-binary @"$3" "$MASA_URL/.well-known/brski/requestvoucher"
}
factory() {
	"$BIN_DIR/brski-masa" factory "$@" -f "$work/lab/masa/masa.conf"
}
{
	head -c $(($(wc -c <"$work/rvr") - 1)) "$work/rvr"
	tail -c 1 "$work/rvr" | tr '\000-\377' '\001-\377\000'
} >"$work/changed"
check "the same request, the same voucher" test "$(masa voucher+cose voucher+cose "$work/rvr")" = 200
expect "a changed request" 403 E_SIGNATURE "RFC 9052 4.4" 1 masa voucher+cose voucher+cose "$work/changed"
expect "COSE that says it is CMS" 400 E_MALFORMED "RFC 5652 3" 1 masa voucher-cms+json voucher-cms+json "$work/rvr"
expect "an answer in another format" 406 E_NOT_ACCEPTABLE "RFC 8995 5.5" 0 \
    masa voucher+cose voucher-cms+json "$work/rvr"
expect "a format that nobody has" 415 E_MEDIA_TYPE "RFC 8995 5.5" 0 masa json voucher+cose "$work/rvr"
check "blocked" factory block one
expect "a blocked device" 403 E_BLOCKED "RFC 8995 5.6" 1 masa voucher+cose voucher+cose "$work/rvr"

# --- DTLS 1.3 alone, from the next handshake on

server=registrar
check "DTLS 1.2" handshake dtls1_2
printf 'dtls-min-version = 1.3\n' >>"$conf"
lines=$(grep -c stage=reload "$said" || :)
kill -HUP "$pid"
turns=200
until [ "$(grep -c stage=reload "$said" || :)" -gt "$lines" ]; do
	turns=$((turns - 1))
	[ "$turns" -gt 0 ] || fail "no reload"
	sleep 0.05
done
refused "DTLS 1.2 where 1.3 is the least" handshake dtls1_2
check "the others come" "$lab" pledge three --coaps --dir "$work/lab"

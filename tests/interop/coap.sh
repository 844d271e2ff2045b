#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libcoap's clients, over OpenSSL's and GnuTLS's DTLS, against our registrar: cBRSKI 6.5 and 6.6, RFC 9148 4, RFC 6690.
# They post a request that a pledge of ours made and could not get through while the MASA was away.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"

# coap CLIENT OPTION...: its answer's payload is $work/answer; for an error, its code and text
coap() {
	program=coap-client-$1
	shift
	rm -f "$work/answer" "$work/error"
	timeout 30 "$program" -B 20 -C "$DOMAIN_CA" -o "$work/answer" "$@" 2>"$work/error"
}

# as_device CLIENT OPTION...: with the IDevID
as_device() {
	whose=$1
	shift
	coap "$whose" -c "$device/idevid.pem" -j "$device/idevid.key" "$@"
}

# answers CODE COMMAND...: an error with this code
answers() {
	code=$1
	shift
	"$@"
	grep -q "^$code" "$work/error"
}

# answer_is FILE COMMAND...: success with these bytes
answer_is() {
	want=$1
	shift
	"$@"
	cmp "$work/answer" "$want"
}

# post_pvr CLIENT [OPTION...]: "try again later" (5.03) is asked again with the same bytes, RFC 9148 4.7
post_pvr() {
	turns=60
	until as_device "$@" -m post -t 836 -A 836 -f "$device/pvr.vch" "$rv" && [ -s "$work/answer" ]; do
		grep -q '^5\.03' "$work/error" || return 1
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || return 1
		sleep 0.5
	done
}

# as the pledge sees it: by an anchor of its own, and for its request
voucher_is_good() {
	"$BIN_DIR/brskictl" voucher verify "$1" --as pledge --request "$device/pvr.vch" --anchor "$MASA_CA" \
	    --anchor "$MASA_CA"
}

lab_up "$work/lab"
rv=$REGISTRAR_COAPS/.well-known/brski/rv
crts=$REGISTRAR_COAPS/.well-known/est/crts
read -r pid _ <"$work/lab/run/masa.pid"
kill "$pid"
for client in openssl gnutls; do
	refused "no voucher without a MASA" \
	    "$lab" pledge "by-$client" --coaps --dir "$work/lab" -- --once --timeout 2 >"$work/pledge.log" 2>&1
done
check "the MASA is started again" "$lab" up --dir "$work/lab"
openssl x509 -in "$DOMAIN_CA" -outform DER -out "$work/ca.der"
printf '</.well-known/brski>;rt="brski"' >"$work/base.links"
printf '</.well-known/brski/rv>;rt="brski.rv";ct=836' >"$work/rv.links"

for client in openssl gnutls; do
	device=$work/lab/pledges/by-$client
	# Block2 of 1,024: after an empty acknowledgement libcoap 4.3.1 takes no answer in several blocks
	check "$client: a voucher for a pledge's request" post_pvr "$client" -O 23,0x06
	cp "$work/answer" "$work/voucher.vch"
	check "which its MASA has signed" voucher_is_good "$work/voucher.vch"
	check "the same one in blocks of our choice" answer_is "$work/voucher.vch" post_pvr "$client"
	# RFC 7959 3.3: request and answer in blocks
	check "and of 64 bytes, both ways" answer_is "$work/voucher.vch" post_pvr "$client" -b 64

	check "the domain's CA as a certificate" answer_is "$work/ca.der" as_device "$client" -A 287 "$crts"
	check "in a NON" answer_is "$work/ca.der" as_device "$client" -N -A 287 "$crts"
	check "in blocks of 32 bytes" answer_is "$work/ca.der" as_device "$client" -b 32 -A 287 "$crts"
	# Uri-Path-Abbrev: 301
	check "by an abbreviated path" answer_is "$work/ca.der" \
	    as_device "$client" -A 287 -O 13,0x012d "$REGISTRAR_COAPS"
	check "an unknown abbreviation" answers 4.02 as_device "$client" -O 13,0x01ff "$REGISTRAR_COAPS"
	as_device "$client" -A 281 "$crts"
	check "in PKCS#7" sh -c "openssl pkcs7 -inform DER -in '$work/answer' -print_certs |
	    openssl x509 -outform DER | cmp - '$work/ca.der'"
	# RFC 8710: an array of content format and bytes
	as_device "$client" -A 62 "$crts"
	size=$(wc -c <"$work/ca.der")
	size=$(printf '\\%03o\\%03o' $((size / 256)) $((size % 256)))
	printf '%b' '\0202\0031\0001\0037\0131' "$(printf '%s' "$size" | sed 's/\\/\\0/g')" >"$work/multipart"
	cat "$work/ca.der" >>"$work/multipart"
	check "in multipart-core" cmp "$work/answer" "$work/multipart"

	check "a request that is no COSE" answers 4.15 as_device "$client" -m post -t 50 -e '{}' "$rv"
	check "an answer that nobody has" answers 4.06 as_device "$client" -A 60 "$crts"
	check "a resource that is none" answers 4.04 as_device "$client" "$REGISTRAR_COAPS/.well-known/est/x"
	check "a method that is none" answers 4.05 as_device "$client" -m delete "$crts"
	# RFC 9148 3
	check "without a certificate" answers 4.01 coap "$client" -A 287 "$crts"
	check "discovery needs none" answer_is "$work/rv.links" \
	    coap "$client" "$REGISTRAR_COAPS/.well-known/core?rt=brski.rv"
	check "nor for the base" answer_is "$work/base.links" \
	    coap "$client" "$REGISTRAR_COAPS/.well-known/core?rt=brski"
	coap "$client" "$REGISTRAR_COAPS/.well-known/core"
	check "all of them" grep -q '</.well-known/est/crts>;rt="ace.est.crts";ct="62 281 287"' "$work/answer"
done
check "the pledge takes up where it was" \
    "$lab" pledge by-gnutls --coaps --dir "$work/lab"

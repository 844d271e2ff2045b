#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL's DTLS 1.2 against our registrar: suites, what a client may ask for, what it does not get. RFC 9148 3,
# constrained-voucher 6.1 to 6.3.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"

# client OPTION...: openssl as the device
client() {
	timeout 20 openssl s_client -connect "$to" -CAfile "$DOMAIN_CA" -cert "$device/idevid.pem" \
	    -key "$device/idevid.key" "$@"
}

# shake OPTION...: a handshake with a registrar whose certificate verifies; $work/said is what openssl says
shake() {
	client "$@" -verify_return_error </dev/null >"$work/said" 2>&1 &&
	    grep -q 'Verify return code: 0 (ok)' "$work/said"
}

# with SUITE OPTION...
with() {
	suite=$1
	shift
	shake -dtls1_2 -cipher "$suite:@SECLEVEL=0" "$@" && grep -q "Cipher is $suite\$" "$work/said"
}

# get ACCEPT PATH OPTION...: GET on an open session, 2.05 comes back; its first bytes are in $work/answer
get() {
	path=$2
	accept=$1
	shift 2
	client -quiet -no_ign_eof "$@" <"$work/in" >"$work/out" 2>/dev/null &
	exec 3>"$work/in"
	printf '\100\001\000\001\273.well-known%b%b' "$path" "$accept" >&3
	timeout 20 head -c 80 "$work/out" >"$work/answer"
	exec 3>&-
	wait $!
	# RFC 7252 3
	[ "$(head -c 4 "$work/answer" | od -An -tx1)" = ' 60 45 00 01' ]
}

# talk OPTION...
talk() {
	get '' '\004core' "$@" && grep -qa 'rt="brski"' "$work/answer"
}

# refuses ALERT OPTION...: the registrar ends the handshake with it
refuses() {
	alert=$1
	shift
	! client "$@" </dev/null >"$work/said" 2>&1 && grep -q "alert $alert" "$work/said"
}

lab_up "$work/lab"
"$lab" device device --dir "$work/lab"
device=$work/lab/pledges/device
to=${REGISTRAR_COAPS#coaps://}
mkfifo "$work/in" "$work/out"

for suite in ECDHE-ECDSA-AES128-CCM8 ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 \
    ECDHE-ECDSA-CHACHA20-POLY1305; do
	check "$suite" with "$suite"
	check "and a request over it" talk -dtls1_2 -cipher "$suite:@SECLEVEL=0"
done
check "SNI changes nothing" with ECDHE-ECDSA-AES128-CCM8 -servername somebody.else.example
check "a small MTU" with ECDHE-ECDSA-AES128-CCM8 -mtu 300
check "records of 512 bytes, if asked for" shake -dtls1_2 -maxfraglen 512
check "and an answer in them" talk -dtls1_2 -maxfraglen 512
check "a long one in blocks that fit" get '\142\001\031' '\003est\004crts' -dtls1_2 -maxfraglen 512
check "X25519" with ECDHE-ECDSA-AES128-CCM8 -groups X25519:P-256
check "which is used" grep -q 'Server Temp Key: X25519' "$work/said"
check "there is no session to take up again" sh -c "grep -q 'Session-ID: \$' '$work/said'"
check "a client without a certificate gets in, too" sh -c \
    "timeout 20 openssl s_client -dtls1_2 -connect $to -CAfile '$DOMAIN_CA' </dev/null 2>&1 | grep -q 'code: 0 (ok)'"
check "DTLS 1.0 is refused" refuses 'protocol version' -dtls1 -cipher ALL:@SECLEVEL=0
for suite in ECDHE-ECDSA-AES128-SHA ECDHE-ECDSA-AES128-SHA256 AES128-GCM-SHA256 ECDHE-ECDSA-NULL-SHA \
    AECDH-AES128-SHA; do
	check "$suite is refused" refuses 'handshake failure' -dtls1_2 -cipher "$suite:@SECLEVEL=0"
done
refused "no sanitizer complains" grep -rE 'ERROR: [A-Za-z]+Sanitizer|runtime error' "$work/lab/log"

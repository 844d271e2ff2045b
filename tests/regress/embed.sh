#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examples/embed onboards and renews over DTLS 1.2 and 1.3 with the smallest wolfSSL, in one arena: from pledge_init()
# to ENROLLED, the first time and again, nobody calls malloc(), wolfCrypt and the C library included.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
unset CFLAGS

build() {
	"$top_srcdir/examples/embed/build.sh" "$1" "$work/dtls$1" >/dev/null
}

# onboard VERSION NAME [RENEWALS]: the LDevID to $work/NAME.pem, what was said to $work/NAME.log
onboard() {
	seconds=60
	[ -z "${EMBED_ARENA:-}" ] || seconds=5
	"$lab" device "$2" --dir "$work/lab" &&
	    timeout "$seconds" "$work/dtls$1/pledge-measured" "$work/lab/pledges/$2" "$REGISTRAR_COAPS" \
	        "$MASA_CA" ${3:+"$3"} >"$work/$2.pem" 2>"$work/$2.log"
}

is_ldevid() {
	openssl verify -CAfile "$DOMAIN_CA" "$1" && openssl x509 -in "$1" -noout -subject | grep -q "$2"
}

said() {
	grep -q "$2" "$work/$1.log" || {
		cat "$work/$1.log"
		return 1
	}
}

check "a port fits on 300 lines" [ "$(wc -l <"$top_srcdir/examples/embed/port.c")" -le 300 ]
lab_up "$work/lab"
for version in 12 13; do
	check "wolfSSL and port are built for DTLS $version" build "$version"
	name=embed$version
	check "it is onboarded without malloc()" onboard "$version" "$name"
	check "its LDevID is the domain's" is_ldevid "$work/$name.pem" "$name"
	check "its voucher was judged" said "$name" 'the voucher is good'
	check "the registrar heard of it over the LDevID" said "$name" 'told the registrar'
	check "the figures are there" said "$name" 'stack=[1-9].* sent=[1-9].* received=[1-9]'
	check "in an arena of a device" said "$name" '^heap: [1-9][0-9]* of 49152'
	check "the inventory lists it" sh -c \
	    "\"$BIN_DIR\"/brskictl device list --server \"$ADMIN_SOCKET\" | grep $name | grep -qi coaps"
	check "another one renews as often as it is told" onboard "$version" "$name-renews" 3
	check "with a certificate of the domain each time" is_ldevid "$work/$name-renews.pem" "$name-renews"
	check "the last of which is in use" [ "$(grep -c 'next LDevID is in use' "$work/$name-renews.log")" -eq 3 ]
	EMBED_MALLOC=1
	export EMBED_MALLOC
	refused "one malloc() in between ends it" onboard "$version" "$name-malloc"
	check "and named" said "$name-malloc" 'malloc() between'
	unset EMBED_MALLOC
	for arena in 8000 16000 24000; do
		EMBED_ARENA=$arena
		export EMBED_ARENA
		refused "an arena of $arena bytes is too small" onboard "$version" "$name-$arena"
		check "which is said, not died of" said "$name-$arena" '^level=warn\|^E_NOMEM'
	done
	unset EMBED_ARENA
done

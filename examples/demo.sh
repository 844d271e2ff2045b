#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a bare Debian 12 to a commissioned device, by one command: installs packages, builds dependencies and programs,
# then plays manufacturer, operator and two devices on this machine and shows what happened; one device then renews its
# certificate and is revoked.
#
# usage: demo.sh [--keep]    --keep leaves the lab running and says how to look around
set -eu
examples=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$examples")
keep=no
[ "${1:-}" != --keep ] || keep=yes
https=pump-0001
coaps=valve-0001

bold=
plain=
if [ -t 1 ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
fi

title() {
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

note() {
	printf '   %s\n' "$*"
}

# shown COMMAND...: with its output moved in a little; if it fails, so does the demo
shown() {
	if ! said=$("$@" 2>&1); then
		printf '%s\n' "$said"
		printf 'demo: failed: %s\n' "$*" >&2
		exit 1
	fi
	[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/   /'
}

certificate() {
	shown openssl x509 -in "$1" -noout -subject -issuer -serial -enddate -nameopt RFC2253
}

# await FILE REGEX: until the file says it
await() {
	turns=400
	until grep -q "$2" "$1" 2>/dev/null; do
		turns=$((turns - 1))
		if [ "$turns" -le 0 ]; then
			cat "$1"
			printf 'demo: failed: %s does not say %s\n' "$1" "$2" >&2
			exit 1
		fi
		sleep 0.05
	done
}

# what the domain's OCSP responder says of the certificate that the device has now
status() {
	shown openssl ocsp -issuer "$DOMAIN_CA" -CAfile "$DOMAIN_CA" -cert "$DIR/pledges/$https/ldevid.pem" \
	    -url "$OCSP_URL"
}

# a hundred ports that nobody listens on
free_ports() {
	port=21900
	while ss -Hlntu "sport >= :$port and sport < :$((port + 100))" | grep -q .; do
		port=$((port + 100))
	done
	printf '%s\n' "$port"
}

title "1. Packages, dependencies, programs (the first time takes some minutes)"
BIN_DIR=$("$top/build-aux/build.sh" release | tail -n 1)
export BIN_DIR
note "programs are in $BIN_DIR"

title "2. The manufacturer's factory and MASA, the operator's registrar and domain CA"
DIR=$(mktemp -d "${TMPDIR:-/tmp}/quayside-demo.XXXXXX")
if [ "$keep" = no ]; then
	trap '"$examples/lab" down --dir "$DIR"; rm -rf "$DIR"' EXIT
	trap 'exit 130' INT TERM
fi
shown "$examples/lab" up --dir "$DIR" --base-port "$(free_ports)"
# shellcheck source=/dev/null
. "$DIR/lab.env"
# judged NAME SUFFIX: what the device got, looked at by others
judged() {
	pledge=$DIR/pledges/$1
	shown "$BIN_DIR/brskictl" voucher verify "$pledge/voucher.$2" --as pledge --anchor "$MASA_CA" \
	    --anchor "$MASA_CA" --request "$pledge/pvr.$2"
	shown openssl verify -CAfile "$DOMAIN_CA" "$pledge/ldevid.pem"
	certificate "$pledge/ldevid.pem"
	own=$(openssl pkey -in "$pledge/ldevid.key" -pubout)
	if [ "$own" = "$(openssl x509 -in "$pledge/ldevid.pem" -noout -pubkey)" ] &&
	    [ "$own" != "$(openssl pkey -in "$pledge/idevid.key" -pubout)" ]; then
		note "its key is the device's own, made new for this domain"
	else
		note "the LDevID does not carry a new key of the device"
		exit 1
	fi
}

title "3. The factory makes two devices with an IDevID each (IEEE 802.1AR)"
shown "$examples/lab" device "$https" --dir "$DIR"
shown "$examples/lab" device "$coaps" --dir "$DIR"
certificate "$DIR/pledges/$https/idevid.pem"

title "4. $https is plugged in: it asks the registrar for a voucher, checks it, enrols (HTTPS, RFC 8995)"
shown "$examples/lab" pledge "$https" --dir "$DIR"

title "5. $coaps, a constrained device, does the same over CoAP and DTLS (cBRSKI, RFC 9148)"
shown "$examples/lab" pledge "$coaps" --coaps --dir "$DIR"

title "6. Their vouchers as they reached the devices: JSON in CMS, CBOR in COSE"
shown "$BIN_DIR/brskictl" voucher show "$DIR/pledges/$https/voucher.vcj"
shown "$BIN_DIR/brskictl" voucher show "$DIR/pledges/$coaps/voucher.vch"
bytes=$(wc -c <"$DIR/pledges/$https/voucher.vcj")
note "$bytes bytes over HTTPS, $(wc -c <"$DIR/pledges/$coaps/voucher.vch") over CoAPS"

title "7. Vouchers and LDevIDs, judged again by others"
judged "$https" vcj
shown openssl cms -verify -binary -inform DER -in "$DIR/pledges/$https/voucher.vcj" -CAfile "$MASA_CA" \
    -purpose any -out /dev/null
judged "$coaps" vch

title "8. What the operator sees"
shown "$BIN_DIR/brskictl" device list --server "$ADMIN_SOCKET"
shown "$BIN_DIR/brskictl" audit show --server "$ADMIN_SOCKET"
shown "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

title "9. $https lives on: its agent is told to renew the certificate"
shown "$examples/lab" agent "$https" --dir "$DIR"
read -r agent _ <"$DIR/run/agent-$https.pid"
await "/proc/$agent/status" '^SigCgt:.*[13579bdf]$'	# it listens to SIGHUP
kill -HUP "$agent"
await "$DIR/log/agent-$https.log" '^enrolled .* renewals=1'
shown grep '^enrolled .* renewals=1' "$DIR/log/agent-$https.log"
status

title "10. The operator takes it back: the device is revoked, by OCSP and in the list"
shown "$BIN_DIR/brskictl" cert revoke "$https" --reason keyCompromise --server "$ADMIN_SOCKET"
status
shown curl -sS --fail "$CRL_URL" -o "$DIR/domain.crl"
shown openssl crl -inform DER -in "$DIR/domain.crl" -CAfile "$DOMAIN_CA" -noout -crlnumber -lastupdate -nextupdate
serial=$(openssl x509 -in "$DIR/pledges/$https/ldevid.pem" -noout -serial | cut -d = -f 2)
openssl crl -inform DER -in "$DIR/domain.crl" -noout -text | grep -A 4 "Serial Number: $serial\$" >"$DIR/listed" || {
	note "$serial is not in the list"
	exit 1
}
shown cat "$DIR/listed"
shown "$BIN_DIR/brskictl" cert list --server "$ADMIN_SOCKET"

title "Commissioned: $https over HTTPS, $coaps over CoAPS; $https renewed, then revoked"
if [ "$keep" = yes ]; then
	note "the lab runs on; everything is named in $DIR/lab.env"
	note "another device: $examples/lab pledge NAME [--coaps] --dir $DIR   the end: $examples/lab down --dir $DIR"
fi

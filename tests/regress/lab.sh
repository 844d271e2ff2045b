#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examples/lab keeps its contract: commands, lab.env, a device's files, agents, two labs side by side.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"

same_key() {
	[ "$(openssl pkey -in "$1" -pubout)" = "$(openssl x509 -in "$2" -noout -pubkey)" ]
}

# await FILE REGEX: until the file says it
await() {
	turns=400
	until grep -q "$2" "$1" 2>/dev/null; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "$1 does not say: $2"
		sleep 0.05
	done
}

lab_up "$work/one"
for key in BIN_DIR REGISTRAR_HTTPS REGISTRAR_COAPS REGISTRAR_JPY MASA_URL ADMIN_SOCKET DOMAIN_CA MASA_CA MASA_TLS_CA \
    MFR_CA REGISTRAR_CERT REGISTRAR_DB MASA_DB; do
	check "lab.env names $key" grep -q "^$key=." "$work/one/lab.env"
done
for file in "$DOMAIN_CA" "$MASA_CA" "$MASA_TLS_CA" "$MFR_CA" "$REGISTRAR_CERT"; do
	check "$file is a certificate" openssl x509 -in "$file" -noout
done
check "registrar and MASA run" "$lab" status --dir "$work/one"

check "a device is made" "$lab" device first --dir "$work/one"
first=$work/one/pledges/first
check "its IDevID chains to the manufacturer" openssl verify -CAfile "$MFR_CA" "$first/idevid.pem"
check "its key is its own" same_key "$first/idevid.key" "$first/idevid.pem"
refused "it is not commissioned" test -e "$first/ldevid.pem"
refused "a name is no path" "$lab" device ../first --dir "$work/one"

check "it is commissioned" "$lab" pledge first --dir "$work/one"
check "its LDevID chains to the domain" openssl verify -CAfile "$DOMAIN_CA" "$first/ldevid.pem"
check "by a key of its own" same_key "$first/ldevid.key" "$first/ldevid.pem"
refused "which is a new one" same_key "$first/idevid.key" "$first/ldevid.pem"
check "trust.pem is there" openssl x509 -in "$first/trust.pem" -noout
check "the request is there" test -s "$first/pvr.vcj"
check "the voucher's signer chains to the MASA's root" openssl cms -verify -binary -inform DER \
    -in "$first/voucher.vcj" -CAfile "$MASA_CA" -purpose any -out "$work/voucher.json"
check "the voucher is for this device" grep -q '"serial-number" *: *"first"' "$work/voucher.json"
check "the tool accepts it too" "$BIN_DIR/brskictl" voucher verify "$first/voucher.vcj" --as pledge \
    --anchor "$MASA_CA" --request "$first/pvr.vcj"
check "the inventory lists it" sh -c "\"$BIN_DIR\"/brskictl device list --server \"$ADMIN_SOCKET\" | grep -q first"

read -r pid _ <"$work/one/run/registrar.pid"
lab_up "$work/two"
check "a second lab commissions" "$lab" pledge second --dir "$work/two"

# agents stay, and go when their lab goes
two=$work/two
check "a new device gets an agent" "$lab" agent third --dir "$two"
check "a commissioned one too" "$lab" agent second --dir "$two"
await "$two/log/agent-third.log" '^enrolled '
read -r agent _ <"$two/run/agent-second.pid"
await "/proc/$agent/status" '^SigCgt:.*[13579bdf]$' # it listens to SIGHUP
agents=$(cut -d ' ' -f 1 "$two/run/agent-second.pid" "$two/run/agent-third.pid")
check "the status names it" sh -c "\"$lab\" status --dir \"$two\" | grep -q '^agent-third *runs'"
refused "a second agent for one device" "$lab" agent third --dir "$two"
for name in second third; do
	device=$two/pledges/$name
	cp "$device/ldevid.pem" "$device/ldevid.key" "$work"
	read -r agent _ <"$two/run/agent-$name.pid"
	check "$name is told to renew" kill -HUP "$agent"
	await "$two/log/agent-$name.log" '^enrolled .* renewals=1'
	refused "another certificate" cmp -s "$work/ldevid.pem" "$device/ldevid.pem"
	refused "another key" cmp -s "$work/ldevid.key" "$device/ldevid.key"
	check "of the domain" openssl verify -CAfile "$DOMAIN_CA" "$device/ldevid.pem"
done

check "the second lab goes down" "$lab" down --dir "$work/two"
refused "and says so" "$lab" status --dir "$work/two"
for agent in $agents; do
	refused "agent $agent has ended" grep -qs "^State:.[^ZX]" "/proc/$agent/status"
done
check "the first runs on" kill -0 "$pid"
# shellcheck source=/dev/null
. "$work/one/lab.env"
labs="$labs $work/three"
refused "a third on its ports" "$lab" up --dir "$work/three" --base-port "${REGISTRAR_HTTPS##*:}"
refused "which leaves nothing running" ls "$work/three/run/masa.pid" "$work/three/run/registrar.pid"

kill -9 "$pid"
check "what crashed is started again" "$lab" up --dir "$work/one"
check "with the state it had" "$lab" pledge first --dir "$work/one"
check "for new devices too" "$lab" pledge third --dir "$work/one"

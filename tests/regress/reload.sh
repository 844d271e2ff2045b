#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SIGHUP: a manufacturer comes and goes, the registrar's certificate is renewed, a broken configuration changes nothing;
# whoever is connected stays.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/../interop/by_hand.sh"
masa_pid=
trap '[ -z "$masa_pid" ] || kill "$masa_pid"; clean_up' EXIT

# await REGEX LINES FILE: until the log has more than so many such lines
await() {
	turns=200
	until [ "$(grep -c "$1" "$3" || :)" -gt "$2" ]; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "nobody says: $1"
		sleep 0.05
	done
}

# hup WHAT: WHAT is what the registrar then says
hup() {
	lines=$(grep -c stage=reload "$log" || :)
	kill -HUP "$pid"
	await stage=reload "$lines" "$log"
	grep stage=reload "$log" | tail -n 1 | grep -qE "$1" || fail "not said: $1, but: $(tail -n 1 "$log")"
	[ "$(grep -c stage=reload "$log")" -eq $((lines + 1)) ] || fail "said more than once"
}

# holding REQUEST: the status on the connection that stays
holding() {
	printf '%s\n' "$1" >&7
	read -r got <&6 || got=nothing
	printf '%s' "$got"
}

# of_rival NAME: commissions a device of the other manufacturer
of_rival() {
	"$BIN_DIR/brski-pledge" --idevid-cert "$work/$1/idevid.pem" --idevid-key "$work/$1/idevid.key" \
	    --manufacturer-anchors "$work/rival/masa-ca.pem" --registrar "$REGISTRAR_HTTPS" --state "$work/$1" \
	    --timeout 20 2>"$work/pledge.log"
}

asks() {
	good_pvr "$work/twin" twin
	ask_voucher "$work/twin" "$work/out"
}

lab_up "$work/lab"
log=$work/lab/log/registrar.log conf=$work/lab/registrar/registrar.conf
read -r pid _ <"$work/lab/run/registrar.pid"
"$lab" device twin --dir "$work/lab"
twin=$work/lab/pledges/twin
see_registrar
mkfifo "$work/to" "$work/from"
python3 "$(dirname "$0")/held.py" "${REGISTRAR_HTTPS#https://}" "$twin/idevid.pem" "$twin/idevid.key" \
    <"$work/to" >"$work/from" &
client=$!
exec 7>"$work/to" 6<"$work/from"
check "somebody is connected" test "$(holding 'GET /.well-known/est/cacerts')" = 200

# another manufacturer, with a device that has the serial number of ours
port=$((${REGISTRAR_HTTPS##*:} + 50))
rival=$BIN_DIR/brski-masa
"$rival" factory init "$work/rival" --name Rival --url "127.0.0.1:$port" --listen "127.0.0.1:$port" --san 127.0.0.1
"$rival" factory device --serial twin --out "$work/twin" -f "$work/rival/masa.conf"
"$rival" -f "$work/rival/masa.conf" >"$work/rival.log" 2>&1 6<&- 7>&- &
masa_pid=$!
await stage=start 0 "$work/rival.log"
check "its device is a stranger" test "$(asks)" = 404
cp "$conf" "$work/before.conf"
cat >>"$conf" <<CONF

manufacturer rival {
	anchors = { "$work/rival/manufacturer-ca.pem" }
	masa-anchors = { "$work/rival/masa-tls-ca.pem" }
	admission = any
}
CONF
check "nobody has read that yet" test "$(asks)" = 404
hup 'msg="/.*registrar.conf"'
check "its device is commissioned" of_rival twin
check "and so is ours of the same serial number" "$lab" pledge twin --dir "$work/lab"
check "they are two" test "$("$BIN_DIR/brskictl" device list --server "$ADMIN_SOCKET" | grep -c twin)" -eq 2
check "who was connected still is" test "$(holding 'GET /.well-known/est/cacerts')" = 200

# one line, with file and line; and all stays as it was
cp "$conf" "$work/good.conf"
printf 'admission = perhaps\n' >>"$conf"
hup "rc=E_CONFIG .*registrar.conf:$(wc -l <"$conf"): "
sed 's|rival/manufacturer-ca.pem|rival/nowhere.pem|' "$work/good.conf" >"$conf"
hup 'level=error .*nowhere.pem'
check "the stranger is known as before" test "$(asks)" = 200
check "who was connected still is" test "$(holding 'GET /.well-known/est/cacerts')" = 200
cp "$work/before.conf" "$conf"
hup 'level=info'
check "the manufacturer is gone" test "$(asks)" = 404

# a new certificate for the same key; the connection goes on with the one that it began with
cd "$work/lab/registrar"
openssl x509 -x509toreq -in registrar.pem -signkey registrar.key -out "$work/csr" 2>/dev/null
printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=1.3.6.1.5.5.7.3.28,serverAuth,clientAuth\n' >"$work/ext"
printf 'subjectAltName=IP:127.0.0.1\n' >>"$work/ext"
openssl x509 -req -in "$work/csr" -CA domain-ca.pem -CAkey domain-ca.key -CAserial "$work/serial" -CAcreateserial \
    -days 30 -extfile "$work/ext" -out "$work/new.pem" 2>/dev/null
cat domain-ca.pem >>"$work/new.pem"
cp "$work/new.pem" registrar.pem
cd "$work"
hup 'level=info'
good_pvr "$twin" twin
check "a voucher on the old connection" test \
    "$(holding "POST /.well-known/brski/requestvoucher $media $twin/pvr.cms")" = 200
see_registrar
check "the new ones see the new certificate" test "$(der64 seen.pem)" = "$(der64 new.pem)"
good_pvr "$twin" twin
check "a voucher there too" test "$(ask_voucher "$twin" "$work/out")" = 200
check "a new device" "$lab" pledge another --dir "$work/lab"
exec 7>&-
check "and the first one leaves" wait "$client"

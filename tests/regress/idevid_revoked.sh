#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A manufacturer disowns devices: by a CRL as a file, by one at a URL, by OCSP; as OpenSSL makes and serves them.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
served=
responder=
trap '[ -z "$served$responder" ] || kill $served $responder; clean_up' EXIT

# await COMMAND...: until it succeeds
await() {
	turns=200
	until "$@" >/dev/null 2>&1; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "in vain: $*"
		sleep 0.05
	done
}

# said COUNT REGEX: the log has more than so many such lines
said() {
	[ "$(grep -cE "$2" "$log")" -gt "$1" ]
}

# configured LINE...: these are the manufacturer's rules, and patience
configured() {
	lines=$(grep -c 'level=info stage=reload' "$log" || :)
	{
		printf 'patience = 3\nhold = 1\n'
		sed '/admission = any/q' "$work/before.conf"
		printf '\t%s\n' "$@"
		printf '}\n'
	} >"$conf"
	kill -HUP "$pid"
	await said "$lines" 'level=info stage=reload'
}

# of_ca OPTION...: the manufacturer's CA at work
of_ca() {
	openssl ca -config "$work/ca.cnf" "$@" 2>"$work/ca.log" || fail "openssl ca $*: $(cat "$work/ca.log")"
}

# made NAME: a device, and the CA knows of it
made() {
	"$lab" device "$1" --dir "$work/lab" >/dev/null 2>&1
	sed '/END CERTIFICATE/q' "$work/lab/pledges/$1/idevid.pem" >"$work/$1.pem"
	of_ca -valid "$work/$1.pem"
}

# joins NAME [OPTION...]
joins() {
	name=$1
	shift
	"$lab" pledge "$name" --dir "$work/lab" "$@" >"$work/pledge.log" 2>&1
}

# turned_away WHAT NAME [OPTION...]: it goes on trying for a while
turned_away() {
	what=$1
	shift
	refused "$what" joins "$@" --timeout 3
}

# because NAME CODE CLAUSE: the last that the audit trail says of it
because() {
	"$BIN_DIR/brskictl" audit show "$1" --server "$ADMIN_SOCKET" >"$work/audit"
	grep "$2" "$work/audit" | grep -q "$3" || {
		cat "$work/audit"
		return 1
	}
}

lab_up "$work/lab"
log=$work/lab/log/registrar.log conf=$work/lab/registrar/registrar.conf
port=${REGISTRAR_HTTPS##*:} ca=$work/lab/masa/manufacturer-ca
read -r pid _ <"$work/lab/run/registrar.pid"
cp "$conf" "$work/before.conf"
: >"$work/index"
mkdir "$work/www"
cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = maker
[maker]
database = $work/index
unique_subject = no
certificate = $ca.pem
private_key = $ca.key
default_md = sha256
default_crl_days = 2
CNF
for device in one two three four five six seven eight nine; do
	made "$device"
done
"$lab" device stranger --dir "$work/lab" >/dev/null 2>&1

printf '# a file\n'
of_ca -revoke "$work/one.pem" -crl_reason keyCompromise
of_ca -revoke "$work/two.pem"
of_ca -gencrl -out "$work/maker.crl"
configured "crls = { \"$work/maker.crl\" }" 'crl-required = yes'
turned_away "one is disowned" one --
check "the audit trail says why" because one E_REVOKED 'RFC 5280 6.3.3'
turned_away "two is, over CoAPS" two --coaps --
check "three is not" joins three
sed "s|maker.crl|nothing.crl|" "$conf" >"$work/bad.conf"
cp "$work/bad.conf" "$conf"
kill -HUP "$pid"
await said 0 'E_CONFIG.*nothing.crl'
turned_away "a list that is not there changes nothing: one is still disowned" one --

printf '# a URL\n'
of_ca -revoke "$work/four.pem"
of_ca -gencrl -out "$work/new.crl"
openssl crl -in "$work/new.crl" -outform DER -out "$work/www/maker.crl"
python3 -m http.server --bind 127.0.0.1 --directory "$work/www" $((port + 60)) >"$work/www.log" 2>&1 &
served=$!
await curl -fsS -o /dev/null "http://127.0.0.1:$((port + 60))/maker.crl"
configured "crl-urls = { \"http://127.0.0.1:$((port + 60))/maker.crl\" }" 'crl-required = yes'
await said 0 'CRL from .* is there'
turned_away "four is disowned" four --
check "the audit trail says why" because four E_REVOKED 'RFC 5280 6.3.3'
check "five is not" joins five
kill "$served"
served=
of_ca -revoke "$work/nine.pem"
configured "crl-urls = { \"http://127.0.0.1:$((port + 60))/maker.crl\" }" 'crl-required = yes'
await said 0 'no CRL from .*; the last one stays'
turned_away "without the server four still is" four --

printf '# OCSP\n'
# respond: by the CA's index as it is now
respond() {
	openssl ocsp -port $((port + 61)) -index "$work/index" -CA "$ca.pem" -rsigner "$ca.pem" \
	    -rkey "$ca.key" -ndays 1 >"$work/ocsp.log" 2>&1 &
	responder=$!
	await openssl ocsp -issuer "$ca.pem" -cert "$work/six.pem" -CAfile "$ca.pem" \
	    -url "http://127.0.0.1:$((port + 61))/"
}

respond
configured "ocsp-url = \"http://127.0.0.1:$((port + 61))/\""
turned_away "nine is disowned" nine --
check "the audit trail says why" because nine E_REVOKED 'RFC 6960 2.2'
check "six is not" joins six
check "eight is not, over CoAPS" joins eight --coaps
refused "who is not known there is refused in the end" joins stranger -- --timeout 20
check "the audit trail says why" because stranger E_UNAVAILABLE 'RFC 8995 5.4'
kill "$responder"
wait "$responder" || :
responder=
refused "and so is seven while nobody answers" joins seven -- --timeout 20
check "the audit trail says why" because seven E_UNAVAILABLE 'RFC 8995 5.4'
respond
check "seven joins when somebody does" joins seven
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

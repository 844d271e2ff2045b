#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is taken back, as those feel it whom it concerns: live agents on both transports, and whoever reads the list or
# asks by OCSP. Also while the clock is wrong and no list can be signed.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/regress/expect.sh
. "$(dirname "$0")/expect.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/../interop/by_hand.sh"

ctl() {
	"$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" "$@" >"$work/out" 2>"$work/err"
}

# ctl_fails STATUS REGEX ARGUMENT...: with one line that says so
ctl_fails() {
	want=$1 says=$2
	shift 2
	status=0
	ctl "$@" || status=$?
	[ "$status" -eq "$want" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qE "$says" "$work/err"
}

# await FILE LINES REGEX: until the file says it, below so many lines
await() {
	turns=400
	until tail -n +$(($2 + 1)) "$1" | grep -qE "$3"; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "$(basename "$1") does not say: $3"
		sleep 0.05
	done
}

length() {
	wc -l <"$1"
}

serial_of() {
	openssl x509 -in "$1" -noout -serial | cut -d = -f 2
}

# ocsp_says FILE REGEX: of the certificate
ocsp_says() {
	openssl ocsp -issuer "$DOMAIN_CA" -cert "$1" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" >"$work/ocsp" 2>&1
	grep -q 'Response verify OK' "$work/ocsp" && grep -qE "$2" "$work/ocsp"
}

# listed FILE: the certificate is in the list, which OpenSSL reads from the address in it
listed() {
	curl -sS --fail "$CRL_URL" -o "$work/crl"
	openssl crl -inform DER -in "$work/crl" -CAfile "$DOMAIN_CA" -noout -text >"$work/crl.txt" 2>&1
	grep -q 'verify OK' "$work/crl.txt" || fail "$(cat "$work/crl.txt")"
	grep -q "Serial Number: $(serial_of "$1")\$" "$work/crl.txt"
}

number() {
	listed /dev/stdin <"$REGISTRAR_CERT" || :
	grep -A 1 'CRL Number' "$work/crl.txt" | tail -n 1 | tr -d ' '
}

# renews NAME REGEX: its agent is told to, and then says so
renews() {
	log=$work/lab/log/agent-$1.log lines=$(length "$work/lab/log/agent-$1.log")
	read -r pid _ <"$work/lab/run/agent-$1.pid"
	kill -HUP "$pid"
	await "$log" "$lines" "$2"
}

# simplereenroll DIR: by its LDevID; prints the status
simplereenroll() {
	csr "$1" 2>"$work/log"
	base64 "$1/csr.der" >"$work/csr"
	curl -sS -o "$work/answer" -w '%{http_code}' --cacert "$DOMAIN_CA" --cert "$1/ldevid.pem" \
	    --key "$1/ldevid.key" \
	    -H 'Content-Type: application/pkcs10' --data-binary @"$work/csr" \
	    "$REGISTRAR_HTTPS/.well-known/est/simplereenroll"
}

# voucher_again DIR: the request that it made once; prints the status
voucher_again() {
	cp "$1/pvr.vcj" "$1/pvr.cms"
	sends=application/voucher-cms+json ask_voucher "$1" "$work/answer"
}

# coap NAME RESOURCE FORMAT FILE: as the device, by its NAME (idevid, ldevid); prints the code of a refusal
coap() {
	timeout 30 coap-client-openssl -B 10 -C "$DOMAIN_CA" -o "$work/answer" -c "$1.pem" -j "$1.key" -m post -t "$3" \
	    -f "$4" "$REGISTRAR_COAPS/.well-known/$2" 2>"$work/error" || :
	sed -n 's/^\([45]\.[0-9][0-9]\).*/\1/p' "$work/error" | head -n 1
}

stop_registrar() {
	read -r pid _ <"$work/lab/run/registrar.pid"
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.05
	done
}

start_registrar() {
	"$lab" up --dir "$work/lab" >"$work/up.log" 2>&1 || fail "$(cat "$work/up.log")"
}

lab_up "$work/lab"
server=registrar said=$work/lab/log/registrar.log
for name in one three four; do
	"$lab" agent $name --dir "$work/lab"
done
"$lab" agent two --coaps --dir "$work/lab"
for name in one two three four; do
	until [ -s "$work/lab/log/agent-$name.log" ]; do sleep 0.05; done
	await "$work/lab/log/agent-$name.log" 0 '^enrolled '
done
one=$work/lab/pledges/one two=$work/lab/pledges/two three=$work/lab/pledges/three four=$work/lab/pledges/four
see_registrar
for name in one two; do
	renews $name '^enrolled .* renewals=1'
	printf 'ok: %s renews\n' $name
done

# --- taken back, each on its transport
cp "$one/ldevid.pem" "$work/one.pem"
cp "$two/ldevid.pem" "$work/two.pem"
was=$(number)
check "one is revoked" ctl cert revoke one --reason keyCompromise
check "two is, by the number of its certificate" ctl cert revoke "$(serial_of "$two/ldevid.pem")" \
    --reason affiliationChanged
check "OCSP says so" ocsp_says "$work/one.pem" 'Reason: keyCompromise'
check "of both" ocsp_says "$work/two.pem" 'Reason: affiliationChanged'
check "the list has one" listed "$work/one.pem"
check "and two" listed "$work/two.pem"
check "two lists later" test "$(number)" -eq $((was + 2))
check "what is revoked is not revoked twice" ctl_fails 1 '409: .*already' cert revoke one
check "nor is the certificate" ctl_fails 1 '409: .*already' cert revoke "$(serial_of "$work/two.pem")"
check "three is not concerned" ocsp_says "$three/ldevid.pem" ': good'
expect "simplereenroll" 403 E_REVOKED "RFC 8995 5.3" 1 simplereenroll "$one"
expect "requestvoucher" 403 E_REVOKED "RFC 8995 5.3" 1 voucher_again "$one"
csr "$two" 2>"$work/log"
expect "sren" 4.03 E_REVOKED "RFC 8995 5.3" 1 coap "$two/ldevid" est/sren 286 "$two/csr.der"
expect "rv" 4.03 E_REVOKED "RFC 8995 5.3" 1 coap "$two/idevid" brski/rv 836 "$two/pvr.vch"
for name in one two; do
	renews $name 'level=warn stage=renew '
	printf 'ok: the agent of %s says that it was refused\n' $name
	check "and lives with what it has" cmp "$work/lab/pledges/$name/ldevid.pem" "$work/$name.pem"
done

# --- and back: they bootstrap anew
for name in one two; do
	check "$name is let back in" ctl device reinstate $name
	read -r pid _ <"$work/lab/run/agent-$name.pid"
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	check "it is reset" "$BIN_DIR/brski-pledge" reset --state "$work/lab/pledges/$name"
	transport=
	[ $name = one ] || transport=--coaps
	lines=$(length "$work/lab/log/agent-$name.log")
	# shellcheck disable=SC2086 # a word or none
	"$lab" agent $name $transport --dir "$work/lab"
	await "$work/lab/log/agent-$name.log" "$lines" '^enrolled .* renewals=0'
	renews $name '^enrolled .* renewals=1'
	check "$name is in order again" ocsp_says "$work/lab/pledges/$name/ldevid.pem" ': good'
	check "its old certificate is not" ocsp_says "$work/$name.pem" ': revoked'
done

# --- the clock stands before the last list
stop_registrar
lines=$(length "$said")
sqlite3 "$REGISTRAR_DB" "UPDATE crls SET this_update = this_update + 86400, next_update = next_update + 86400"
start_registrar
was=$(number)
check "three is revoked" ctl cert revoke three --reason keyCompromise
check "the operator hears that the list lacks it" grep -q 'no new CRL could be made: the clock stands' "$work/err"
check "which OCSP says" ocsp_says "$three/ldevid.pem" 'Reason: keyCompromise'
expect "it is refused" 403 E_REVOKED "RFC 8995 5.3" 1 simplereenroll "$three"
await "$said" "$lines" 'stage=crl rc=E_CONFLICT spec="RFC 5280 5.1.2.4" detail="the clock stands [0-9]+ s before'
await "$said" "$lines" 'level=error stage=crl msg="the last revocation list stays, and lacks'
check "the audit trail has it" test \
    "$(sqlite3 "$REGISTRAR_DB" "SELECT count(*) FROM audit WHERE spec = 'RFC 5280 5.1.2.4'")" -eq 1
refused "the list stays as it was" listed "$three/ldevid.pem"
check "that very one" test "$(number)" -eq "$was"
stop_registrar
sqlite3 "$REGISTRAR_DB" "UPDATE crls SET this_update = this_update - 86400, next_update = next_update - 86400"
start_registrar
turns=100
until listed "$three/ldevid.pem"; do
	turns=$((turns - 1))
	[ "$turns" -gt 0 ] || fail "the clock is right again, and three is not in the list"
	sleep 0.1
done
printf 'ok: the clock is right again, three is in the list\n'
check "the one that follows" test "$(number)" -eq $((was + 1))

# --- given up, for somebody else
check "four is given up" ctl device decommission four --reason "sold"
check "OCSP says so" ocsp_says "$four/ldevid.pem" 'Reason: cessationOfOperation'
check "the list too" listed "$four/ldevid.pem"
expect "no renewal" 403 E_REVOKED "RFC 8995 5.3" 1 simplereenroll "$four"
expect "no voucher" 403 E_REVOKED "RFC 8995 5.3" 1 voucher_again "$four"
check "not twice" ctl_fails 1 '409: .*already' device decommission four
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

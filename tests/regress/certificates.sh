#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Certificates from an operator's chair, brskictl and real devices: lists, exports, taking back and readmitting on both
# transports, giving a device up, rolling the CA over.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/regress/expect.sh
. "$(dirname "$0")/expect.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/../interop/by_hand.sh"
out=$work/out
err=$work/err

# exits STATUS WHAT ARGUMENT...: brskictl ends with it; what it says is in $out and $err
exits() {
	want=$1 what=$2
	shift 2
	status=0
	"$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" "$@" >"$out" 2>"$err" || status=$?
	[ "$status" -eq "$want" ] || {
		cat "$out" "$err"
		fail "$what: exit $status, not $want (brskictl $*)"
	}
	[ "$status" -eq 0 ] || [ "$(wc -l <"$err")" -eq 1 ] || fail "$what: not one line: $(cat "$err")"
	printf 'ok: %s\n' "$what"
}

# said REGEX [FILE]
said() {
	grep -qE -e "$1" "${2:-$out}" || {
		cat "$out" "$err"
		fail "does not say: $1"
	}
}

# rows N: a table of so many, or JSON when it is
rows() {
	case $(head -c 1 "$out") in
	'{') got=$(grep -c '^      "id": ' "$out" || :) ;;
	*) got=$(($(wc -l <"$out") - 1)) ;;
	esac
	[ "$got" -eq "$1" ] || {
		cat "$out"
		fail "$got rows, not $1"
	}
}

# value EXPRESSION: of the JSON, which python knows as j
value() {
	python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$out" "$1"
}

# about FILE OPTION: what openssl says, without its name for it
about() {
	openssl x509 -in "$1" -noout "$2" ${3:+"$3"} | sed 's/^[^=]*=//'
}

# renew DIR: by its LDevID; prints the status
renew() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/next.key" -outform DER \
	    -out "$work/next.der" -subj "$(subject_of "$1/ldevid.pem")" 2>"$work/log"
	base64 "$work/next.der" >"$work/next.csr"
	curl -sS -o "$work/answer" -w '%{http_code}' --cacert "$DOMAIN_CA" --cert "$1/ldevid.pem" \
	    --key "$1/ldevid.key" -H 'Content-Type: application/pkcs10' --data-binary @"$work/next.csr" \
	    "$REGISTRAR_HTTPS/.well-known/est/simplereenroll"
}

# voucher_again DIR: the request that it made once; prints the status
voucher_again() {
	sends=application/voucher-cms+json
	cp "$1/pvr.vcj" "$1/pvr.cms"
	ask_voucher "$1" "$work/answer"
}

# coap NAME RESOURCE FORMAT FILE: as the device, by its NAME (idevid, ldevid); prints the code of a refusal
coap() {
	timeout 30 coap-client-openssl -B 10 -C "$DOMAIN_CA" -o "$work/answer" -c "$1.pem" -j "$1.key" -m post -t "$3" \
	    -f "$4" "$REGISTRAR_COAPS/.well-known/$2" 2>"$work/error" || :
	sed -n 's/^\([45]\.[0-9][0-9]\).*/\1/p' "$work/error" | head -n 1
}

# comes NAME [OPTION...]: forgets what it had and is commissioned again
comes() {
	name=$1
	shift
	"$BIN_DIR/brski-pledge" reset --state "$work/lab/pledges/$name" &&
	    "$lab" pledge "$name" --dir "$work/lab" "$@" >"$work/log" 2>&1
}

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

lab_up "$work/lab"
server=registrar
conf=$work/lab/registrar/registrar.conf
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=rival root" -days 9 \
    -keyout "$work/rival.key" -out "$work/rival.pem" 2>"$work/log"
{
	printf 'ldevid-lifetime = 10d\n'
	cat "$conf"
	printf 'manufacturer rival {\n\tanchors = { "%s" }\n\tmasa-anchors = { "%s" }\n\tadmission = listed\n}\n' \
	    "$work/rival.pem" "$work/rival.pem"
} >"$work/conf"
cp "$work/conf" "$conf"
hup
"$lab" pledge one --dir "$work/lab" >"$work/log" 2>&1 || fail "no one: $(cat "$work/log")"
"$lab" pledge two --coaps --dir "$work/lab" >"$work/log" 2>&1 || fail "no two: $(cat "$work/log")"
one=$work/lab/pledges/one two=$work/lab/pledges/two
serial=$(about "$one/ldevid.pem" -serial)
see_registrar

# --- lists
exits 0 "all certificates" cert list
rows 3
said "^$serial +lab +one +valid +[-0-9T:Z]+ expires in (9|10) d\$"
said "\(this registrar\) +valid"
exits 0 "all as JSON" cert list --json
rows 3
check "one document" test "$(value 'j["version"], j["next"], len(j["certificates"])')" = "(1, None, 3)"
exits 0 "of a device" cert list --device one
rows 1
exits 0 "of nobody" cert list --device nobody
rows 0
exits 0 "of a maker" cert list --manufacturer lab
rows 2
exits 0 "of another maker" cert list --manufacturer rival --device one
rows 0
exits 0 "by status" cert list --status valid
rows 3
exits 0 "by another status" cert list --status revoked
rows 0
exits 2 "no such status" cert list --status good
[ ! -s "$out" ] || fail "a table of nothing"
lower=$(printf '%s' "$serial" | tr A-F a-f)
colons=$(printf '%s' "$serial" | sed 's/../&:/g; s/:$//')
for text in "$serial" "$lower" "$colons" "0x$lower" "00$serial" "00:$colons"; do
	exits 0 "by serial number, $text" cert list --serial "$text"
	rows 1
	exits 0 "shown by it" cert show "$text"
	said "^serial +$serial\$"
done
exits 0 "by fingerprint" cert list --fingerprint "$(about "$one/ldevid.pem" -fingerprint -sha256)"
rows 1
said " one "
ski=$(openssl x509 -in "$two/ldevid.pem" -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' ')
exits 0 "by key identifier" cert list --ski "$ski"
rows 1
said " two "
for option in serial fingerprint ski; do
	exits 2 "not hexadecimal: $option" cert list "--$option" what
done
exits 0 "who ends within eleven days" cert list --expires-within 11d
rows 2
exits 0 "within nine" cert list --expires-within 9d
rows 0
exits 0 "before a time" cert list --expires-before 2100-01-01T01:00:00+02:00
rows 3
exits 0 "after one" cert list --expires-after 2100-01-01T00:00:00Z
rows 0
exits 2 "not a time" cert list --expires-before noon
exits 2 "not a time either" cert list --expires-after noon
exits 2 "not a duration" cert list --expires-within soon
exits 2 "too many words" cert list --expires-within 1d --expires-after 2100-01-01T00:00:00Z
exits 0 "a page" cert list --limit 2
rows 2
said "there is more: --after 2\$" "$err"
exits 0 "the rest" cert list --after 2
rows 1
[ ! -s "$err" ] || fail "says there is more: $(cat "$err")"
exits 0 "a page as JSON" cert list --limit 1 --json
check "goes on" test "$(value 'j["next"]')" = 1
exits 2 "no limit" cert list --limit 0
exits 2 "not a number" cert list --after all
{
	printf 'manufacturer,serial\nrival,one\nrival,%s\n' "$serial"
	seq -f 'rival,R%g' 1 1200
} >"$work/list.csv"
exits 0 "many devices" device import "$work/list.csv"
exits 0 "all of them" device list --manufacturer rival
rows 1202
exits 0 "a page that is more than one" device list --limit 700
rows 700
next=$(sed -n 's/.*--after //p' "$err")
exits 0 "and what follows" device list --after "$next"
rows 504

# --- one certificate
exits 0 "that of a device" cert show two
said "^serial +$(about "$two/ldevid.pem" -serial)\$"
said "^of +lab two\$"
said "^not_after +[-0-9T:Z]+ \(in (9|10) d\)\$"
exits 0 "as JSON" cert show two --json
value 'j["certificate"]["pem"]' >"$work/shown.pem"
check "with its text" test "$(about "$work/shown.pem" -fingerprint)" = "$(about "$two/ldevid.pem" -fingerprint)"
exits 1 "nobody's" cert show nobody
exits 1 "a number that is nobody's" cert show 1234
exits 1 "a device without one" cert show R1
said "no certificate in force" "$err"
exits 2 "none" cert show
exits 2 "two makers" cert show one
said "makers have a one: lab rival" "$err"
exits 0 "of one of them" cert show one --manufacturer lab
exits 1 "of the other" cert show one --manufacturer rival
exits 2 "a certificate and a device" cert show "$serial"
said "0x$serial" "$err"
exits 0 "the certificate" cert show "0x$serial"
said "^of +lab one\$"
exits 1 "the device" cert show "$serial" --manufacturer rival
said "no certificate in force" "$err"

exits 0 "export" cert export two
check "PEM" test "$(about "$out" -fingerprint)" = "$(about "$two/ldevid.pem" -fingerprint)"
exits 0 "export as DER" cert export two --format der
check "DER" test "$(openssl x509 -inform DER -in "$out")" = "$(openssl x509 -in "$two/ldevid.pem")"
exits 0 "export as PKCS #7" cert export two --format pkcs7 --out "$work/two.p7"
check "nothing besides" test ! -s "$out"
openssl pkcs7 -inform DER -in "$work/two.p7" -print_certs -out "$work/two.pem"
check "PKCS #7" test "$(about "$work/two.pem" -fingerprint)" = "$(about "$two/ldevid.pem" -fingerprint)"
exits 0 "export, and JSON" cert export two --format der --out "$work/two.der" --json
check "the file is there" test "$(about "$work/two.der" -fingerprint)" = "$(about "$two/ldevid.pem" -fingerprint)"
check "and JSON" test "$(value 'j["certificate"]["device_serial"]')" = two
exits 2 "another format" cert export two --format jks
exits 2 "a file that cannot be" cert export two --out "$work/nowhere/two.pem"
exits 1 "of nobody" cert export nobody
terminal() {
	python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
	    "$BIN_DIR/brskictl" --server "$ADMIN_SOCKET" cert export two "$@" >"$out" 2>&1 </dev/null
}
refused "DER to a terminal" terminal --format der
said "not for a terminal"
check "PEM to a terminal" terminal

# --- taken back
exits 2 "no such reason" cert revoke two --reason because
said "one of unspecified keyCompromise .* aACompromise" "$err"
for reason in superseded removeFromCRL; do
	exits 2 "a reason that is not an operator's" cert revoke two --reason "$reason"
done
exits 2 "which one" cert revoke one --reason keyCompromise
exits 1 "nobody" cert revoke nobody
exits 0 "a device" cert revoke one --manufacturer lab --reason keyCompromise
said "^device lab one: revoked \(keyCompromise\)\$"
said "^  certificate $serial, which would have lasted until "
said "until: brskictl device reinstate one"
exits 1 "again" cert revoke one --manufacturer lab
said "^brskictl: 409: " "$err"
exits 0 "it is in the list" cert list --status revoked
rows 1
said "^$serial .* keyCompromise, "
exits 0 "it is out" device list --life revoked
rows 1
exits 0 "and why" device show one --manufacturer lab
said "^life +REVOKED\$"
said "^standing +revoked\$"
said "^certificate +$serial revoked, "
said "^ +[-0-9T:Z]+ REVOKED +keyCompromise"
exits 0 "and who" audit show one --manufacturer lab
said "uid:$(id -u) +revoke +lab one OK +keyCompromise"
number=$(about "$two/ldevid.pem" -serial)
exits 0 "a device's only certificate" cert revoke "$number" --json
check "JSON" test "$(value 'j["certificate"]["status"] + " " + j["certificate"]["reason"]')" = "revoked unspecified"
exits 1 "again" cert revoke "$number"
exits 0 "which is its device's end" device show two --json
check "it is revoked" test "$(value 'j["device"]["life"] + " " + j["device"]["standing"]')" = "REVOKED revoked"

expect "no renewal" 403 E_REVOKED "RFC 8995 5.3" 1 renew "$one"
expect "no voucher" 403 E_REVOKED "RFC 8995 5.3" 1 voucher_again "$one"
csr "$one" 2>"$work/log"
base64 "$one/csr.der" >"$one/csr"
expect "no enrolment" 403 E_REVOKED "RFC 8995 5.3" 1 enroll "$one" "$one/csr" "$work/answer"
csr "$two" 2>"$work/log"
expect "no renewal by CoAP" 4.03 E_REVOKED "RFC 8995 5.3" 1 coap "$two/ldevid" est/sren 286 "$two/csr.der"
expect "no voucher by CoAP" 4.03 E_REVOKED "RFC 8995 5.3" 1 coap "$two/idevid" brski/rv 836 "$two/pvr.vch"
expect "no enrolment by CoAP" 4.03 E_REVOKED "RFC 8995 5.3" 1 coap "$two/idevid" est/sen 286 "$two/csr.der"
refused "it cannot come back" comes one -- --timeout 3

# --- and back in
exits 2 "which one" device reinstate one
exits 0 "back in" device reinstate one --manufacturer lab --reason "found its key"
said "^lab one: reinstated, "
said "bootstrap anew"
exits 0 "the other as well" device reinstate two --json
check "JSON" test "$(value 'j["devices"][0]["standing"]')" = "in order"
exits 1 "again" device reinstate two
check "one comes back" comes one
check "two comes back" comes two --coaps
exits 0 "with certificates" cert list --manufacturer lab --status valid
rows 2
exits 0 "an old one stays revoked" cert show "0x$serial"
said "^status +revoked\$"
exits 0 "on hold" cert revoke two --reason certificateHold
expect "no renewal" 4.03 E_REVOKED "RFC 8995 5.3" 1 coap "$two/ldevid" est/sren 286 "$two/csr.der"
exits 0 "no longer" device reinstate two
said "^lab two: reinstated, ACTIVE\$"
exits 0 "in force again" cert show two
said "^status +valid\$"

# --- given up
exits 1 "an unknown one" device decommission nobody
exits 0 "given up" device decommission one two --manufacturer lab --reason "line 4 is sold"
domain_id=$(openssl x509 -in "$DOMAIN_CA" -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' :' |
    python3 -c 'import base64, sys; print(base64.b64encode(bytes.fromhex(sys.stdin.read().strip())).decode())')
said "^lab one: decommissioned; "
said "brski-masa factory release two "
said "brski-pledge reset"
said "former-owner NAME1 \{ domain-id = \"$(printf '%s' "$domain_id" | sed 's/[+]/\\+/g')\" \}"
exits 0 "out" device list --life decommissioned --json
rows 2
expect "no voucher" 403 E_REVOKED "RFC 8995 5.3" 1 voucher_again "$one"
exits 2 "no such life" device list --life merry
exits 0 "back in" device reinstate one two --manufacturer lab
check "two comes back" comes two --coaps

# --- from one CA to the next
exits 0 "the CA" ca show
said "^current +O=Lab Domain, CN=domain CA\$"
said "^  domainID +$(printf '%s' "$domain_id" | sed 's/[+]/\\+/g')\$"
said "^  certificates +1 of devices in force"
said "^roll-over +none under way\$"
exits 0 "where it stands" ca rollover
said "^  brskictl ca rollover prepare "
exits 2 "another step" ca rollover jump
exits 2 "two steps" ca rollover prepare activate
exits 1 "out of turn" ca rollover activate
said "^brskictl: 409: " "$err"
exits 0 "prepared" ca rollover prepare
said "^Step 1 of 3, prepared"
said "  brskictl ca rollover activate "
exits 0 "cancelled" ca rollover cancel
said "^No roll-over is under way"
exits 0 "prepared again" ca rollover prepare --json
check "JSON" test "$(value 'j["rollover"]')" = prepared
next_id=$(value '[a["domain_id"] for a in j["authorities"] if a["role"] == "next"][0]')
exits 0 "what to hand over" ca rollover
said "$(printf '%s' "$next_id" | sed 's/[+]/\\+/g')"
exits 0 "activated" ca rollover activate
said "^Step 2 of 3, activated"
said "waits for devices: 1 certificates? "
said "Devices need not be touched"
exits 1 "too early" ca rollover finish
said "certificates of the former CA in force: 1, the last one until 2" "$err"
exits 0 "as JSON" ca show --json
check "two generations" test "$(value '" ".join(sorted(a["role"] for a in j["authorities"]))')" = "current former"
check "two moves" test "$(renew "$two")" = 200
exits 0 "what it had" cert list --device two --status superseded
rows 1
said " superseded +[-0-9T:Z]+ ends in [67] d\$"
exits 0 "the last of the former CA" cert revoke "$(about "$two/ldevid.pem" -serial)"
said "^The device has others in force"
exits 0 "nothing to wait for" ca rollover
said "No device has a certificate of the former CA"
exits 1 "revoked ones could be asked about" ca rollover finish
said "could find revoked any more: " "$err"
exits 0 "finished" ca rollover finish --force
said "^The former CA is forgotten"
exits 0 "one generation" ca show
[ "$(grep -c domainID "$out")" -eq 1 ] || fail "more than one: $(cat "$out")"
check "a device whose history names the former CA" comes one
check "is of the new one" openssl verify -CAfile "$DOMAIN_CA" "$one/ldevid.pem"
exits 0 "it is given up" device decommission one --manufacturer lab
said "former-owner NAME[12] \{ domain-id = \"$(printf '%s' "$domain_id" | sed 's/[+]/\\+/g')\" \}"
said "former-owner NAME[12] \{ domain-id = \"$(printf '%s' "$next_id" | sed 's/[+]/\\+/g')\" \}"

# --- what time does
sed 's/^ldevid-lifetime = .*/ldevid-lifetime = 4/' "$conf" >"$work/conf"
cp "$work/conf" "$conf"
hup
check "a short life" "$lab" pledge three --dir "$work/lab"
turns=200
until exits 0 "is it over?" cert list --status expired >"$work/log" && [ "$(wc -l <"$out")" -eq 2 ]; do
	turns=$((turns - 1))
	[ "$turns" -gt 0 ] || fail "it does not expire"
	sleep 0.1
done
said " three +expired +[-0-9T:Z]+ expired [0-9]+ s ago\$"
exits 1 "nothing to export" cert export three
said "three has no certificate in force; see brskictl cert list --device three" "$err"

# --- our own
own=$(openssl x509 -in "$REGISTRAR_CERT" -noout -serial | sed 's/.*=//')
exits 0 "the registrar's own" cert revoke "$own"
said "this registrar's own"

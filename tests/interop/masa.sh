#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A registrar made of openssl and curl asks our MASA: RFC 8995 5.4 to 5.8 with somebody else's CMS and HTTP.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"
masa=$BIN_DIR/brski-masa
cd "$work"
masa_pid=

trap '[ -z "$masa_pid" ] || kill "$masa_pid"; rm -rf "$work"' EXIT

# A port that nobody has.
exec 8>"${TMPDIR:-/tmp}/quayside-ports.$(id -u)"
flock 8
port=23000
while ss -Hltn "sport = :$port" | grep -q .; do
	port=$((port + 1))
done
check "factory init" "$masa" factory init site --listen "127.0.0.1:$port" --url "localhost:$port"
printf 'audit-log-events = 8\n' >>site/masa.conf
check "the configuration is right" "$masa" -n -f site/masa.conf
"$masa" -f site/masa.conf >masa.log 2>&1 8>&- &
masa_pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	! ss -Hltn "sport = :$port" | grep -q . || break
	sleep 0.2
done
exec 8>&-
base=https://localhost:$port/.well-known/brski

check "a device is made while the MASA runs" \
    "$masa" factory device --serial JADA123456789 --out pledge -f site/masa.conf
check "openssl verifies the IDevID" openssl verify -CAfile site/manufacturer-ca.pem pledge/idevid.pem
check "it names the MASA" sh -c "openssl x509 -in pledge/idevid.pem -noout -text | grep -q 1.3.6.1.5.5.7.1.32"
check "it has no end" sh -c "openssl x509 -in pledge/idevid.pem -noout -enddate | grep -q 9999"

# domain NAME: a domain CA and its registrar, NAME/ca.pem and NAME/ra.pem
domain() {
	mkdir "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/ca.key" \
	    -out "$1/ca.pem" -days 30 -subj "/O=$1/CN=$1 CA" \
	    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/ra.key" \
	    -out "$1/ra.csr" -subj "/O=$1/CN=$1 registrar"
	printf 'extendedKeyUsage=1.3.6.1.5.5.7.3.28\nkeyUsage=critical,digitalSignature\n' >"$1/ra.ext"
	openssl x509 -req -in "$1/ra.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial \
	    -days 30 -extfile "$1/ra.ext" -out "$1/ra.pem"
}
check "a domain by openssl" domain plant 2>/dev/null
check "another" domain rival 2>/dev/null

cms_sign() {
	openssl cms -sign -nodetach -binary -outform DER -md sha256 \
	    -econtent_type 1.2.840.113549.1.9.16.1.40 "$@"
}

# rvr DOMAIN NONCE: DOMAIN/rvr.cms, with the PVR of the pledge inside
rvr() {
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	leaves="\"created-on\":\"$now\",\"serial-number\":\"JADA123456789\",\"nonce\":\"$2\""
	cert=$(openssl x509 -in "$1/ra.pem" -outform DER | base64 -w0)
	printf '{"ietf-voucher-request:voucher":{"assertion":"proximity",%s,"%s":"%s"}}' \
	    "$leaves" proximity-registrar-cert "$cert" >"$1/pvr.json"
	cms_sign -in "$1/pvr.json" -signer pledge/idevid.pem -inkey pledge/idevid.key -out "$1/pvr.cms"
	printf '{"ietf-voucher-request:voucher":{%s,"%s":"%s"}}' \
	    "$leaves" prior-signed-voucher-request "$(base64 -w0 "$1/pvr.cms")" >"$1/rvr.json"
	cms_sign -in "$1/rvr.json" -signer "$1/ra.pem" -inkey "$1/ra.key" -certfile "$1/ca.pem" \
	    -out "$1/rvr.cms"
}

# post WHERE DOMAIN OUT [CURL OPTION...]: prints the status
media=application/voucher-cms+json
post() {
	where=$1 who=$2 to=$3
	shift 3
	curl -sS -o "$to" -w '%{http_code}' --cacert site/masa-tls-ca.pem -H "Content-Type: $media" \
	    --data-binary @"$who/rvr.cms" "$@" "$base/$where"
}

rvr plant MDEyMzQ1Njc4OWFiY2RlZg==
check "a voucher for the plant" test "$(post requestvoucher plant voucher.vcj)" = 200
check "openssl verifies it" openssl cms -verify -inform DER -in voucher.vcj -CAfile site/masa-ca.pem \
    -purpose any -out voucher.json
check "it says proximity" grep -q '"assertion":"proximity"' voucher.json
check "it has the nonce" grep -q '"nonce":"MDEyMzQ1Njc4OWFiY2RlZg=="' voucher.json
check "it pins the domain CA" grep -qF "$(openssl x509 -in plant/ca.pem -outform DER | base64 -w0)" voucher.json
check "the same again" test "$(post requestvoucher plant again.vcj)" = 200
check "gets the same voucher" cmp voucher.vcj again.vcj
check "the audit log" test "$(post requestauditlog plant log.json)" = 200
check "has one entry" test "$(grep -o '"nonce"' log.json | wc -l)" -eq 1

rvr rival ZmVkY2JhOTg3NjU0MzIxMA==
check "the rival is refused" test "$(post requestvoucher rival out)" = 403
check "in words" grep -q 'another owner' out
check "and sees no log" test "$(post requestauditlog rival out)" = 404
check "415" test "$(media=text/plain post requestvoucher plant out)" = 415
check "406" test "$(post requestvoucher plant out -H 'Accept: text/plain')" = 406
check "404" test "$(post requestnothing plant out)" = 404
check "405" test "$(post requestvoucher plant out -X PUT)" = 405

check "sold on" "$masa" factory release JADA123456789 -f site/masa.conf
check "the rival is served" test "$(post requestvoucher rival out)" = 200
check "blocked" "$masa" factory block JADA123456789 -f site/masa.conf
check "nobody is" test "$(post requestvoucher rival out)" = 403
check "the list says so" sh -c "'$masa' factory list --json -f site/masa.conf | grep -q '\"blocked\": true'"

# SIGHUP: a wrong configuration changes nothing, a right one counts at once
cp site/masa.conf good.conf
printf 'strict = perhaps\n' >>site/masa.conf
kill -HUP "$masa_pid"
sleep 0.3
check "a bad configuration is refused" grep -q 'stage=reload.*rc=E_CONFIG' masa.log
cp good.conf site/masa.conf
check "unblocked" "$masa" factory unblock JADA123456789 -f site/masa.conf
check "the MASA goes on" test "$(post requestvoucher rival out)" = 200
printf 'strict = yes\n' >>site/masa.conf
kill -HUP "$masa_pid"
sleep 0.3
check "strict: no idevid-issuer" test "$(post requestvoucher rival out)" = 403

kill "$masa_pid"
wait "$masa_pid"
check "it ends in peace" test $? -eq 0
masa_pid=

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A pledge made of openssl and curl is commissioned: RFC 8995 5.1 to 5.9 and RFC 7030 with somebody else's CMS,
# TLS and HTTP.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/by_hand.sh"

# content_type FILE: of the answer whose headers curl kept
content_type() {
	tr -d '\r' <"$1" | sed -n 's/^[Cc]ontent-[Tt]ype: *//p'
}

# one_line FILE: base64 on one line that ends in LF, RFC 8951 3
one_line() {
	[ "$(wc -l <"$1")" -eq 1 ] && [ "$(tail -c 1 "$1" | od -An -tx1)" = ' 0a' ] &&
	    base64 -d "$1" >/dev/null && ! grep -q '[^A-Za-z0-9+/=]' "$1"
}

lab_up "$work/lab"
"$lab" device foreign --dir "$work/lab"
device=$work/lab/pledges/foreign

see_registrar
check "the registrar shows its certificate" test "$(der64 "$work/seen.pem")" = "$(der64 "$REGISTRAR_CERT")"
good_pvr "$device" foreign
check "a voucher" test "$(ask_voucher "$device" "$work/voucher.vcj" -D "$work/headers")" = 200
check "of the right media type" test "$(content_type "$work/headers")" = "$media"
check "openssl verifies it" openssl cms -verify -binary -inform DER -in "$work/voucher.vcj" -CAfile "$MASA_CA" \
    -purpose any -out "$work/voucher.json"
python3 - "$work/voucher.json" "$nonce" "$work/pin.der" <<'PY' || fail "leaves of the voucher"
import base64, datetime, json, sys

top = json.load(open(sys.argv[1]))
assert list(top) == ["ietf-voucher:voucher"], top
v = top["ietf-voucher:voucher"]
assert v["assertion"] == "proximity", v
assert v["serial-number"] == "foreign", v
assert v["nonce"] == sys.argv[2], v
assert "expires-on" not in v, v  # RFC 8366 5.3: one of them
assert len([k for k in v if k.startswith("pinned-")]) == 1, v
made = datetime.datetime.strptime(v["created-on"], "%Y-%m-%dT%H:%M:%SZ")
now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
assert abs((now - made).total_seconds()) < 60, v
open(sys.argv[3], "wb").write(base64.b64decode(v["pinned-domain-cert"], validate=True))
PY
openssl x509 -inform DER -in "$work/pin.der" -out "$work/pin.pem"
check "it pins the domain CA" test "$(der64 "$work/pin.pem")" = "$(der64 "$DOMAIN_CA")"
check "the pin covers the connection" openssl verify -CAfile "$work/pin.pem" "$work/seen.pem"
check "the same request again" test "$(ask_voucher "$device" "$work/again.vcj")" = 200
check "gets the same voucher" cmp "$work/voucher.vcj" "$work/again.vcj"

trust=$work/pin.pem
check "voucher_status" test "$(tell "$device" voucher_status '{"version":1,"status":true}')" = 200

check "csrattrs" test "$(ask "$device" est/csrattrs "$work/csrattrs" -D "$work/headers")" = 200
check "of the right media type" test "$(content_type "$work/headers")" = application/csrattrs
check "on one line" one_line "$work/csrattrs"
base64 -d "$work/csrattrs" >"$work/csrattrs.der"
check "openssl reads what they want" sh -c "openssl asn1parse -inform DER -in '$work/csrattrs.der' | grep -q prime256v1"
check "cacerts" test "$(ask "$device" est/cacerts "$work/cacerts" -D "$work/headers")" = 200
check "of the right media type" test "$(content_type "$work/headers" | cut -d ';' -f 1)" = application/pkcs7-mime
check "on one line" one_line "$work/cacerts"
etag=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Ee][Tt]ag: *//p')
check "cacerts that curl has already do not come again" test "$(ask "$device" est/cacerts "$work/unchanged" \
    -H "If-None-Match: $etag")" = 304
check "other ones would" test "$(ask "$device" est/cacerts "$work/unchanged" -H 'If-None-Match: "00"')" = 200
certs "$work/cacerts" >"$work/cacerts.pem"
check "which hold the domain CA" test "$(der64 "$work/cacerts.pem")" = "$(der64 "$DOMAIN_CA")"

csr "$device"
base64 -w0 "$device/csr.der" >"$work/csr"
check "simpleenroll" test "$(enroll "$device" "$work/csr" "$work/answer" -D "$work/headers")" = 200
check "of the right media type" test "$(content_type "$work/headers")" = \
    'application/pkcs7-mime; smime-type=certs-only'
check "on one line" one_line "$work/answer"
certs "$work/answer" >"$work/ldevid.pem"
check "one certificate" test "$(grep -c BEGIN "$work/ldevid.pem")" -eq 1
check "openssl verifies it" openssl verify -CAfile "$work/cacerts.pem" "$work/ldevid.pem"
openssl pkey -in "$device/new.key" -pubout >"$work/new.pub"
check "for the new key" test "$(public_key "$work/ldevid.pem")" = "$(cat "$work/new.pub")"

# RFC 8951 3: white space anywhere in base64; the same request gets the same certificate
base64 -w 64 "$device/csr.der" | sed 's/$/\r/' >"$work/wrapped"
check "wrapped base64" test "$(enroll "$device" "$work/wrapped" "$work/wrapped.out")" = 200
check "gets the same certificate" cmp "$work/answer" "$work/wrapped.out"
# Content-Transfer-Encoding says nothing
check "another encoding by name" test "$(enroll "$device" "$work/csr" "$work/named.out" \
    -H 'Content-Transfer-Encoding: binary')" = 200
check "gets the same certificate" cmp "$work/answer" "$work/named.out"
check "DER" test "$(enroll "$device" "$device/csr.der" "$work/der.out")" = 200
check "gets the same certificate" cmp "$work/answer" "$work/der.out"
check "one is on record" test "$(sqlite3 "$REGISTRAR_DB" 'SELECT count(*) FROM certificates WHERE device > 0')" -eq 1

mkdir "$work/new"
mv "$work/ldevid.pem" "$work/new/idevid.pem"
cp "$device/new.key" "$work/new/idevid.key"
check "enrollstatus by the LDevID" test "$(tell "$work/new" enrollstatus '{"version":1,"status":true}')" = 200
check "the registrar saw that" grep -q 'stage=enrollstatus .*serial="foreign".*certificate LDevID' \
    "$work/lab/log/registrar.log"
check "the device is in operation" sh -c \
    "'$BIN_DIR/brskictl' device show foreign --json --server '$ADMIN_SOCKET' | grep -q operational"
refused "nobody complained" grep -E 'level=(warn|error) stage=[^h]' "$work/lab/log/registrar.log"

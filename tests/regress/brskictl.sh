#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# brskictl without a server: show, verify and path with their exit codes, on the artifacts of others
# and on broken ones.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"

data=$top_srcdir/tests/data
rfc=$data/rfc8995-appendix-c
minerva=$data/minerva-cms
bad=$data/minerva-bad
april=2021-04-15T00:00:00Z
vendor=$rfc/manufacturer_ca.crt.pem
out=$work/out
err=$work/err

# exits STATUS WHAT ARGUMENT...: brskictl ends with it; what it says is in $out and $err
exits() {
	want=$1 what=$2
	shift 2
	status=0
	"$BIN_DIR/brskictl" "$@" >"$out" 2>"$err" || status=$?
	[ "$status" -eq "$want" ] || {
		cat "$out" "$err"
		fail "$what: exit $status, not $want (brskictl $*)"
	}
	printf 'ok: %s\n' "$what"
}

# refuses CLAUSE WHAT ARGUMENT...: exit 1 and one line that names the clause
refuses() {
	clause=$1
	shift
	exits 1 "$@"
	[ "$(wc -l <"$err")" -eq 1 ] || fail "not one line: $(cat "$err")"
	grep -q "^brskictl: refused: $clause: " "$err" || fail "not by $clause: $(cat "$err")"
}

said() {
	grep -q -e "$1" "$out" || {
		cat "$out"
		fail "does not say: $1"
	}
}

# --- usage
exits 0 "help" --help
said "voucher verify"
said "cert revoke"
exits 0 "help about a group" cert --help
said "cert revoke"
! grep -q "voucher verify" "$out" || fail "help about everything"
exits 0 "version" --version
exits 2 "an option of lists" cert show x --limit 3
exits 2 "nobody listens" ca show --server "$work/nobody"
exits 2 "nobody listens to lists" cert list --server "$work/nobody"
exits 2 "no command"
exits 2 "half a command" voucher
exits 2 "another command" voucher eat x
exits 2 "no file" voucher show
exits 2 "two files" voucher show a b
exits 2 "another option" voucher show x --frob
exits 2 "a short option" voucher show x -x
exits 2 "an option of another command" voucher show x --anchor y
exits 2 "an option without its value" voucher verify x --as masa --anchor
exits 2 "a flag with a value" --json=yes voucher show "$rfc/pvr.cms"
exits 2 "no such file" voucher show "$work/nothing"
exits 2 "not signed" voucher verify "$rfc/pvr.payload.json" --as registrar --anchor "$vendor"
exits 2 "no role" voucher verify "$rfc/pvr.cms" --anchor "$vendor"
exits 2 "another role" voucher verify "$rfc/pvr.cms" --as king --anchor "$vendor"
exits 2 "two roles" voucher verify "$rfc/pvr.cms" --as masa --signature-only --anchor "$vendor"
exits 2 "no anchor" voucher verify "$rfc/rvr.cms" --as masa
exits 2 "a pledge without its request" voucher verify "$rfc/voucher.cms" --as pledge --anchor "$vendor"
exits 2 "a MASA with a request" voucher verify "$rfc/rvr.cms" --as masa --anchor "$vendor" --request "$rfc/pvr.cms"
exits 2 "a MASA with a client" voucher verify "$rfc/rvr.cms" --as masa --anchor "$vendor" --client-cert "$vendor"
exits 2 "strict signature" voucher verify "$rfc/rvr.cms" --signature-only --strict --anchor "$vendor"
exits 2 "not a time" voucher verify "$rfc/rvr.cms" --as masa --anchor "$vendor" --at tomorrow
exits 2 "not an anchor" voucher verify "$rfc/rvr.cms" --as masa --anchor "$rfc/pvr.payload.json"
grep -q "^brskictl: [^:]*: $rfc/pvr.payload.json: " "$err" || fail "does not name the file: $(cat "$err")"
exits 2 "a path to nowhere" path verify "$rfc/masa.crt.pem"

# --- show
for file in "$rfc"/*.cms "$minerva"/*.cms; do
	exits 0 "show ${file##*/}" voucher show "$file"
	exits 0 "show ${file##*/} as JSON" --json voucher show "$file"
	said '"leaves": {'
done
exits 0 "show, the option last" voucher show "$rfc/rvr.cms" --json
said '"kind": "voucher-request"'
said '"prior": {'
exits 0 "show in text" voucher show "$rfc/voucher.cms"
said '^signature: right$'
said '^  assertion: logged$'
said '^  serial-number: 00-D0-E5-F2-00-02$'
said '^  pinned-domain-cert:$'
said 'subject: DC=ca, DC=sandelman, CN=fountain-test.example.com$'
said 'id-data'
exits 0 "show a signer who is not there" --json voucher show "$minerva/pvr-00-D0-E5-03-00-03-nocerts.cms"
said '"signer": null'
exits 2 "show what is no voucher inside" --json voucher show "$bad/rvr-prior-is-json-object.cms"
said '"signature": "right"'
said '"payload": {'
exits 2 "show what has no content" --json voucher show "$data/cbrski-older-drafts/cms-detached-no-content.p7"
said '"reason": "no content inside"'
for file in "$bad"/empty.cms "$bad"/*.b64 "$bad"/*.cose "$bad"/*.mvch "$rfc/pvr.payload.json"; do
	exits 2 "show ${file##*/}" voucher show "$file"
done


# --- COSE: the draft's artifacts, then what must not pass
cose=$data/cbrski-draft31-cose
for file in pvr rvr voucher; do
	exits 0 "show $file.cose" voucher show "$cose/$file.cose" --json
	said '"leaf-sids": {'
	said '"alg": -7'
done
exits 0 "show hex" voucher show "$cose/pvr.hex"
said '^  proximity-registrar-pubk: 2513$'
exits 0 "a PVR and its TLS client" voucher verify "$cose/pvr.cose" --as registrar \
    --anchor "$cose/masa_ca.crt.pem" --client-cert "$cose/pledge.crt.pem"
exits 0 "a PVR and its signer as anchor" voucher verify "$cose/pvr.cose" --as registrar \
    --anchor "$cose/pledge.crt.pem"
refuses "RFC 9052 4.4" "a PVR of whom" voucher verify "$cose/pvr.cose" --as registrar \
    --anchor "$cose/masa_ca.crt.pem"
refuses "RFC 8995 5.6.1" "the draft's voucher is not for its PVR" voucher verify "$cose/voucher.cose" \
    --as pledge --anchor "$cose/masa_ca.crt.pem" --request "$cose/pvr.cose"
exits 0 "the draft's RVR, the pledge known" voucher verify "$cose/rvr.cose" --as masa \
    --anchor "$cose/masa_ca.crt.pem" --anchor "$cose/pledge.crt.pem" --at 2023-01-01T00:00:00Z
said '^proximity: yes$'
refuses "RFC 9052 4.4" "the draft's RVR lacks the pledge" voucher verify "$cose/rvr.cose" --as masa \
    --anchor "$cose/masa_ca.crt.pem" --at 2023-01-01T00:00:00Z
refuses "cBRSKI 9.2" "strict about it" voucher verify "$cose/rvr.cose" --as masa --strict \
    --anchor "$cose/masa_ca.crt.pem" --anchor "$cose/pledge.crt.pem" --at 2023-01-01T00:00:00Z
exits 0 "a voucher by an anchor's own key" voucher verify "$cose/voucher.cose" --signature-only \
    --anchor "$cose/masa_ca.crt.pem"
refuses "RFC 9052 4.4" "the MASA's TLS key signed nothing" voucher verify "$cose/voucher.cose" \
    --signature-only --anchor "$cose/masa.crt.pem"
exits 0 "COSE of others, content not decoded" voucher verify --signature-only --at never \
    "$data/minerva-cose/pvr-00-D0-E5-F2-00-02-2020.cose" \
    --anchor "$data/minerva-cose/device-00-D0-E5-F2-00-02.crt.pem"
refuses "RFC 9053 2" "ES256K and a DER signature" voucher verify --signature-only --at never \
    "$data/minerva-cose/rvr-vanderstok-alg-47.cose" --anchor "$data/minerva-cose/jrc.crt.pem"
refuses "RFC 9053 2" "no algorithm" voucher verify --signature-only --at never \
    "$data/cbrski-older-drafts/vr_00-D0-E5-F2-00-03.sid1001154.cose" \
    --anchor "$data/cbrski-older-drafts/device_00-D0-E5-F2-00-03.crt.pem"
exits 2 "a payload that is not wrapped" voucher verify --signature-only --at never \
    "$bad/cose-payload-not-wrapped-60100.cose" --anchor "$cose/masa_ca.crt.pem"
for file in voucher-plain-2451 voucher-request-plain-2501; do
	exits 2 "$file" voucher verify "$data/cbrski-older-drafts/$file.cbor" --signature-only \
	    --anchor "$cose/masa_ca.crt.pem"
	exits 2 "show $file" voucher show "$data/cbrski-older-drafts/$file.cbor"
done

# --- the same object in three wrappings, and from standard input
openssl base64 -in "$rfc/voucher.cms" -out "$work/voucher.b64"
{
	echo '-----BEGIN CMS-----'
	cat "$work/voucher.b64"
	echo '-----END CMS-----'
} >"$work/voucher.pem"
tr -d '\n' <"$work/voucher.b64" >"$work/voucher.one"
for file in "$rfc/voucher.cms" "$work/voucher.b64" "$work/voucher.pem" "$work/voucher.one"; do
	exits 0 "accept ${file##*/}" voucher verify "$file" --as pledge --anchor "$vendor" \
	    --request "$rfc/pvr.cms" --at "$april"
done
openssl x509 -in "$vendor" -outform DER -out "$work/vendor.der"
openssl base64 -in "$work/vendor.der" -out "$work/vendor.b64"
for file in "$work/vendor.der" "$work/vendor.b64"; do
	exits 0 "anchor ${file##*/}" voucher verify - --as pledge --anchor "$file" \
	    --request "$rfc/pvr.cms" --at "$april" <"$rfc/voucher.cms"
done

# --- as pledge
exits 0 "as pledge, as JSON" --json voucher verify "$rfc/voucher.cms" --as pledge --anchor "$vendor" \
    --request "$rfc/pvr.cms" --at "$april"
said '"accepted": true'
said 'covers the proximity certificate'
exits 0 "the signer as anchor" voucher verify "$rfc/voucher.cms" --as pledge --anchor "$rfc/masa.crt.pem" \
    --request "$rfc/pvr.cms" --at "$april"
refuses "RFC 5280 4.1.2.5" "out of its time" voucher verify "$rfc/voucher.cms" --as pledge \
    --anchor "$vendor" --request "$rfc/pvr.cms"
refuses "RFC 8366 5.4" "strict" voucher verify "$rfc/voucher.cms" --as pledge --strict \
    --anchor "$vendor" --request "$rfc/pvr.cms" --at "$april"
refuses "RFC 5280 6.1.1" "another manufacturer" voucher verify "$rfc/voucher.cms" --as pledge \
    --anchor "$rfc/registrar_ca.crt.pem" --request "$rfc/pvr.cms" --at "$april"
refuses "RFC 8995 3" "a request instead of a voucher" voucher verify "$rfc/rvr.cms" --as pledge \
    --anchor "$vendor" --request "$rfc/pvr.cms" --at "$april"
exits 2 "a voucher instead of a request" voucher verify "$rfc/voucher.cms" --as pledge \
    --anchor "$vendor" --request "$rfc/voucher.cms" --at "$april"
exits 2 "garbage instead of a request" voucher verify "$rfc/voucher.cms" --as pledge \
    --anchor "$vendor" --request "$rfc/pvr.payload.json" --at "$april"
sed 's/T17:43:23.747/T17:43:23.748/' "$rfc/pvr.cms" >"$work/changed-pvr.cms"
exits 1 "a request that somebody changed" voucher verify "$rfc/voucher.cms" --as pledge \
    --anchor "$vendor" --request "$work/changed-pvr.cms" --at "$april"
exits 0 "never" voucher verify "$minerva/voucher-00-D0-E5-F2-00-03.cms" --as pledge --at never \
    --anchor "$minerva/vendor-highway-1.crt.pem" --request "$minerva/pvr-00-D0-E5-F2-00-03.cms"
refuses "RFC 8995 5.6.1" "another nonce" --json voucher verify --at never --as pledge \
    "$minerva/voucher-00-d0-e5-02-00-2d-other-nonce.cms" \
    --anchor "$minerva/vendor-honeydukes.crt.pem" --request "$minerva/pvr-00-d0-e5-02-00-2d.cms"
said '"accepted": false'
said '"code": "E_NONCE"'
refuses "RFC 8995 5.6.1" "another device" voucher verify --at never --as pledge \
    "$minerva/voucher-00-D0-E5-F2-00-02-2019.cms" --anchor "$minerva/vendor-highway-1.crt.pem" \
    --request "$minerva/pvr-081196FFFE0181E0-smimecap.cms"
refuses "RFC 8995 5.6.1" "a request without its certificate" voucher verify --at never --as pledge \
    "$minerva/voucher-00-D0-E5-03-00-03.cms" --anchor "$minerva/vendor-florean.crt.pem" \
    --request "$minerva/pvr-00-D0-E5-03-00-03-nocerts.cms"

# --- as registrar
exits 0 "as registrar" voucher verify "$rfc/pvr.cms" --as registrar --anchor "$vendor" --at "$april" --json
said '"serial-number": "00-D0-E5-F2-00-02"'
exits 0 "with the TLS client's certificate" voucher verify "$rfc/pvr.cms" --as registrar --anchor "$vendor" \
    --client-cert "$rfc/pvr-embedded-signer.crt.pem" --at "$april"
refuses "RFC 5280 [0-9.]*" "a TLS client of nobody" voucher verify "$rfc/pvr.cms" --as registrar \
    --anchor "$vendor" --client-cert "$rfc/pledge-stale-wrong-issuer.crt.pem" --at "$april"
refuses "RFC 8995 5.5" "another TLS client" voucher verify "$rfc/pvr.cms" --as registrar \
    --anchor "$vendor" --client-cert "$rfc/masa.crt.pem" --at "$april"
refuses "RFC 5280 6.1.1" "an unknown manufacturer" voucher verify "$rfc/pvr.cms" --as registrar \
    --anchor "$rfc/registrar_ca.crt.pem" --at "$april"
refuses "RFC 8995 3" "a voucher instead of a request" voucher verify "$rfc/voucher.cms" --as registrar \
    --anchor "$vendor" --at "$april"

# --- as MASA
exits 0 "as MASA" voucher verify "$rfc/rvr.cms" --as masa --anchor "$vendor" --at "$april" --json
said '"proximity": true'
refuses "RFC 8995 5.5.4" "a registrar without cmcRA" voucher verify --as masa --at never \
    "$minerva/rvr-00-D0-E5-F2-00-02-2017.cms" --anchor "$minerva/vendor-highway-unstrung.crt.pem"
refuses "RFC 8995 5.5.5" "a device of nobody" voucher verify "$rfc/rvr.cms" --as masa \
    --anchor "$rfc/registrar_ca.crt.pem" --at "$april"
exits 0 "a request without a prior one" voucher verify --as masa --at never \
    "$minerva/rvr-9730-no-assertion.cms" --anchor "$vendor"
for file in "$bad"/*; do
	status=0
	"$BIN_DIR/brskictl" voucher verify "$file" --as masa --anchor "$vendor" --at never >"$out" 2>"$err" || status=$?
	case $status in
	1 | 2) printf 'ok: %s\n' "not accepted: ${file##*/}" ;;
	*) fail "${file##*/}: exit $status" ;;
	esac
done

# --- the signature alone
exits 0 "signature by the domain CA" voucher verify "$rfc/rvr.cms" --signature-only \
    --anchor "$rfc/registrar_ca.crt.pem" --at "$april"
openssl pkcs7 -inform DER -in "$bad/rvr-prior-is-json-object.cms" -print_certs -out "$work/signer.pem"
exits 0 "signature, payload never decoded" voucher verify "$bad/rvr-prior-is-json-object.cms" \
    --signature-only --anchor "$work/signer.pem" --at never
exits 0 "the signer is the anchor, and only there" voucher verify --signature-only --at never \
    "$minerva/pvr-00-D0-E5-03-00-03-nocerts.cms" --anchor "$minerva/device-00-D0-E5-03-00-03.crt.pem"
refuses "RFC 5652 5.6" "no signer" voucher verify --signature-only --at never \
    "$minerva/pvr-00-D0-E5-03-00-03-nocerts.cms" --anchor "$minerva/vendor-florean.crt.pem"
refuses "RFC 8366 5.4" "no content" voucher verify --signature-only --at never \
    "$data/cbrski-older-drafts/cms-detached-no-content.p7" --anchor "$vendor"
{
	cat "$rfc/rvr.cms"
	echo
} >"$work/longer.cms"
exits 2 "one byte more" voucher verify "$work/longer.cms" --signature-only --at never --anchor "$vendor"
sed 's/00-D0-E5-F2-00-02/00-D0-E5-F2-00-03/' "$rfc/voucher.cms" >"$work/changed.cms"
refuses "RFC 5652 5.6" "another serial number than signed" voucher verify "$work/changed.cms" \
    --signature-only --at never --anchor "$vendor"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=one -days 9 \
    -keyout "$work/one.key" -out "$work/one.pem" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=two -days 9 \
    -keyout "$work/two.key" -out "$work/two.pem" 2>/dev/null
openssl cms -sign -binary -nodetach -outform DER -in "$rfc/voucher.payload.json" -out "$work/two.cms" \
    -econtent_type 1.2.840.113549.1.9.16.1.40 -signer "$work/one.pem" -inkey "$work/one.key" \
    -signer "$work/two.pem" -inkey "$work/two.key"
refuses "RFC 8366 5.4" "two signers" voucher verify "$work/two.cms" --signature-only --at never \
    --anchor "$work/one.pem" --anchor "$work/two.pem"
openssl cms -sign -binary -nodetach -outform DER -in "$rfc/voucher.payload.json" -out "$work/one.cms" \
    -econtent_type 1.2.840.113549.1.9.16.1.40 -signer "$work/one.pem" -inkey "$work/one.key"
exits 0 "openssl's voucher" voucher verify "$work/one.cms" --signature-only --anchor "$work/one.pem"
openssl cms -sign -binary -nodetach -nocerts -outform DER -in "$rfc/voucher.payload.json" -out "$work/bare.cms" \
    -econtent_type 1.2.840.113549.1.9.16.1.40 -signer "$rfc/masa.crt.pem" -inkey "$rfc/masa.key.pem"
exits 0 "a voucher without certificates, by an anchor" voucher verify "$work/bare.cms" --as pledge \
    --anchor "$rfc/masa.crt.pem" --request "$rfc/pvr.cms" --at "$april"
refuses "RFC 5652 5.6" "a voucher without certificates, by whom" voucher verify "$work/bare.cms" --as pledge \
    --anchor "$vendor" --request "$rfc/pvr.cms" --at "$april"
# eContentType .40 -> .41
perl -pe 'BEGIN { binmode STDIN; undef $/ } s/(\x09\x10\x01)\x28/$1\x29/' <"$work/one.cms" >"$work/type.cms"
refuses "RFC 8366 5.4" "a changed content type" voucher verify "$work/type.cms" --signature-only \
    --anchor "$work/one.pem"

# --- path
exits 0 "a path" path verify "$rfc/registrar.crt.pem" --anchor "$rfc/registrar_ca.crt.pem" --at "$april" --json
said '"path": \['
exits 0 "a path of one" path verify "$rfc/registrar.crt.pem" --anchor "$rfc/registrar.crt.pem" --at "$april"
refuses "RFC 5280 [0-9.]*" "right name, wrong key" path verify "$rfc/pledge-stale-wrong-issuer.crt.pem" \
    --anchor "$vendor" --at never
refuses "RFC 5280 6.1.1" "no path" path verify "$rfc/registrar.crt.pem" --anchor "$vendor" --at "$april"
refuses "RFC 5280 [0-9.]*" "no CRL" path verify "$rfc/registrar.crt.pem" --require-crl \
    --anchor "$rfc/registrar_ca.crt.pem" --at "$april"
pkits=$data/nist-pkits
exits 0 "with CRLs" path verify "$pkits/certs/ValidCertificatePathTest1EE.crt" --require-crl \
    --untrusted "$pkits/certs/GoodCACert.crt" --anchor "$pkits/certs/TrustAnchorRootCertificate.crt" \
    --crl "$pkits/crls/TrustAnchorRootCRL.crl" --crl "$pkits/crls/GoodCACRL.crl" --at 2020-01-01T00:00:00Z
for crl in "$pkits/crls/TrustAnchorRootCRL.crl" "$pkits/crls/GoodCACRL.crl"; do
	openssl crl -inform DER -in "$crl"
done >"$work/both.crls"
openssl base64 -in "$pkits/crls/GoodCACRL.crl" -out "$work/crl.b64"
exits 0 "two CRLs in one file" path verify "$pkits/certs/ValidCertificatePathTest1EE.crt" --require-crl \
    --untrusted "$pkits/certs/GoodCACert.crt" --anchor "$pkits/certs/TrustAnchorRootCertificate.crt" \
    --crl "$work/both.crls" --at 2020-01-01T00:00:00Z
refuses "RFC 5280 6.3.3" "revoked by a CRL in base64" path verify "$pkits/certs/InvalidRevokedEETest3EE.crt" \
    --untrusted "$pkits/certs/GoodCACert.crt" --anchor "$pkits/certs/TrustAnchorRootCertificate.crt" \
    --crl "$work/crl.b64" --at 2020-01-01T00:00:00Z
exits 2 "what is no CRL" path verify "$rfc/registrar.crt.pem" --crl "$vendor" \
    --anchor "$rfc/registrar_ca.crt.pem"

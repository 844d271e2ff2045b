#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Vouchers in COSE between us and others: CBOR by python3-cbor2, COSE_Sign1 by cose-js. Ours are right there, theirs
# here, in every spelling of keys that RFC 9254 has. The npm packages go into a cache, by the lock file beside this.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
seal=$BIN_DIR/tests/interop/seal

python=
for candidate in python3 /usr/bin/python3; do
	! "$candidate" -c 'import cbor2' 2>/dev/null || python=$candidate
done
[ -n "$python" ] || fail "python3-cbor2 is not installed"
command -v npm >/dev/null || fail "npm is not installed"

modules=${QUAYSIDE_NPM:-${XDG_CACHE_HOME:-$HOME/.cache}/quayside/npm}/$(cksum <"$here/npm/package-lock.json" | tr ' ' -)
if [ ! -d "$modules" ]; then
	mkdir -p "${modules%/*}" "$work/npm"
	cp "$here/npm/package.json" "$here/npm/package-lock.json" "$work/npm"
	npm ci --prefix "$work/npm" --ignore-scripts --no-audit --no-fund >"$work/npm.log" 2>&1 || {
		cat "$work/npm.log"
		fail "npm ci"
	}
	mv "$work/npm" "$modules" 2>/dev/null || [ -d "$modules" ] || fail "cannot write $modules"
fi
export NODE_PATH="$modules/node_modules"

cd "$work"
cbor() {
	"$python" "$here/cbor_check.py" "$@"
}
cose() {
	node "$here/npm/cose.js" "$@"
}
# sealed OUT ARGUMENT...
sealed() {
	out=$1
	shift
	"$seal" "$@" >"$out"
}
judge() {
	"$BIN_DIR/brskictl" voucher verify "$@" >/dev/null
}

# --- people: ca NAME ALGORITHM..., then NAME CA SUBJECT EXTENSIONS
ca() {
	name=$1
	shift
	openssl req -x509 -nodes -newkey "$@" -keyout "$name.key" -out "$name.pem" -days 30 -subj "/O=$name/CN=$name" \
	    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,digitalSignature,keyCertSign 2>/dev/null
	openssl x509 -in "$name.pem" -pubkey -noout >"$name.pub"
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}
person() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" \
	    -subj "$3" 2>/dev/null
	printf '%s\n' authorityKeyIdentifier=keyid keyUsage=critical,digitalSignature "$4" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 30 -extfile "$1.ext" \
	    -out "$1.pem" 2>/dev/null
	openssl x509 -in "$1.pem" -pubkey -noout >"$1.pub"
	openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}
ca maker ec -pkeyopt ec_paramgen_curve:P-256
ca maker384 ec -pkeyopt ec_paramgen_curve:P-384
ca maker25519 ed25519
ca domain ec -pkeyopt ec_paramgen_curve:P-256
person masa maker /O=maker/CN=masa extendedKeyUsage=serverAuth
person pledge maker /CN=sensor/serialNumber=JADA123456789 basicConstraints=critical,CA:FALSE
person registrar domain /O=domain/CN=registrar extendedKeyUsage=1.3.6.1.5.5.7.3.28,serverAuth
openssl pkey -pubin -in registrar.pub -outform DER -out registrar.spki
openssl x509 -in pledge.pem -noout -ext authorityKeyIdentifier | "$python" -c '
import sys
keyid = bytes.fromhex(sys.stdin.read().split("\n")[1].strip().removeprefix("keyid:").replace(":", ""))
sys.stdout.buffer.write(b"\x04\x18\x30\x16\x80\x14" + keyid)' >issuer
head -c 8 /dev/urandom >nonce
cat registrar.pem domain.pem pledge.pem maker.pem >rvr.bag
cat masa.pem maker.pem >masa.bag
serial='serial-number=JADA123456789'
now=created-on=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# --- ours
set -- assertion=proximity nonce=@nonce $serial proximity-registrar-pubk=@registrar.spki
check "our PVR" sealed pvr.cose request pledge.key "$@"
check "is no larger than the draft's" test "$(wc -c <pvr.cose)" -le 201
check "its CBOR" cbor ours pvr.cose request "$@"
check "has no certificate" cbor bag pvr.cose 0
check "its signature" cose verify pvr.cose pledge.pub
refused "by another key" cose verify pvr.cose masa.pub 2>/dev/null

set -- assertion=proximity nonce=@nonce $serial "$now" idevid-issuer=@issuer prior-signed-voucher-request=@pvr.cose
check "our RVR" sealed rvr.cose request registrar.key bag=rvr.bag "$@"
check "its CBOR" cbor ours rvr.cose request "$@"
check "four certificates" cbor bag rvr.cose 4
check "its signature" cose verify rvr.cose registrar.pub
check "as MASA" judge rvr.cose --as masa --strict --anchor maker.pem

set -- assertion=verified nonce=@nonce $serial "$now" pinned-domain-cert=@domain.der domain-cert-revocation-checks=false
check "our voucher" sealed voucher.cose voucher masa.key bag=masa.bag "$@"
check "its CBOR" cbor ours voucher.cose voucher "$@"
check "two certificates" cbor bag voucher.cose 2
check "its signature" cose verify voucher.cose masa.pub
check "as the pledge" judge voucher.cose --as pledge --strict --anchor maker.pem --request pvr.cose \
    --client-cert pledge.pem
for maker in maker maker384 maker25519; do
	check "our voucher by $maker" sealed "$maker.cose" voucher "$maker.key" "bag=$maker.pem" "$@"
	check "one certificate, no array" cbor bag "$maker.cose" 1
	check "its signature" cose verify "$maker.cose" "$maker.pub"
	check "passed on" sealed passed.cose voucher "$maker.key" "bag=$maker.pem" forward=1 "$@"
	check "its CBOR" cbor ours passed.cose voucher "$@"
	check "without certificates" cbor bag passed.cose 0
	check "its signature holds" cose verify passed.cose "$maker.pub"
	check "as the pledge" judge passed.cose --as pledge --strict --anchor "$maker.pem" --request pvr.cose
done

# --- whose issuer: only a certificate of the device tells
printf '\004\030\060\026\200\024%020d' 0 >other.issuer
set -- assertion=logged nonce=@nonce $serial "$now" pinned-domain-cert=@domain.der
for issuer in issuer other.issuer; do
	check "a voucher with $issuer" sealed "$issuer.cose" voucher maker.key "$@" "idevid-issuer=@$issuer"
	"$BIN_DIR/brskictl" voucher verify "$issuer.cose" --as pledge --anchor maker.pem --request pvr.cose >said ||
		fail "$issuer without a certificate"
	check "not judged without a certificate" grep -q 'idevid-issuer: not judged' said
done
check "the device's own" judge issuer.cose --as pledge --anchor maker.pem --request pvr.cose --client-cert pledge.pem
refused "another's" judge other.issuer.cose --as pledge --anchor maker.pem --request pvr.cose \
    --client-cert pledge.pem 2>/dev/null

# --- a pin that is the key which the pledge saw, by itself or by its digest, or another's
openssl dgst -sha256 -binary registrar.spki >registrar.sha256
openssl pkey -pubin -in domain.pub -outform DER -out domain.spki
set -- assertion=logged nonce=@nonce $serial "$now"
check "a PVR with a digest" sealed digest-pvr.cose request pledge.key assertion=proximity nonce=@nonce $serial \
    proximity-registrar-pubk-sha256=@registrar.sha256
check "a voucher for a key" sealed key.cose voucher maker.key "$@" pinned-domain-pubk=@registrar.spki
check "a voucher for a certificate" sealed cert.cose voucher maker.key "$@" pinned-domain-cert=@registrar.der
check "a voucher for another key" sealed other.cose voucher maker.key "$@" pinned-domain-pubk=@domain.spki
for request in pvr.cose digest-pvr.cose; do
	for voucher in key.cose cert.cose; do
		"$BIN_DIR/brskictl" voucher verify $voucher --as pledge --anchor maker.pem --request $request >said ||
			fail "$voucher for $request"
		check "$voucher for $request" grep -q 'covers the proximity key' said
	done
done
refused "another key" judge other.cose --as pledge --anchor maker.pem --request pvr.cose 2>/dev/null

# --- theirs, by who and how
for form in sids names tags mixed; do
	set -- assertion=proximity nonce=@nonce $serial proximity-registrar-pubk=@registrar.spki
	check "a PVR in $form" cbor payload pvr.cbor $form request "$@"
	check "signed there" cose sign pvr.cbor pledge.key their-pvr.cose
	check "as registrar" judge their-pvr.cose --as registrar --strict --anchor maker.pem --client-cert pledge.pem
	refused "of another client" judge their-pvr.cose --as registrar --anchor maker.pem \
	    --client-cert masa.pem 2>/dev/null

	set -- nonce=@nonce $serial "$now" idevid-issuer=@issuer prior-signed-voucher-request=@their-pvr.cose
	check "an RVR in $form" cbor payload rvr.cbor $form request "$@"
	check "signed there" cose sign rvr.cbor registrar.key their-rvr.cose registrar.der domain.der pledge.der
	check "as MASA" judge their-rvr.cose --as masa --strict --anchor maker.pem

	set -- assertion=logged nonce=@nonce $serial "$now" pinned-domain-cert=@domain.der
	check "a voucher in $form" cbor payload voucher.cbor $form voucher "$@"
	for maker in maker maker384 maker25519; do
		check "signed there by $maker" cose sign voucher.cbor "$maker.key" "their-$maker.cose" "$maker.der"
		check "as the pledge" judge "their-$maker.cose" --as pledge --strict \
		    --anchor "$maker.pem" --request their-pvr.cose
		check "signed there by $maker, no certificate" cose sign voucher.cbor "$maker.key" bare.cose
		check "as the pledge" judge bare.cose --as pledge --strict \
		    --anchor "$maker.pem" --request their-pvr.cose
	done
done
sed 's/JADA123456789/JADA123456788/' their-maker.cose >changed.cose
refused "a changed voucher" judge changed.cose --signature-only --anchor maker.pem 2>/dev/null
refused "there too" cose verify changed.cose maker.pub 2>/dev/null

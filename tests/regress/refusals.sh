#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a registrar and a MASA refuse, seen from outside: the right status, one line in the log with code and clause,
# one row in the audit trail where it was decided, and nothing half-done. RFC 8995 5.2 to 5.9, RFC 7030 4.2.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/by_hand.sh
. "$(dirname "$0")/../interop/by_hand.sh"
# shellcheck source=tests/regress/expect.sh
. "$(dirname "$0")/expect.sh"

# --- a manufacturer of our own

# below NAME CA FROM TO EXTENSION...: maker/NAME/idevid.pem and .key, issued by maker/CA
below() {
	name=$1 ca=$maker/$2 from=$3 to=$4
	shift 4
	mkdir -p "$maker/$name"
	printf '%s\n' "$@" >"$maker/$name/ext"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$maker/$name/idevid.key" \
	    -subj "/CN=$name/serialNumber=$name" -out "$maker/$name/csr" 2>/dev/null
	cat >"$maker/ca.conf" <<-CONF
	[ca]
	default_ca = this
	[this]
	database = $maker/index
	new_certs_dir = $maker
	rand_serial = yes
	default_md = sha256
	unique_subject = no
	policy = any
	[any]
	commonName = optional
	serialNumber = optional
	CONF
	: >"$maker/index"
	openssl ca -batch -config "$maker/ca.conf" -in "$maker/$name/csr" -out "$maker/$name/idevid.pem" \
	    -cert "$ca/idevid.pem" -keyfile "$ca/idevid.key" -startdate "$from" -enddate "$to" \
	    -extfile "$maker/$name/ext" -preserveDN -notext 2>/dev/null
}

# self NAME [OPTION...]: maker/NAME, which vouches for itself
self() {
	name=$1
	shift
	mkdir -p "$maker/$name"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$maker/$name/idevid.key" \
	    -out "$maker/$name/idevid.pem" -days 3650 -subj "/CN=$name/serialNumber=$name" "$@" 2>/dev/null
}

past=20200101000000Z lately=20210101000000Z never=99991231235959Z
make_devices() {
	maker=$work/maker
	mkdir "$maker"
	self root -addext keyUsage=critical,keyCertSign
	self selfmade
	below late root $past $lately keyUsage=digitalSignature
	below oldca root $past $lately basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign
	below heir oldca $past $never keyUsage=digitalSignature
	cat "$maker/oldca/idevid.pem" >>"$maker/heir/idevid.pem"
	below forged root $past $never keyUsage=digitalSignature
	# another key behind the same names: the signature is not the root's
	cp -r "$maker/root" "$maker/false"
	openssl ecparam -name prime256v1 -genkey -noout -out "$maker/false/idevid.key"
	openssl req -x509 -key "$maker/false/idevid.key" -out "$maker/false/idevid.pem" -days 3650 \
	    -subj "/CN=root/serialNumber=root" -addext subjectKeyIdentifier=none
	below forged false $past $never keyUsage=digitalSignature
}

# await REGEX [LINES]: until the registrar's log has one more than so many such lines
await() {
	turns=200
	until [ "$(grep -c "$1" "$work/lab/log/registrar.log" || :)" -gt "${2:-0}" ]; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "the registrar never says: $1"
		sleep 0.05
	done
}

# the registrar reads its configuration again
hup() {
	lines=$(grep -c stage=reload "$work/lab/log/registrar.log" || :)
	read -r pid _ <"$work/lab/run/registrar.pid"
	kill -HUP "$pid"
	await stage=reload "$lines"
}

# --- the lab: slow clients are soon told, and our manufacturer is known

lab_up "$work/lab"
conf=$work/lab/registrar/registrar.conf
read -r pid _ <"$work/lab/run/registrar.pid"
kill -9 "$pid"
{
	cat "$conf"
	printf 'request-timeout = 1s\n'
} >"$work/conf"
cp "$work/conf" "$conf"
"$lab" up --dir "$work/lab" >/dev/null
see_registrar
make_devices
for name in one two; do
	"$lab" device $name --dir "$work/lab"
done
one=$work/lab/pledges/one two=$work/lab/pledges/two
server=registrar

# --- who may come, RFC 8995 5.1 and 5.3

stranger() {
	good_pvr "$maker/$1" "$1"
	ask_voucher "$maker/$1" "$work/out"
}
anonymous() {
	curl -sS -k -o "$work/out" -w '%{http_code}' -H "Content-Type: $media" --data-binary @"$one/pvr.cms" \
	    "$REGISTRAR_HTTPS/.well-known/brski/requestvoucher"
}
good_pvr "$one" one
expect "no client certificate" 401 E_UNAUTHENTICATED "RFC 8995 5.2" 1 anonymous
expect "a self-signed IDevID" 404 E_UNKNOWN "RFC 8995 5.3" 1 stranger selfmade
expect "a manufacturer that nobody knows" 404 E_UNKNOWN "RFC 8995 5.3" 1 stranger late
cat >>"$conf" <<CONF

manufacturer own {
	anchors = { "$maker/root/idevid.pem" }
	masa-anchors = { "$MASA_TLS_CA" }
	masa-url = "${MASA_URL#https://}"
	admission = approve
}
CONF
hup
expect "an IDevID beyond its time" 403 E_EXPIRED "RFC 5280 4.1.2.5" 1 stranger late
expect "an issuer beyond its time" 403 E_EXPIRED "RFC 5280 4.1.2.5" 1 stranger heir
expect "an IDevID with another's signature" 403 E_SIGNATURE "RFC 5280 6.1.3" 1 stranger forged
sed 's/admission = approve/&\nidevid-expiry = ignore/' "$conf" >"$work/conf"
cp "$work/conf" "$conf"
hup
check "an IDevID beyond its time, tolerated, waits" test "$(stranger late)" = 202
check "for the operator" "$BIN_DIR/brskictl" device deny late --server "$ADMIN_SOCKET"
expect "who refuses it" 404 E_UNKNOWN "RFC 8995 5.3" 1 stranger late
expect "its issuer's time is not tolerated" 403 E_EXPIRED "RFC 5280 4.1.2.5" 1 stranger heir

# --- what they ask, RFC 8995 5.2 and 5.5

assertion=$(member assertion proximity)
near=$(member proximity-registrar-cert "$(der64 "$work/seen.pem")")
far=$(member proximity-registrar-cert "$(der64 "$MASA_TLS_CA")")
fresh() {
	member nonce "$(openssl rand -base64 16)"
}
# says MEMBER...: device one asks with these leaves
says() {
	pvr "$one" "$@"
	ask_voucher "$one" "$work/out" -D "$work/headers"
}
by_two() {
	request "$one" pvr "$two/idevid.pem" "$two/idevid.key" "$assertion" "$(fresh)" "$near"
	ask_voucher "$one" "$work/out"
}
# how many connections two requests need
closes() {
	curl -sS -k -o "$work/out" -o "$work/out" -w '%{num_connects}' --cert "$one/idevid.pem" \
	    --key "$one/idevid.key" -H "Content-Type: $media" --data-binary @"$one/pvr.cms" \
	    "$REGISTRAR_HTTPS/.well-known/brski/requestvoucher" "$REGISTRAR_HTTPS/.well-known/brski/requestvoucher"
}
changed() {
	good_pvr "$one" one
	LC_ALL=C sed 's/"proximity"/"proximitY"/' "$one/pvr.cms" >"$work/changed"
	mv "$work/changed" "$one/pvr.cms"
	ask_voucher "$one" "$work/out"
}
garbage() {
	printf 'no CMS at all' >"$one/pvr.cms"
	ask_voucher "$one" "$work/out"
}
good_pvr "$one" one
expect "a request that another key signed" 403 E_SIGNATURE "RFC 8995 5.5" 1 by_two
expect "a request that was changed" 403 E_SIGNATURE "RFC 5652 5.6" 1 changed
expect "another serial number than the IDevID's" 403 E_SERIAL "RFC 8995 5.5" 1 \
    says "$assertion" "$(fresh)" "$near" "$(member serial-number two)"
check "leaves the connection open" test "$(closes)" = 10
expect "no nonce" 403 E_NONCE "RFC 8995 5.2" 1 says "$assertion" "$near"
expect "no assertion" 401 E_PROXIMITY "RFC 8995 5.2" 1 says "$(fresh)" "$near"
expect "no proximity" 401 E_PROXIMITY "RFC 8995 5.5" 1 says "$assertion" "$(fresh)"
expect "somebody in between" 401 E_PROXIMITY "RFC 8995 5.5" 1 says "$assertion" "$(fresh)" "$far"
check "is told that it is over" grep -qi '^connection: close' "$work/headers"
check "and it is" test "$(closes)" = 11
expect "no CMS" 400 E_MALFORMED "RFC 5652 3" 1 garbage

# --- how they ask

good_pvr "$one" one
head -c 1048576 /dev/zero >"$work/big"
expect "1 MB" 413 E_TOO_LARGE "RFC 8995 5.2" 0 ask_voucher "$one" "$work/out" --data-binary @"$work/big"
expect "1 MB in chunks" 413 E_TOO_LARGE "RFC 8995 5.2" 0 ask_voucher "$one" "$work/out" \
    --data-binary @"$work/big" -H 'Transfer-Encoding: chunked' -H 'Expect:'
expect "a CSR of 1 MB" 413 E_TOO_LARGE "RFC 7030 4.2" 0 enroll "$one" "$work/big" "$work/out"
sends=text/plain
expect "Content-Type" 415 E_MEDIA_TYPE "RFC 8995 5.2" 0 ask_voucher "$one" "$work/out"
sends=''
takes=text/plain
expect "Accept" 406 E_NOT_ACCEPTABLE "RFC 8995 5.2" 0 ask_voucher "$one" "$work/out"
takes=''
expect "path" 404 E_NOT_FOUND "RFC 9110 15.5.5" 0 ask "$one" est/requestvoucher "$work/out"
expect "method" 405 E_METHOD "RFC 9110 15.5.6" 0 ask_voucher "$one" "$work/out" -X PUT
slow() {
	python3 "$(dirname "$0")/slow.py" "${REGISTRAR_HTTPS#https://}" "$one/idevid.pem" "$one/idevid.key" 5 |
	    cut -d ' ' -f 2
}
expect "a client that falls silent" 408 E_SLOW "RFC 9110 15.5.9" 0 slow

# --- enrolment, RFC 8995 5.9 and RFC 7030 4.2

# enrols CSR-OPTION...: device one asks for a certificate
enrols() {
	csr "$one" "$@"
	base64 "$one/csr.der" >"$work/csr"
	enroll "$one" "$work/csr" "$work/out"
}
# weak OPTION...: with a key made like that
weak() {
	openssl req -new -newkey "$@" -nodes -keyout "$work/weak.key" -subj "$(subject_of "$one/idevid.pem")" \
	    -outform DER -out "$work/weak.der" 2>/dev/null
	base64 "$work/weak.der" >"$work/csr"
	enroll "$one" "$work/csr" "$work/out"
}
not_its_key() {
	csr "$one"
	# the last byte of the signature
	size=$(($(wc -c <"$one/csr.der") - 1))
	last=$(tail -c 1 "$one/csr.der" | od -An -tu1)
	{
		head -c "$size" "$one/csr.der"
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$(printf '%o' $((last ^ 1)))"
	} | base64 >"$work/csr"
	enroll "$one" "$work/csr" "$work/out"
}
expect "a certificate before the voucher" 403 E_FORBIDDEN "RFC 8995 5.9" 1 enrols
expect "a report before the voucher" 404 E_UNKNOWN "RFC 8995 5.7" 1 \
    tell "$one" voucher_status '{"version":1,"status":true}'
check "the voucher comes" commissioned "$one" one
expect "a CSR that another key signed" 403 E_SIGNATURE "RFC 5280 6.1.3" 1 not_its_key
expect "RSA with 1024 bits" 403 E_CERTIFICATE "IEEE 802.1AR 9" 1 weak rsa:1024
expect "P-192" 403 E_CERTIFICATE "IEEE 802.1AR 9" 1 weak ec -pkeyopt ec_paramgen_curve:prime192v1
expect "P-224" 403 E_CERTIFICATE "IEEE 802.1AR 9" 1 weak ec -pkeyopt ec_paramgen_curve:secp224r1
expect "another's subject" 403 E_FORBIDDEN "RFC 8995 5.9.2" 1 enrols -subj "$(subject_of "$two/idevid.pem")"
expect "a name that was not asked for" 403 E_FORBIDDEN "RFC 8995 5.9.2" 1 \
    enrols -addext subjectAltName=DNS:admin.example
expect "no base64" 400 E_MALFORMED "RFC 4648 3" 1 enroll "$one" "$MFR_CA" "$work/out"
der64 "$MFR_CA" >"$work/csr"
expect "no CSR" 400 E_MALFORMED "RFC 2986 4.1" 1 enroll "$one" "$work/csr" "$work/out"
expect "a report that is none" 400 E_MALFORMED "RFC 8995 5.7" 1 tell "$one" voucher_status '{"version":1}'

# --- the MASA, RFC 8995 5.5 and 5.6

server=masa
domain=$work/domain
# clerk NAME [EXTENSION]: DIR/NAME.pem and .key, below the domain's CA
clerk() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$domain/$1.key" \
	    -out "$domain/$1.csr" -subj "/O=Elsewhere/CN=$1" 2>/dev/null
	printf '%s\n' "${2:-keyUsage=critical,digitalSignature}" >"$domain/ext"
	openssl x509 -req -in "$domain/$1.csr" -CA "$domain/ca.pem" -CAkey "$domain/ca.key" -CAcreateserial -days 30 \
	    -extfile "$domain/ext" -out "$domain/$1.pem" 2>/dev/null
}
mkdir "$domain"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$domain/ca.key" -out "$domain/ca.pem" \
    -days 30 -subj "/O=Elsewhere/CN=CA" -addext keyUsage=critical,keyCertSign 2>/dev/null
clerk ra extendedKeyUsage=1.3.6.1.5.5.7.3.28
clerk clerk

nonce=$(openssl rand -base64 16)
near=$(member proximity-registrar-cert "$(der64 "$domain/ra.pem")")
# inner DIR [MEMBER...]: what the pledge there would have sent
inner() {
	who=$1
	shift
	[ $# -gt 0 ] || set -- "$assertion" "$(member nonce "$nonce")" "$near"
	pvr "$who" "$@"
	prior=$(base64 -w0 "$who/pvr.cms")
}
# rvr RA SERIAL [MEMBER...]: around it
rvr() {
	ra=$domain/$1 serial=$2
	shift 2
	[ $# -gt 0 ] || set -- "$(member nonce "$nonce")"
	[ -z "$prior" ] || set -- "$@" "$(member prior-signed-voucher-request "$prior")"
	chain=$domain/ca.pem
	request "$domain" rvr "$ra.pem" "$ra.key" "$(member serial-number "$serial")" "$@"
	chain=
	masa_says
}
masa_says() {
	curl -sS -o "$work/out" -w '%{http_code}' --cacert "$MASA_TLS_CA" -H "Content-Type: $media" \
	    --data-binary @"$domain/rvr.cms" "$MASA_URL/.well-known/brski/requestvoucher"
}
factory() {
	"$BIN_DIR/brski-masa" factory "$@" -f "$work/lab/masa/masa.conf"
}

inner "$two"
expect "no registration authority" 403 E_FORBIDDEN "RFC 8995 5.5.4" 1 rvr clerk two
expect "a device that was never made" 404 E_UNKNOWN "RFC 8995 5.6" 1 rvr ra nobody
inner "$one"
expect "another device's request inside" 403 E_SERIAL "RFC 8995 5.5.5" 1 rvr ra two
inner "$two" "$assertion" "$(fresh)" "$near"
expect "with another nonce" 403 E_NONCE "RFC 8995 5.5.6" 1 rvr ra two
inner "$two" "$assertion" "$(member nonce "$nonce")" "$far"
expect "meant for another registrar" 403 E_FORBIDDEN "RFC 8995 5.5.5" 1 rvr ra two
inner "$maker/selfmade"
expect "by a device of nobody's" 403 E_CERTIFICATE "RFC 8995 5.5.5" 1 rvr ra two
inner "$two"
prior=$(LC_ALL=C sed 's/"proximity"/"proximitY"/' "$two/pvr.cms" | base64 -w0)
expect "that was changed" 403 E_SIGNATURE "RFC 5652 5.6" 1 rvr ra two
prior=$(printf 'no CMS at all' | base64 -w0)
expect "that is none" 400 E_MALFORMED "RFC 5652 3" 1 rvr ra two
prior=
expect "no nonce, and nobody knows the registrar" 403 E_FORBIDDEN "RFC 8995 5.5.4" 1 \
    rvr ra two "$(member assertion logged)"
inner "$two"
check "blocked" factory block two
expect "a blocked device" 403 E_BLOCKED "RFC 8995 5.6" 1 rvr ra two
server=registrar
good_pvr "$two" two
expect "which our registrar tells it" 403 E_FORBIDDEN "RFC 8995 5.6" 1 ask_voucher "$two" "$work/out"
server=masa
check "unblocked" factory unblock two
check "owned" factory owner two --domain-cert "$DOMAIN_CA"
inner "$two"
expect "a device that another domain owns" 403 E_OWNED "RFC 8995 5.6" 1 rvr ra two

# --- somebody else had it before, RFC 8995 5.8.3

"$lab" device sold --dir "$work/lab"
sold=$work/lab/pledges/sold
inner "$sold"
check "another domain gets a voucher" test "$(rvr ra sold)" = 200
check "and sells the device" factory release sold
server=registrar
check "we get one too" commissioned "$sold" sold
await 'stage=auditlog serial="sold" rc=E_OWNED spec="RFC 8995 5.8.3"'
csr "$sold"
base64 "$sold/csr.der" >"$work/csr"
expect "but no certificate" 403 E_FORBIDDEN "RFC 8995 5.8.3" 1 enroll "$sold" "$work/csr" "$work/out"

# --- and all goes on

check "its owner gets it" "$lab" pledge two --dir "$work/lab"
check "others come too" "$lab" pledge three --dir "$work/lab"
check "the registrar's audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Sourced after lib.sh: a pledge, a registrar and a manufacturer made of openssl and curl.
# Needs the names of lab.env.
# shellcheck disable=SC2154 # lib.sh sets work
media=application/voucher-cms+json

# cms_sign IN OUT CERT KEY [OPTION...]: RFC 8366 5.4 by somebody else's hand
cms_sign() {
	in=$1 to=$2 cert=$3 key=$4
	shift 4
	openssl cms -sign -nodetach -binary -outform DER -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.40 \
	    -in "$in" -out "$to" -signer "$cert" -inkey "$key" "$@"
}

der64() {
	openssl x509 -in "$1" -outform DER | base64 -w0
}

# member NAME VALUE: one leaf of a request
member() {
	printf '"%s":"%s"' "$1" "$2"
}

# request DIR NAME CERT KEY MEMBER...: DIR/NAME.cms, a voucher-request with these leaves. $chain: certificates to add
request() {
	body=$1/$2 cert=$3 key=$4
	shift 4
	(
		IFS=,
		printf '{"ietf-voucher-request:voucher":{%s}}' "$*"
	) >"$body.json"
	if [ -n "${chain:-}" ]; then
		cms_sign "$body.json" "$body.cms" "$cert" "$key" -certfile "$chain"
	else
		cms_sign "$body.json" "$body.cms" "$cert" "$key"
	fi
}

# pvr DIR MEMBER...: DIR/pvr.cms, signed by the device there
pvr() {
	dir=$1
	shift
	request "$dir" pvr "$dir/idevid.pem" "$dir/idevid.key" "$@"
}

# good_pvr DIR SERIAL: what RFC 8995 5.2 wants, for the registrar whose certificate is in $work/seen.pem
good_pvr() {
	nonce=$(openssl rand -base64 16)
	pvr "$1" "$(member assertion proximity)" "$(member nonce "$nonce")" "$(member serial-number "$2")" \
	    "$(member proximity-registrar-cert "$(der64 "$work/seen.pem")")"
}

# see_registrar: the certificate of the provisional connection, to $work/seen.pem
see_registrar() {
	openssl s_client -connect "${REGISTRAR_HTTPS#https://}" -showcerts </dev/null 2>/dev/null |
	    openssl x509 -out "$work/seen.pem"
}

# ask DIR PATH OUT [CURL OPTION...]: as the device in DIR; prints the status. $trust: whom it trusts
ask() {
	as=$1 where=$2 out=$3
	shift 3
	curl -sS -o "$out" -w '%{http_code}' --cacert "${trust:-$DOMAIN_CA}" --cert "$as/idevid.pem" \
	    --key "$as/idevid.key" "$@" "$REGISTRAR_HTTPS/.well-known/$where"
}

# ask_voucher DIR OUT [CURL OPTION...]: the server is not known yet, RFC 8995 5.1. $sends, $takes: media types
ask_voucher() {
	as=$1 out=$2
	shift 2
	ask "$as" brski/requestvoucher "$out" -k -H "Content-Type: ${sends:-$media}" -H "Accept: ${takes:-$media}" \
	    --data-binary @"$as/pvr.cms" "$@"
}

# tell DIR WHAT TEXT [CURL OPTION...]: telemetry
tell() {
	as=$1 what=$2 text=$3
	shift 3
	ask "$as" "brski/$what" "$work/told" -H 'Content-Type: application/json' --data-binary "$text" "$@"
}

# enroll DIR CSR OUT [CURL OPTION...]: CSR is a file, in base64
enroll() {
	as=$1 csr=$2 out=$3
	shift 3
	ask "$as" est/simpleenroll "$out" -H 'Content-Type: application/pkcs10' --data-binary @"$csr" "$@"
}

subject_of() {
	openssl x509 -in "$1" -noout -subject -nameopt compat | sed 's/^subject=//'
}

# csr DIR [OPTION...]: DIR/new.key and DIR/csr.der for it, with the subject of the IDevID
csr() {
	dir=$1
	shift
	openssl ecparam -name prime256v1 -genkey -noout -out "$dir/new.key"
	openssl req -new -key "$dir/new.key" -subj "$(subject_of "$dir/idevid.pem")" -outform DER \
	    -out "$dir/csr.der" "$@"
}

# certs FILE: what an EST answer holds, as PEM
certs() {
	base64 -d "$1" | openssl pkcs7 -inform DER -print_certs | sed -n '/BEGIN/,/END/p'
}

# commissioned DIR SERIAL: the voucher is there and taken, an LDevID is not
commissioned() {
	see_registrar
	good_pvr "$1" "$2"
	[ "$(ask_voucher "$1" "$1/voucher.vcj")" = 200 ] &&
	    [ "$(tell "$1" voucher_status '{"version":1,"status":true}')" = 200 ]
}

public_key() {
	openssl x509 -in "$1" -noout -pubkey
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What our programs make, openssl accepts: request and voucher as CMS, IDevID, registrar's certificate, LDevID.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/../regress/lib.sh"

# cms_is_ours FILE ANCHOR: verified, and what is signed is an id-ct-animaJSONVoucher, RFC 8366 5.4
cms_is_ours() {
	openssl cms -verify -binary -inform DER -in "$1" -CAfile "$2" -purpose any -out "$work/content" &&
	    openssl cms -cmsout -print -inform DER -in "$1" >"$work/cms.txt" &&
	    grep -q 'eContentType: .*(1.2.840.113549.1.9.16.1.40)' "$work/cms.txt"
}

# says FILE REGEX: of the certificate as text, on one line
says() {
	openssl x509 -in "$1" -noout -text | tr -s '\n ' ' ' | grep -qE "$2"
}

lab_up "$work/lab"
check "a device is commissioned" "$lab" pledge device --dir "$work/lab"
cd "$work/lab/pledges/device"

check "the request verifies by the manufacturer's root" cms_is_ours pvr.vcj "$MFR_CA"
check "and claims proximity" grep -q '"assertion":"proximity"' "$work/content"
check "the voucher verifies by the MASA's root" cms_is_ours voucher.vcj "$MASA_CA"
check "and pins a certificate" grep -q '"pinned-domain-cert":"MII' "$work/content"
refused "not by the manufacturer's" cms_is_ours voucher.vcj "$MFR_CA" 2>/dev/null
check "signed attributes are there" grep -qE 'messageDigest' "$work/cms.txt"

# IEEE 802.1AR 8, RFC 8995 2.3
check "the IDevID chains" openssl verify -CAfile "$MFR_CA" -untrusted idevid.pem idevid.pem
check "and has no end" says idevid.pem 'Not After ?: Dec 31 23:59:59 9999 GMT'
check "which is written as GeneralizedTime" sh -c \
    'openssl asn1parse -in idevid.pem | grep -q "GENERALIZEDTIME *:99991231235959Z"'
check "its subject has the serial number" sh -c \
    'openssl x509 -in idevid.pem -noout -subject -nameopt RFC2253 | grep -q "serialNumber=device"'
check "it names the MASA, not critical" says idevid.pem "1\.3\.6\.1\.5\.5\.7\.1\.32: [^c]*${MASA_URL#https://}"
refused "it has no keyUsage" says idevid.pem 'X509v3 Key Usage'
refused "no extended one" says idevid.pem 'X509v3 Extended Key Usage'
refused "and is no CA" says idevid.pem 'CA:TRUE'
check "hardwareModuleName is there" says idevid.pem 'Subject Alternative Name: othername:'
san=$(openssl asn1parse -in idevid.pem | sed -n '/Subject Alternative Name/{n;s/^ *\([0-9]*\):.*/\1/p}')
check "under its own name" sh -c \
    "openssl asn1parse -in idevid.pem -strparse $san | grep -q 'OBJECT *:1.3.6.1.5.5.7.8.4'"
check "the issuer's key is identified" says idevid.pem 'X509v3 Authority Key Identifier:'

check "the registrar's certificate chains to the domain" openssl verify -CAfile "$DOMAIN_CA" "$REGISTRAR_CERT"
check "and is a registration authority's" says "$REGISTRAR_CERT" 'CMC Registration Authority'
check "a TLS server's too" openssl verify -purpose sslserver -CAfile "$DOMAIN_CA" "$REGISTRAR_CERT"
check "with its address" openssl verify -verify_ip 127.0.0.1 -CAfile "$DOMAIN_CA" "$REGISTRAR_CERT"

check "the LDevID chains to the domain" openssl verify -CAfile "$DOMAIN_CA" -purpose sslclient ldevid.pem
openssl x509 -in ldevid.pem -noout -pubkey >ldevid.pub
openssl x509 -in idevid.pem -noout -pubkey >idevid.pub
openssl pkey -in ldevid.key -pubout >key.pub
check "for the device's new key" cmp ldevid.pub key.pub
refused "which is not the IDevID's" cmp -s ldevid.pub idevid.pub
refused "and no registration authority's" says ldevid.pem 'CMC Registration Authority'
check "the subject is the IDevID's" test "$(openssl x509 -in ldevid.pem -noout -subject)" = \
    "$(openssl x509 -in idevid.pem -noout -subject)"
check "the request verifies" openssl req -in ldevid.csr -inform DER -verify -noout

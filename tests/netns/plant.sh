# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by inside.sh: the plant, who is in it, and what became of the devices.
#
#	pledge --plink-- proxy --lan-- registrar --dmz-- router --net-- masa
#
# plink has link-local addresses only; from lan nothing leads to the MASA but the registrar.
# shellcheck disable=SC2154 # inside.sh sets work and netns, the runner BIN_DIR
manufacturer=$work/manufacturer
registrar_v4=10.20.1.1
registrar_v6=fd20:1::1

# any_address PORT, masa_address PORT: of the family in use
any_address() {
	if [ "$family" = 4 ]; then printf '0.0.0.0:%s' "$1"; else printf '[::]:%s' "$1"; fi
}

masa_address() {
	if [ "$family" = 6 ]; then printf '[2001:db8:1::1]:%s' "$1"; else printf '192.0.2.1:%s' "$1"; fi
}

make_network() {
	host registrar masa proxy
	router router
	link lan dmz net plink
	plug registrar lan "$registrar_v4/24" "$registrar_v6/64"
	plug proxy lan 10.20.1.2/24 fd20:1::2/64
	plug proxy plink
	plug registrar dmz 10.20.2.1/24 fd20:2::1/64
	plug router dmz 10.20.2.254/24 fd20:2::fe/64
	plug router net 192.0.2.254/24 2001:db8:1::fe/64
	plug masa net 192.0.2.1/24 2001:db8:1::1/64
	route registrar 192.0.2.0/24 10.20.2.254
	route registrar 2001:db8:1::/64 fd20:2::fe
	route masa 10.20.2.0/24 192.0.2.254
	route masa fd20:2::/64 2001:db8:1::fe
}

make_manufacturer() {
	"$BIN_DIR/brski-masa" factory init "$manufacturer" --name "Test Manufacturer" --url "$(masa_address 443)" \
	    --listen "$(any_address 443)" --san 192.0.2.1 --san 2001:db8:1::1
	# the root, and who signs below it: vouchers in COSE reach a device without certificates
	sed '/END CERTIFICATE/q' "$manufacturer/masa-signer.pem" |
	    cat "$manufacturer/masa-ca.pem" - >"$manufacturer/voucher-anchors.pem"
	# below the enterprise number for examples, RFC 5612
	printf 'hardware-type = "1.3.6.1.4.1.32473.1"\n' >>"$manufacturer/masa.conf"
}

# make_domain NAME [LINE...]: a registrar's folder; lines of its configuration
make_domain() {
	domain=$work/$1
	shift
	"$BIN_DIR/brski-registrar" init "$domain" --name "Test Domain $(basename "$domain")" \
	    --listen "$(any_address 8443)" --listen-coaps "$(any_address 5684)" --san "$registrar_v4" \
	    --san "$registrar_v6" --admin-socket "$domain/admin.sock"
	{
		printf '%s\n' "$@"
		cat <<-CONF
		manufacturer test {
			anchors = { "$manufacturer/manufacturer-ca.pem" }
			masa-anchors = { "$manufacturer/masa-tls-ca.pem" }
			admission = any
		}
		CONF
	} >>"$domain/registrar.conf"
}

start_masa() {
	start masa masa "$BIN_DIR/brski-masa" -f "$manufacturer/masa.conf"
	await 10 "the MASA runs" has_said masa stage=start
}

# start_domain NAME: its registrar, on the host and with the folder of that name
start_domain() {
	rm -f "$work/$1/admin.sock"
	start "$1" "$1" "$BIN_DIR/brski-registrar" -f "$work/$1/registrar.conf"
	await 10 "$1 runs" has_said "$1" stage=start
}

# plant [LINE...]: everything up to the proxy's interfaces, all running; lines of the registrar's configuration
plant() {
	make_network
	make_manufacturer
	make_domain registrar "$@"
	start_masa
	start_domain registrar
}

# --- devices

# device NAME...: manufactured
device() {
	for serial; do
		"$BIN_DIR/brski-masa" factory device --conf "$manufacturer/masa.conf" --serial "$serial" \
		    --out "$work/devices/$serial"
	done
}

# pledge HOST NAME OPTION...: a device at work on that host, in the background
pledge() {
	there=$1 serial=$2
	shift 2
	start "$there" "$serial" "$BIN_DIR/brski-pledge" --idevid-cert "$work/devices/$serial/idevid.pem" \
	    --idevid-key "$work/devices/$serial/idevid.key" \
	    --manufacturer-anchors "$manufacturer/voucher-anchors.pem" --state "$work/devices/$serial" "$@"
}

# is_of NAME DOMAIN: its LDevID is of that domain and of that device, and no other was issued
is_of() {
	domain=$work/$2
	openssl verify -CAfile "$domain/domain-ca.pem" "$work/devices/$1/ldevid.pem" >/dev/null &&
	    openssl x509 -in "$work/devices/$1/ldevid.pem" -noout -subject -nameopt RFC2253 |
	    grep -qE "serialNumber=$1(,|\$)" && [ "$(certificates "$1" "$2")" -eq 1 ]
}

# certificates SERIAL [DOMAIN]: how many were issued
certificates() {
	sqlite3 "$work/${2:-registrar}/registrar.db" "SELECT count(*) FROM certificates WHERE device IN
	    (SELECT id FROM devices WHERE serial = '$1')"
}

# enrolled NAME [DOMAIN]: wait for the pledge; it must end in that domain, with exactly one certificate
enrolled() {
	ended "$1" || fail "$1 is not commissioned"
	has_said "$1" "enrolled serial=$1 " || fail "$1 does not say so"
	check "$1 is commissioned" is_of "$1" "${2:-registrar}"
}

# nowhere NAME: it has nothing of any domain
nowhere() {
	for item in ldevid.pem trust.pem; do
		[ ! -e "$work/devices/$1/$item" ] || fail "$1 has $item"
	done
	[ "$(certificates "$1")" -eq 0 ] || fail "$1 has a certificate"
	printf 'ok: %s is nowhere\n' "$1"
}

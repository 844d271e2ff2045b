#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A device on each transport renews itself five times in a row while the registrar is killed and started again at
# random. What its agent saw (a hook keeps every certificate and when it came) and what the registrar, its list and its
# OCSP responder say fits together: no gap, no serial twice, nothing superseded outlives its overlap.
# QUAYSIDE_SEED=N repeats a run's times.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
lifetime=15 overlap=2 times=5
seed=${QUAYSIDE_SEED:-$(date +%s)}
printf 'seed %s\n' "$seed"

# below N: a number, in $drawn
below() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	drawn=$((seed / 65536 % $1))
}

restart() {
	"$lab" up --dir "$work/lab" >"$work/up.log" 2>&1 || {
		cat "$work/up.log"
		fail "the registrar does not start again"
	}
}

seen() {
	find "$work/seen/$1" -name '*.pem' | wc -l
}

# when FILE OPTION: in seconds
when() {
	date -d "$(openssl x509 -in "$1" -noout "$2" | cut -d = -f 2)" +%s
}

# of the registrar's store
store() {
	sqlite3 -cmd '.timeout 5000' "$REGISTRAR_DB" "$1"
}

# about SERIAL: what OpenSSL hears by OCSP
about() {
	openssl ocsp -issuer "$DOMAIN_CA" -serial "0x$1" -url "$OCSP_URL" -CAfile "$DOMAIN_CA" 2>&1
}

# over WHERE: serial numbers of certificates whose overlap has been over for a second
over() {
	store "SELECT hex(serial) FROM certificates WHERE revoke_at > 0 AND revoke_at < unixepoch() - 1 AND $1"
}

# superseded SERIAL: OCSP says so
superseded() {
	about "$1" >"$work/ocsp"
	if ! grep -q ': revoked' "$work/ocsp" || ! grep -q 'Reason: superseded' "$work/ocsp" ||
	    ! grep -q 'Response verify OK' "$work/ocsp"; then
		cat "$work/ocsp"
		fail "$1 outlives its overlap"
	fi
}

# all_superseded: OCSP and the list say it of all that could still be used, and whose overlap is over
all_superseded() {
	serials=$(over 'not_after > unixepoch()')
	[ -n "$serials" ] || return 0
	curl -sS --fail "$CRL_URL" -o "$work/crl"
	openssl crl -inform DER -in "$work/crl" -CAfile "$DOMAIN_CA" -noout -text >"$work/crl.txt" 2>&1
	grep -q 'verify OK' "$work/crl.txt" || fail "the list: $(cat "$work/crl.txt")"
	for serial in $serials; do
		superseded "$serial"
		grep -A 5 "Serial Number: $serial" "$work/crl.txt" | grep -q Superseded ||
		    fail "$serial is not in the list"
		printf '%s\n' "$serial" >>"$work/listed"
	done
}

lab_up "$work/lab"
conf=$work/lab/registrar/registrar.conf log=$work/lab/log/registrar.log
{
	printf 'ldevid-lifetime = %ss\nrenewal-overlap = %ss\ncrl-lifetime = 20s\nocsp-lifetime = 4s\n' \
	    $lifetime $overlap
	cat "$conf"
} >"$work/conf"
cp "$work/conf" "$conf"
read -r pid _ <"$work/lab/run/registrar.pid"
kill -9 "$pid"
restart
cat >"$work/hook" <<'HOOK'
#!/bin/sh
# keeps each certificate, and when it came first
to=$(dirname "$0")/seen/$(basename "$1")
now=$(date +%s)
serial=$(openssl x509 -in "$1/ldevid.pem" -noout -serial)
serial=${serial#serial=}
[ -e "$to/$serial.pem" ] || printf '%s %s\n' "$now" "$serial" >>"$to/order"
cp "$1/ldevid.pem" "$to/$serial.pem"
HOOK
chmod +x "$work/hook"
mkdir -p "$work/seen/by-https" "$work/seen/by-coaps"
"$lab" agent by-https --dir "$work/lab" -- --hook "$work/hook"
"$lab" agent by-coaps --coaps --dir "$work/lab" -- --hook "$work/hook"
end=$(($(date +%s) + lifetime * (times + 2)))
until [ "$(seen by-https)" -ge 1 ] && [ "$(seen by-coaps)" -ge 1 ]; do
	[ "$(date +%s)" -lt "$end" ] || fail "not commissioned"
	sleep 0.1
done

kills=0
until [ "$(seen by-https)" -gt $times ] && [ "$(seen by-coaps)" -gt $times ]; do
	[ "$(date +%s)" -lt "$end" ] || {
		tail -n 30 "$work/lab/log"/*.log
		fail "$(seen by-https) and $(seen by-coaps) certificates, after $kills kills"
	}
	below 40
	sleep "$((drawn / 10)).$((drawn % 10))"
	all_superseded
	read -r pid _ <"$work/lab/run/registrar.pid"
	kill -9 "$pid"
	kills=$((kills + 1))
	below 10
	sleep "0.$drawn"
	restart
done
printf 'ok: %s renewals each, the registrar was killed %s times\n' $times "$kills"

# The last of them was told about.
for name in by-https by-coaps; do
	turns=100
	until [ "$(grep -c "stage=enrollstatus .*serial=\"$name\"" "$log")" -gt $times ]; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || fail "$name: $(grep "stage=enrollstatus .*serial=\"$name\"" "$log")"
		sleep 0.1
	done
	printf 'ok: %s told of each\n' "$name"
	check "it was commissioned once" test "$(store "SELECT count(*) FROM requests r JOIN devices d ON
	    d.id = r.device WHERE d.serial = '$name'")" -eq 1
	"$BIN_DIR/brski-pledge" status --state "$work/lab/pledges/$name" --json >"$work/status"
	check "and says how often it renewed" grep -Eq '"renewals":([5-9]|[1-9][0-9])' "$work/status"
	before=
	while read -r came serial; do
		file=$work/seen/$name/$serial.pem
		openssl verify -CAfile "$DOMAIN_CA" -attime "$came" "$file" >"$work/out" 2>&1 ||
		    fail "$name: $(cat "$work/out")"
		starts=$(when "$file" -startdate)
		if [ -n "$before" ]; then
			if [ "$came" -gt "$ends" ] ||
			    [ "$starts" -gt "$ends" ]; then fail "$name: a gap before $serial"; fi
			[ "$came" -le "$(store "SELECT revoke_at FROM certificates WHERE hex(serial) = '$before'")" ] ||
			    fail "$name: $before was taken back before $serial was there"
		fi
		before=$serial ends=$(when "$file" -enddate)
	done <"$work/seen/$name/order"
	keys=$(for file in "$work/seen/$name"/*.pem; do openssl x509 -in "$file" -noout -pubkey | sha256sum; done |
	    sort -u | wc -l)
	check "$name: no gap, and each with a key of its own" test "$keys" -eq "$(seen "$name")"
done
check "no serial number twice" test "$(cat "$work"/seen/*/order | cut -d ' ' -f 2 | sort | uniq -d | wc -l)" -eq 0
check "no overlap but that of the configuration" test "$(store "SELECT count(*) FROM certificates c JOIN certificates n
    ON n.predecessor = c.id WHERE c.revoke_at - n.issued <> $overlap")" -eq 0
check "nothing was revoked at issue, or for another reason" test "$(store "SELECT count(*) FROM certificates WHERE
    revoked > 0 AND (revoked < revoke_at OR reason <> 4)")" -eq 0

for serial in $(over 1); do
	superseded "$serial"
done
check "enough are superseded, says OCSP" test "$(over 1 | wc -l)" -ge $((2 * (times - 1)))
check "and a list said it of some" test -s "$work/listed"
for name in by-https by-coaps; do
	refused "$name goes on" "$lab" agent "$name" --dir "$work/lab"
done
check "the audit trail holds together" "$BIN_DIR/brskictl" audit verify --server "$ADMIN_SOCKET"

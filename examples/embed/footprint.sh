#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Measure what examples/embed takes and write doc/footprint.md: code and data per part from the linker's map, arena,
# stack and datagrams from onboardings in a lab of its own.
#
# usage: footprint.sh [FILE]	FILE is ${FILE:-doc/footprint.md}; "-" is stdout
# BIN_DIR=DIR takes the registrar and the MASA from there instead of building them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
file=${1:-$top/doc/footprint.md}
work=$(mktemp -d "${TMPDIR:-/tmp}/quayside-footprint.XXXXXX")

clean_up() {
	status=$?
	"$top/examples/lab" down --dir "$work/lab" >/dev/null 2>&1 || :
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# sizes MAP: "part text data bss" per part, in order. Constants count as text: they stay in flash.
sizes() {
	awk '
	function number(hex, i, n) {
		n = 0
		for (i = 3; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	function part(f) {
		if (f ~ /libwolfssl\.a\((internal|ssl|d?tls(13)?|keys|wolfio)\.o/) return "wolfSSL, DTLS"
		if (f ~ /libwolfssl\.a/) return "wolfCrypt"
		if (f ~ /obj\/libpledge\/pledge/) return "libpledge, engine"
		if (f ~ /libpledge\/common\/coap/) return "libpledge, CoAP"
		if (f ~ /common\/(cbor|envelope|voucher|message)/) return "libpledge, vouchers in CBOR and COSE"
		if (f ~ /libpledge\/common\/(asn1|crypto)/) return "libpledge, certificates and paths"
		if (f ~ /libpledge\/common\/base/) return "libpledge, base"
		if (f ~ /port\/port\.o/) return "port.c"
		return ""
	}
	function add(section, size, f, p) {
		if ((p = part(f)) == "")
			return
		if (section ~ /^\.(text|rodata)/) text[p] += number(size)
		else if (section ~ /^\.data/) data[p] += number(size)
		else if (section ~ /^(\.bss|COMMON)/) bss[p] += number(size)
	}
	/^Linker script and memory map/ { on = 1 }
	!on { next }
	/^ [.C][A-Za-z]/ && NF == 1 { section = $1; next }
	/^ [.C][A-Za-z]/ && NF == 4 { add($1, $3, $4) }
	/^ +0x[0-9a-f]+ +0x[0-9a-f]+ / && NF == 3 && section != "" { add(section, $2, $3) }
	{ section = "" }
	END {
		n = split("libpledge, engine;libpledge, CoAP;libpledge, vouchers in CBOR and COSE;" \
		    "libpledge, certificates and paths;libpledge, base;port.c;wolfSSL, DTLS;wolfCrypt", order, ";")
		for (i = 1; i <= n; i++)
			printf "%s;%d;%d;%d\n", order[i], text[order[i]], data[order[i]], bss[order[i]]
	}' "$1"
}

# The functions of the shared libcbor that are ours to call, and what they call.
cbor_size() {
	library=$(ldd "$1" | awk '/libcbor/ { print $3 }')
	nm -D -S --defined-only "$library" |
	    awk '$4 ~ /^(cbor_stream_decode|_?cbor_encode_|_cbor_load_)/ { print $2 }' |
	    while read -r hex; do printf '%d\n' "0x$hex"; done | awk '{ n += $1 } END { print n + 0 }'
}

# table VERSION: text, data and bss of the parts
table() {
	pledge=$work/dtls$1/pledge
	sizes "$pledge.map" >"$work/sizes"
	printf 'libcbor;%d;0;0\n' "$(cbor_size "$pledge")" >>"$work/sizes"
	printf '| part | text | data | bss |\n|---|---:|---:|---:|\n'
	awk -F ';' '
		{ printf "| %s | %d | %d | %d |\n", $1, $2, $3, $4; t += $2; d += $3; b += $4 }
		END { printf "| **all** | **%d** | **%d** | **%d** |\n", t, d, b }' "$work/sizes"
}

# onboard VERSION NAME [ARENA]: true if it ends enrolled, which takes a fifth of a second; without
# memory for what came, wolfSSL waits for it to come again
onboard() {
	"$top/examples/lab" device "$2" --dir "$work/lab" >/dev/null 2>&1
	seconds=60
	[ -z "${3:-}" ] || seconds=3
	env ${3:+"EMBED_ARENA=$3"} timeout "$seconds" "$work/dtls$1/pledge-measured" "$work/lab/pledges/$2" \
	    "$REGISTRAR_COAPS" "$MASA_CA" >/dev/null 2>"$work/run"
}

# smallest VERSION BYTES: the smallest arena, in steps of 256 bytes, that is no larger than BYTES and suffices
smallest() (
	low=$(($2 / 512)) high=$((($2 + 4096) / 256))
	while [ $((high - low)) -gt 1 ]; do
		middle=$(((low + high) / 2))
		if onboard "$1" "small$1-$middle" "$((middle * 256))"; then
			high=$middle
		else
			low=$middle
		fi
	done
	echo $((high * 256))
)

value() {
	sed -n "s/^.*\<$1=\([0-9]*\).*/\1/p" "$work/run"
}

# figures VERSION: a column of the last table, "what|how much" per line
figures() {
	onboard "$1" "foot$1" || {
		cat "$work/run" >&2
		exit 1
	}
	peak=$(sed -n 's/^heap: \([0-9]*\) .*/\1/p' "$work/run")
	stack=$(value stack) sent=$(value sent) sent_bytes=$(value sent_bytes)
	received=$(value received) received_bytes=$(value received_bytes)
	pledge=$(value pledge) arena=$(smallest "$1" "$peak")
	static=$(sizes "$work/dtls$1/pledge.map" | awk -F ';' '{ n += $3 + $4 } END { print n }')
	cat <<-FIGURES
	arena, in use at most, bytes|$peak
	smallest arena, bytes|$arena
	stack, bytes|$stack
	\`struct pledge\`, bytes|$pledge
	**RAM in all, bytes**|$((arena + stack + pledge + static))
	datagrams sent|$sent
	bytes sent|$sent_bytes
	datagrams received|$received
	bytes received|$received_bytes
	FIGURES
}

report() {
	cat <<-TEXT
	# Footprint of a constrained pledge

	Written by \`examples/embed/footprint.sh\`, which anybody can run again; do not edit.
	$(date -u +%Y-%m-%d), $(uname -m), $(${CC:-cc} --version | head -n 1), \`${CFLAGS:--Os -g}\`.

	What is measured is \`examples/embed\`: libpledge with vouchers in COSE over CoAP and DTLS, on wolfSSL
	$version with the \`user_settings.h\` there: one curve (P-256), one hash (SHA-256), one cipher
	(AES-128-CCM-8), classical groups, a client only. No malloc(), no files, no jansson.
	\`board.c\`, which stands in for a board, is not counted.

	## Code and data, bytes

	Constants count as text. libcbor is the size of its functions in the shared library. What the C
	library adds (\`snprintf\`, \`memcpy\`) is the board's.

	DTLS 1.2:

	$(table 12)

	DTLS 1.3:

	$(table 13)

	## One onboarding

	From pledge_init() to ENROLLED: two handshakes (IDevID, then LDevID), voucher, status, certificate,
	status, against the registrar of \`examples/lab\`. In use at most is what libpledge and wolfSSL had of
	the arena at once, with the items that the port keeps in it where a product has flash; the smallest
	arena is the one in which that still worked (256-byte steps). The stack was painted; logging with
	\`snprintf\` is part of it. RAM is the smallest arena, the stack, \`struct pledge\`, data and bss.
	Datagrams are UDP payloads as the port sent and received them, without IP and UDP headers.

	| | DTLS 1.2 | DTLS 1.3 |
	|---|---:|---:|
	TEXT
	figures 12 >"$work/figures12"
	figures 13 >"$work/figures13"
	paste -d '|' "$work/figures12" "$work/figures13" | awk -F '|' '{ printf "| %s | %s | %s |\n", $1, $2, $4 }'
}

for dtls in 12 13; do
	"$here/build.sh" "$dtls" "$work/dtls$dtls" >/dev/null
done
version=$("$top/build-aux/deps.sh" --source wolfssl | sed 's/.*-//')
port=23900
until "$top/examples/lab" up --dir "$work/lab" --base-port "$port" >"$work/up.log" 2>&1; do
	port=$((port + 100))
	[ "$port" -lt 24500 ] || {
		cat "$work/up.log" >&2
		exit 1
	}
done
# shellcheck source=/dev/null
. "$work/lab/lab.env"
report >"$work/report"
if [ "$file" = - ]; then
	cat "$work/report"
else
	cp "$work/report" "$file"
fi

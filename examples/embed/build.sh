#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Build the pledge of this folder with the smallest wolfSSL that onboards it (user_settings.h), apart from the main
# build: -Os, one section per function, nothing linked that nobody calls.
#
# usage: build.sh 12|13 [OUT]	DTLS version; OUT is ${OUT:-build/embed/dtls12}
# Makes OUT/pledge, OUT/pledge.map, and OUT/pledge-measured, which aborts on malloc() (measure.c). Prints OUT.
# CC, AR and CFLAGS are the caller's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

die() {
	printf 'embed: %s\n' "$*" >&2
	exit 1
}

case ${1:-} in
12 | 13) dtls=$1 ;;
*) die "usage: build.sh 12|13 [OUT]" ;;
esac
out=${2:-$top/build/embed/dtls$dtls}
mkdir -p "$out"
out=$(cd "$out" && pwd)
source=$("$top/build-aux/deps.sh" --source wolfssl) || die "no wolfSSL sources"
cc=${CC:-cc}
cbor=$(pkg-config --cflags --libs libcbor)
mkdir -p "$out/include/wolfssl"
printf '/* user_settings.h says it all */\n' >"$out/include/wolfssl/options.h"
# a device has neither position-independent code nor unwind tables
flags="-std=c11 ${CFLAGS:--Os -g} -fno-pie -fno-asynchronous-unwind-tables -ffunction-sections \
-fdata-sections -D_GNU_SOURCE -DWOLFSSL_USER_SETTINGS -DEMBED_DTLS$dtls \
-I$out/include -I$here -I$top/examples -I$top/common -I$top -I$source"

# what a client on one curve and one cipher needs of wolfSSL
wolfssl="src/dtls src/dtls13 src/internal src/keys src/ssl src/tls src/tls13 src/wolfio wolfcrypt/src/aes \
wolfcrypt/src/asn wolfcrypt/src/coding wolfcrypt/src/ecc wolfcrypt/src/hash wolfcrypt/src/hmac \
wolfcrypt/src/kdf wolfcrypt/src/logging wolfcrypt/src/memory wolfcrypt/src/random wolfcrypt/src/sha256 \
wolfcrypt/src/sp_c32 wolfcrypt/src/sp_c64 wolfcrypt/src/sp_int wolfcrypt/src/wc_port wolfcrypt/src/wolfmath"

# listed FOLDER LISTS: the .c files that the folder's Makefile.inc has in those lists
listed() {
	awk -v folder="$1" -v lists="$2" '
		$0 ~ "^(" lists ")_SOURCES =" { on = 1; next }
		on {
			last = $0 !~ /\\$/
			sub(/%D%/, folder)
			if ($1 ~ /\.c$/)
				print $1
			if (last)
				on = 0
		}' "$top/$1/Makefile.inc"
}

# compile FLAGS: sources from stdin, "name file" per line, into OUT/obj/name.o
compile() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	xargs -P "$(nproc)" -L 1 sh -c '
		out=$0 cc=$1 flags=$2 object=$out/obj/$3.o
		mkdir -p "${object%/*}"
		$cc $flags -c -o "$object" "$4"' "$out" "$cc" "$1"
}

# wolfSSL again only when its settings change
state=$(printf '%s\n' "$flags" "$cc" "$source" | cat - "$here/user_settings.h" | sha256sum)
if [ ! -f "$out/libwolfssl.a" ] || [ "$(cat "$out/wolfssl.state" 2>/dev/null)" != "$state" ]; then
	rm -rf "$out/obj"
	for file in $wolfssl; do
		printf 'wolfssl/%s %s\n' "$file" "$source/$file.c"
	done | compile "$flags"
	rm -f "$out/libwolfssl.a"
	find "$out/obj/wolfssl" -name '*.o' | sort | xargs "${AR:-ar}" rcs "$out/libwolfssl.a"
	printf '%s\n' "$state" >"$out/wolfssl.state"
fi

ours="$flags -Wall -Wextra -DBRSKI_WITH_CMS=0 -DBRSKI_NO_MALLOC"
rm -rf "$out/obj/libpledge"
{ listed common 'core|cose' && listed pledge 'engine|engine_coap'; } | while read -r file; do
	printf 'libpledge/%s %s\n' "${file%.c}" "$top/$file"
done | compile "$ours"
find "$out/obj/libpledge" -name '*.o' | sort >"$out/objects"

# link NAME FILE...
link() {
	name=$1
	shift
	# shellcheck disable=SC2086 # flags are words
	$cc $ours -no-pie -Wl,--gc-sections "-Wl,-Map=$out/$name.map" -o "$out/$name" "$@" "@$out/objects" \
	    "$out/libwolfssl.a" $cbor
}

printf 'port/%s %s\n' port "$here/port.c" board "$here/board.c" | compile "$ours"
printf 'port/%s %s\n' board_measured "$here/board.c" | compile "$ours -Dmain=board_main"
printf 'port/%s %s\n' measure "$here/measure.c" | compile "$ours"
link pledge "$out/obj/port/port.o" "$out/obj/port/board.o"
link pledge-measured "$out/obj/port/port.o" "$out/obj/port/board_measured.o" "$out/obj/port/measure.o" \
    -Wl,--wrap=pledge_init,--wrap=pledge_step,--wrap=pledge_clear,--wrap=board_send \
    -Wl,--wrap=board_recv,--wrap=brski_heap_init
printf '%s\n' "$out"

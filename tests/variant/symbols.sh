#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What each libpledge asks of others: the COSE one wolfCrypt, libcbor and a freestanding C library's strings; no
# malloc(), no files, no stdio, no jansson. The CMS one no libcbor.
set -eu
top_builddir=${top_builddir:-.}

# asked LIBRARY: what it uses and does not define, but for what a sanitizer or a hardened compiler adds
asked() {
	nm "$top_builddir/$1" | awk '
		$1 == "U" { used[$2] = 1; next }
		NF == 3 && $2 ~ /[A-Z]/ { defined[$3] = 1 }
		END { for (s in used) if (!(s in defined)) print s }' |
	    grep -vE '^(__(a|t|m|ub)san_|__sanitizer|__stack_chk|__gcov|_GLOBAL_OFFSET)' | sort
}

# only LIBRARY PATTERN: nothing else
only() {
	other=$(asked "$1" | grep -vE "^($2)\$") || :
	[ -z "$other" ] || {
		printf 'FAILED: %s asks for\n%s\n' "$1" "$other"
		exit 1
	}
	printf 'ok: %s\n' "$1"
}

libc='mem[a-z]+|str[a-z]+|v?snprintf|explicit_bzero|__(mem|str)[a-z]+_chk|__v?snprintf_chk|__explicit_bzero_chk'
libc="$libc|__assert_fail|__assert_rtn"
only libpledge-cose.a "$libc|wc_[A-Za-z0-9_]+|cbor_(stream_decode|encode_[a-z_]+[0-9]*)"
! asked libpledge-cms.a | grep -E '^cbor_' || {
	echo "FAILED: libpledge-cms.a asks for libcbor"
	exit 1
}
echo "ok: libpledge-cms.a"
# the yardstick measures
asked libpledge.a | grep -qx malloc
asked libpledge.a | grep -qx cbor_stream_decode
asked libpledge.a | grep -q '^json_'
echo "ok: libpledge.a has them all"

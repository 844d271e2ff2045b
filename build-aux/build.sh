#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a checkout to programs: packages, dependencies, configure, make; reuses what is there.
#
# usage: build.sh [KIND]    KIND is one of
#	release      what users run (default)
#	clang        the same by clang
#	sanitizers   ASan and UBSan
#	fuzz         libFuzzer, ASan and UBSan, by clang
# Builds in ${QUAYSIDE_BUILD:-TOP/build}/KIND and prints that folder as the last line of stdout;
# all else goes to stderr.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
kind=${1:-release}
base=${QUAYSIDE_BUILD:-$top/build}

case $kind in
release) options=CC=gcc ;;
clang) options=CC=clang ;;
sanitizers) options="CC=gcc --enable-sanitizers" ;;
fuzz) options="CC=clang --enable-fuzzer --enable-sanitizers" ;;
*)
	printf 'usage: build.sh [release|clang|sanitizers|fuzz]\n' >&2
	exit 2
	;;
esac

step() {
	printf 'build: %s\n' "$*" >&2
}

# quietly COMMAND...: its output only matters when it fails
quietly() {
	if ! "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		step "failed: $* (whole log: $log)"
		exit 1
	fi
}

mkdir -p "$base/$kind"
base=$(cd "$base" && pwd)
build=$base/$kind
log=$base/$kind.log

exec 9>"$base/lock"	# several labs may be started at once
flock 9
"$top/build-aux/packages.sh"
deps=$("$top/build-aux/deps.sh" | tail -n 1)
[ -n "$deps" ] || exit 1	# deps.sh has said why
cd "$top"
if [ ! -x configure ] || [ ! -e Makefile.in ] ||
    [ -n "$(find configure.ac -newer configure)" ]; then
	step "autoreconf"
	quietly ./autogen.sh
fi
cd "$build"
wanted="$top $options --enable-werror --with-deps=$deps"
if [ ! -e Makefile ] || [ "$(cat configured 2>/dev/null)" != "$wanted" ]; then
	step "configure $kind"
	# shellcheck disable=SC2086 # options are words
	quietly "$top/configure" $options --enable-werror --with-deps="$deps"
	printf '%s\n' "$wanted" >configured
fi
quietly make -s -j"$(nproc)" all
"$top/tests/interop/doc.sh" >"$top/doc/interop.md.new"
mv "$top/doc/interop.md.new" "$top/doc/interop.md"
printf '%s\n' "$build"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Build the two libraries that the distribution has too old (doc/decisions.md): wolfSSL, and libcurl on that
# wolfSSL. Static and PIC, once per machine, into ${QUAYSIDE_DEPS:-~/.cache/quayside/deps}/<hash of versions and flags>.
#
# usage: deps.sh            build what is not built yet; the last line of stdout is the prefix
#        deps.sh --where    print the prefix if it is complete, else exit 1; never builds
#        deps.sh --source NAME    only unpack the sources of one (wolfssl), for examples/embed; prints the folder
#
# Where sources come from, in this order:
#   1. $QUAYSIDE_SOURCES, a folder of upstream tarballs (a SHA256SUMS file in it is honoured)
#   2. the Debian archive that this machine already trusts, through a private apt state: nothing of the system's changes
#   3. upstream's release, where a SHA-256 is pinned below
# QUAYSIDE_SYSTEM_DEPS=1 takes the system's libraries instead, if they are new enough.
set -eu

# name, Debian source package, oldest version that will do, version tested here
libraries="wolfssl:wolfssl:5.9.2:5.9.2 curl:curl:8.14.1:8.14.1"
suites="sid forky trixie"

# name, version, SHA-256 and place of upstream's release
pinned() {
	cat <<-'PINNED'
	wolfssl 5.9.2 2f4ef3d4fd387a9b3191d36a6316d69116c46ff69bb9583b6c82b36d7b8ca114 https://github.com/wolfSSL/wolfssl/archive/refs/tags/v5.9.2-stable.tar.gz
	curl 8.14.1 6766ada7101d292b42b8b15681120acd68effa4a9660935853cf6d61f0d984d4 https://curl.se/download/curl-8.14.1.tar.gz
	PINNED
}

# every feature is attack surface: only what a line of ours needs
case $(uname -m) in
x86_64) assembly="--enable-sp=yes --enable-sp-asm --enable-intelasm" ;;
aarch64) assembly="--enable-sp=yes --enable-sp-asm --enable-armasm" ;;
*) assembly="--enable-sp=yes" ;;
esac
flags_wolfssl="--enable-static --disable-shared --with-pic --disable-examples --disable-crypttests \
--enable-dtls --enable-dtls13 --enable-dtls-frag-ch --enable-dtls-mtu --enable-opensslextra \
--enable-certgen --enable-certreq --enable-certext --enable-ed25519 --enable-curve25519 \
--enable-aesccm $assembly --enable-pkcs11 --enable-cryptocb --enable-mlkem --enable-rpk \
--enable-keygen --enable-harden --enable-sni --enable-maxfragment --enable-sessioncerts --enable-alpn \
--enable-keying-material --enable-ocsp --enable-ocspstapling=no-multi"
cpp_wolfssl="-DWOLFSSL_ALWAYS_VERIFY_CB -DWOLFSSL_VERIFY_CB_ALL_CERTS -DKEEP_PEER_CERT \
-DMAX_X509_SIZE=4096 -DMAX_CHAIN_DEPTH=5"
flags_curl="--disable-shared --enable-static --with-pic --disable-ldap --disable-ldaps \
--disable-rtsp --disable-dict --disable-telnet --disable-tftp --disable-pop3 --disable-imap \
--disable-smb --disable-smtp --disable-gopher --disable-mqtt --disable-ftp --disable-file \
--disable-websockets --disable-manual --disable-docs --without-libpsl --without-brotli \
--without-zstd --without-zlib --without-nghttp2 --without-libidn2 --without-librtmp \
--without-libssh2"

say() {
	printf 'deps: %s\n' "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# at_least VERSION OLDEST
at_least() {
	[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# --- where a tarball comes from; each prints the path of one, or fails --------------------------

# the version in a tarball's name: wolfssl_5.9.2.orig.tar.gz, curl-8.14.1.tar.xz
version_of() {
	basename "$1" | sed -E 's/^[a-z]+3?[_-]v?([0-9]+(\.[0-9]+)*).*/\1/'
}

# best_in FOLDER NAME OLDEST TESTED: the tested version if it is there, else the newest that will do
best_in() {
	for file in "$1/$2"*.tar.gz "$1/$2"*.tar.bz2 "$1/$2"*.tar.xz; do
		[ -f "$file" ] || continue
		version=$(version_of "$file")
		at_least "$version" "$3" || continue
		rank=0
		[ "$version" != "$4" ] || rank=1
		printf '%s %s %s\n' "$rank" "$version" "$file"
	done | sort -k1,1n -k2,2V | tail -n 1 | cut -d ' ' -f 3- | grep .
}

from_folder() {
	[ -n "${QUAYSIDE_SOURCES:-}" ] || return 1
	file=$(best_in "$QUAYSIDE_SOURCES" "$1" "$3" "$4") || {
		say "$QUAYSIDE_SOURCES holds no $1 $3 or newer"
		return 1
	}
	if grep -qsF "  ${file##*/}" "$QUAYSIDE_SOURCES/SHA256SUMS"; then
		(cd "$QUAYSIDE_SOURCES" && grep -F "  ${file##*/}" SHA256SUMS | grep -v '\.asc$' |
		    sha256sum -c --quiet -) >&2 || die "$file is not the file that SHA256SUMS names"
	fi
	printf '%s\n' "$file"
}

# what the machine itself says about archives that have not been renewed in time
fresh_only=$(apt-config dump 2>/dev/null | sed -n 's/^Acquire::Check-Valid-Until "\(.*\)";$/\1/p' | tail -n 1)
fresh_only=${fresh_only:-true}

private_apt() {
	tool=$1
	shift
	"$tool" -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/apt/parts" \
	    -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" \
	    -o Acquire::Retries=3 -o Acquire::Languages=none \
	    -o "Acquire::Check-Valid-Until=$fresh_only" "$@"
}

# The machine's own archive, asked for the source packages of newer suites. Only once per run.
open_archive() {
	[ ! -e "$work/apt" ] || return 0
	mkdir -p "$work/apt/parts" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
	command -v apt-get >/dev/null || return 0
	keyring=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' 2>/dev/null | sort | head -n 1)
	{
		# ReleaseInfo=false: also before the first "apt-get update" of this machine
		apt-get -o APT::Get::IndexTargets::ReleaseInfo=false indextargets --format "\$(REPO_URI)" 2>/dev/null ||
		    apt-get indextargets --format "\$(REPO_URI)"
	} | grep -v -e security -e '^cdrom:' | sort -u | while read -r uri; do
		printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' "${uri%/}" "$suites"
		[ -z "$keyring" ] || printf 'Signed-By: %s\n' "$keyring"
		printf '\n'
	done >"$work/apt/parts/quayside.sources"
	say "asking the machine's Debian archive for sources"
	# a third party's archive has no such suites: what was found decides, not the exit code
	private_apt apt-get update >"$work/apt/log" 2>&1 || :
	if grep -q 'is expired' "$work/apt/log"; then
		# a mirror or a clock that is some weeks off; signatures and minimum versions are checked as before
		say "its index is older than it should be: taking it all the same"
		fresh_only=false
		private_apt apt-get update >"$work/apt/log" 2>&1 || :
	fi
}

# debian_versions PACKAGE OLDEST TESTED: the tested version first, then from the newest down
debian_versions() {
	private_apt apt-cache showsrc --only-source "$1" 2>>"$work/apt/log" |
	    sed -n 's/^Version: //p' | sort -Vru | while read -r full; do
		upstream=$(printf '%s\n' "$full" | sed -E 's/^[0-9]+://; s/-[^-]*$//; s/[+~].*//')
		at_least "$upstream" "$2" || continue
		rank=1
		[ "$upstream" != "$3" ] || rank=0
		printf '%s %s\n' "$rank" "$full"
	done | sort -s -k1,1n | cut -d ' ' -f 2
}

from_archive() {
	open_archive
	command -v apt-cache >/dev/null || return 1
	for version in $(debian_versions "$2" "$3" "$4"); do
		mkdir -p "$work/tar/$2"
		# --tar-only: the newest upload's .dsc and .debian.tar can answer 404 for a while
		(cd "$work/tar/$2" && private_apt apt-get --tar-only --download-only source "$2=$version") \
		    >>"$work/apt/log" 2>&1 || :
		best_in "$work/tar/$2" "$2" "$3" "$4" && return 0
	done
	say "the machine's Debian archive gave no $2 $3 or newer:"
	grep -e '^[EW]:' -e '^Err' "$work/apt/log" | sort -u | head -n 5 >&2 || :
	return 1
}

from_upstream() {
	line=$(pinned | grep "^$1 ") || return 1
	# shellcheck disable=SC2086 # name version sum url
	set -- $line
	file=$work/tar/$1_$2.tar.gz
	say "fetching $4"
	curl -fsSL --retry 2 --max-time 600 -o "$file" "$4" >&2 || return 1
	printf '%s  %s\n' "$3" "$file" | sha256sum -c --quiet - >&2 || return 1
	printf '%s\n' "$file"
}

# what an earlier run got, so that one is enough
from_cache() {
	best_in "$cache/tarballs" "$1" "$3" "$4"
}

source_of() {
	from_folder "$@" || from_cache "$@" || from_archive "$@" || from_upstream "$@" || {
		say "no source for $1: wanted a tarball such as $2_$4.orig.tar.gz (version $3 or newer)"
		say "remedies: put it into a folder and set QUAYSIDE_SOURCES=FOLDER;"
		say "  or let apt reach a Debian archive (/etc/apt) that carries one of: $suites;"
		say "  or install libraries that are new enough and set QUAYSIDE_SYSTEM_DEPS=1"
		return 1
	}
}

# --- building -----------------------------------------------------------------------------------

make_install() {
	make -j"$(nproc)" && make install
}

build_wolfssl() {
	# shellcheck disable=SC2086 # flags are words
	{ [ -x configure ] || ./autogen.sh || autoreconf -fi; } &&
	    ./configure --prefix="$1" $flags_wolfssl CPPFLAGS="$cpp_wolfssl" && make_install
}

build_curl() {
	# shellcheck disable=SC2086 # flags are words
	PKG_CONFIG_PATH=$1/lib/pkgconfig ./configure --prefix="$1" --with-wolfssl="$1" $flags_curl LIBS=-lm &&
	    make_install
}

# build NAME TARBALL
build() {
	say "building $1 from $2"
	mkdir -p "$work/src/$1"
	tar -xf "$2" -C "$work/src/$1" --strip-components=1
	if ! (cd "$work/src/$1" && "build_$1" "$work/prefix") >"$work/$1.log" 2>&1; then
		cp "$work/$1.log" "$cache/$1.log"
		tail -n 25 "$work/$1.log" >&2
		die "$1 did not build; the whole log is $cache/$1.log"
	fi
	printf '%s %s\n' "$1" "$(version_of "$2")" >>"$work/prefix/versions"
}

# The libraries were built with the temporary folder as their prefix; the text files say so.
relocate() {
	find "$work/prefix" -name '*.la' -delete
	grep -rlIF "$work/prefix" "$work/prefix" | while read -r file; do
		sed -i "s|$work/prefix|$prefix|g" "$file"
	done
}

# fetch LIBRARY: sets name and tarball
fetch() {
	IFS=: read -r name package oldest tested <<-WORDS
	$1
	WORDS
	tarball=$(source_of "$name" "$package" "$oldest" "$tested") || exit 1
	mkdir -p "$cache/tarballs"
	[ "${tarball%/*}" = "$cache/tarballs" ] || cp "$tarball" "$cache/tarballs/"
}

build_all() {
	mkdir -p "$work/prefix" "$work/tar"
	chmod 755 "$work"
	for library in $libraries; do
		fetch "$library"
		build "$name" "$tarball"
	done
	relocate
	mv "$work/prefix" "$prefix"
}

# The sources of library $1, unpacked once per version.
unpack() {
	for library in $libraries; do
		case $library in
		"$1":*) ;;
		*) continue ;;
		esac
		fetch "$library"
		folder=$cache/sources/$name-$(version_of "$tarball")
		if [ ! -d "$folder" ]; then
			mkdir -p "$work/src" "$cache/sources"
			tar -xf "$tarball" -C "$work/src" --strip-components=1
			mv "$work/src" "$folder"
		fi
		printf '%s\n' "$folder"
		return 0
	done
	die "no library of ours is called $1"
}

system_libraries() {
	pkg-config --exists 'wolfssl >= 5.9.2' 'libcurl >= 8' || die "the system's libraries are too old"
	curl-config --ssl-backends | grep -q wolfSSL || die "the system's libcurl does not stand on wolfSSL"
	pkg-config --variable=prefix wolfssl
}

if [ "${QUAYSIDE_SYSTEM_DEPS:-0}" = 1 ] && [ "${1:-}" != --source ]; then
	system_libraries
	exit 0
fi

cache=${QUAYSIDE_DEPS:-${HOME:?}/.cache/quayside/deps}
recipe=$(printf '%s\n' "$libraries" "$flags_wolfssl" "$cpp_wolfssl" "$flags_curl" "$(uname -m)" |
    sha256sum | cut -c 1-16)
case ${1:-} in
--where)
	[ -d "$cache/$recipe" ] || exit 1
	cd "$cache/$recipe" && pwd
	exit 0
	;;
"" | --source) ;;
*) die "usage: deps.sh [--where | --source NAME]" ;;
esac

mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
prefix=$cache/$recipe

# one at a time: others wait for it
lock() {
	exec 9>"$cache/lock"
	flock -n 9 || {
		say "another build of these is under way; waiting for it"
		flock 9
	}
	work=$cache/tmp
	rm -rf "$work"		# what a killed run left; the lock is ours
	mkdir -p "$work/tar"
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
}

if [ "${1:-}" = --source ]; then
	# unpacked already: nobody need wait
	find "$cache/sources" -maxdepth 1 -type d -name "${2:-}-[0-9]*" 2>/dev/null | sort -V | tail -n 1 |
	    grep . && exit 0
	lock
	unpack "${2:-}"
	exit 0
fi
if [ ! -d "$prefix" ]; then
	lock
	[ -d "$prefix" ] || build_all
fi
printf '%s\n' "$prefix"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that building and testing need, when some are missing.
# usage: packages.sh [--list]
# Asks apt nothing (and needs neither root nor network) when all of them are there.
set -eu

build="ca-certificates build-essential autoconf automake libtool pkg-config curl xz-utils bzip2
	libevent-dev libmicrohttpd-dev libcbor-dev libjansson-dev
	libsqlite3-dev libavahi-client-dev libavahi-core-dev libconfuse-dev libseccomp-dev"
check="libcmocka-dev openssl mandoc codespell iproute2 procps python3 python3-cbor2 clang libclang-rt-14-dev
	clang-format shellcheck strongswan-pki libstrongswan-standard-plugins sqlite3 strace cppcheck
	libcoap3-bin avahi-daemon avahi-utils dbus gnutls-bin"

# a node of another origin would not stand beside Debian's
command -v npm >/dev/null || check="$check nodejs npm"

say() {
	printf '%s\n' "packages: $*" >&2
}

if [ "${1:-}" = --list ]; then
	# shellcheck disable=SC2086 # the words are the list
	printf '%s\n' $build $check
	exit 0
fi
if ! command -v dpkg-query >/dev/null; then
	# shellcheck disable=SC2086 # the words are the list
	say "this machine has no dpkg; install by hand what these Debian packages hold:" $build $check
	exit 1
fi

missing=
for package in $build $check; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :) in
	installed) ;;
	*) missing="$missing $package" ;;
	esac
done
# what debootstrap makes has no names at all
named=yes
getent hosts localhost >/dev/null || named=
[ -n "$missing" ] || [ -z "$named" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		say "run this as root, or install sudo: apt-get install$missing"
		exit 1
	fi
	root=sudo
fi
if [ -z "$named" ]; then
	say "localhost has no address: it gets one in /etc/hosts"
	printf '127.0.0.1 localhost\n::1 localhost\n' | $root tee -a /etc/hosts >/dev/null
fi
[ -n "$missing" ] || exit 0
say "installing:$missing"
apt() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
	    "$@" >&2
}
apt update
# shellcheck disable=SC2086 # one word per package
apt install -y --no-install-recommends $missing

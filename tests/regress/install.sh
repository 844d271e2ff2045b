#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `make install` leaves is enough: programs, manual pages, and a libpledge that a stranger's program links.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
build=${top_builddir:-$BIN_DIR}

make -s -C "$build" install DESTDIR="$work/root" >"$work/log" 2>&1 || fail "make install: $(tail -n 5 "$work/log")"
root=$work/root$(sed -n 's/^prefix=//p' "$build/pledge/libpledge.pc")
for program in brski-registrar brski-masa brski-pledge brski-join-proxy brskictl; do
	check "$program is installed" test -x "$root/bin/$program"
	check "$program says how it is used" sh -c "'$root/bin/$program' --help | grep -q '^usage: $program '"
	check "$program says what it is" sh -c "'$root/bin/$program' --version | grep -q '^$program [0-9]'"
done
for page in man8/brski-registrar.8 man5/registrar.conf.5 man8/brski-masa.8 man5/masa.conf.5 \
    man1/brski-pledge.1 man1/brski-join-proxy.1 man1/brskictl.1; do
	check "$page is installed" test -s "$root/share/man/$page"
done
for example in masa.conf.example registrar.conf.example; do
	check "$example is installed" test -s "$root/share/doc/quayside/examples/$example"
done

cat >"$work/stranger.c" <<'C'
#include <stdio.h>
#include <string.h>
#include <pledge/pledge.h>

int
main(void)
{
	struct pledge pledge;
	struct pledge_port port;
	struct pledge_conf conf;
	struct brski_err err;

	memset(&port, 0, sizeof(port));
	memset(&conf, 0, sizeof(conf));
	memset(&err, 0, sizeof(err));
	if (pledge_state_name(PLEDGE_ENROLLED) == NULL)
		return pledge_init(&pledge, &port, &conf, &err); /* linked, never reached */
	printf("%s\n", pledge_state_name(PLEDGE_ENROLLED));
	return 0;
}
C
sed -i "s|^prefix=.*|prefix=$root|; s|^libdir=.*|libdir=$root/lib|" "$root/lib/pkgconfig/libpledge.pc"
PKG_CONFIG_PATH=$root/lib/pkgconfig:$("$top_srcdir/build-aux/deps.sh" --where)/lib/pkgconfig
export PKG_CONFIG_PATH
flags=$(pkg-config --static --cflags --libs libpledge)
# shellcheck disable=SC2086 # flags are words
check "a stranger's program compiles and links" ${CC:-cc} ${SAN_CFLAGS:-} -Wall -Werror -o "$work/stranger" \
    "$work/stranger.c" $flags
check "and runs" test "$("$work/stranger")" = enrolled

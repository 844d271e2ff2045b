#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source file, test and script is in the Makefile.inc of its folder: what is not listed is
# neither tested nor shipped.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
bad=$(
	for top in common registrar masa pledge tests; do
		find "$top" -path tests/data -prune -o -name '*.c' -print -o -path '*/schema/*.sql' -print -o \
		    -name '*.[1-8]' -print -o -path 'tests/*/*.sh' -print | sort | while read -r f; do
			rest=${f#"$top"/}
			grep -qE "%D%/(${rest%.c}|$rest)( |\$|\\\\)" "$top/Makefile.inc" ||
			    printf '%s: not in %s/Makefile.inc\n' "$f" "$top"
		done
	done
)
[ -z "$bad" ] || {
	printf '%s\n' "$bad"
	exit 1
}

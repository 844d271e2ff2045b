#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-format has nothing to say, and no line is longer than 100 columns, comments too (scripts: 120).
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
status=0

find . \( -path ./build -o -path ./.git -o -path ./lab -o -path ./tests/data -o -name _build \) -prune -o \
    \( -name '*.[ch]' -o -name '*.sh' \) -print | sort | while read -r f; do
	most=100
	[ "${f%.sh}" = "$f" ] || most=120
	expand "$f" | awk -v f="$f" -v most=$most '
		length($0) > most && !/https?:/ { print f ":" NR ": " length($0) " columns" }'
done | grep . && status=1

if ! command -v clang-format >/dev/null; then
	printf 'clang-format is not installed\n'
	[ "$status" -ne 0 ] || exit 77
	exit 1
fi
find common registrar masa pledge tests examples -name '*.[ch]' -not -path 'tests/data/*' -print0 | sort -z |
    xargs -0 clang-format --dry-run -Werror 2>&1 | grep -e 'error:' |
    sed 's/: error.*/: clang-format -i/' | sort -u | grep . && status=1
exit "$status"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shell script, known by its first line, passes shellcheck.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
command -v shellcheck >/dev/null || exit 77
{
	find tests examples -type f -not -path 'tests/data/*' -not -path '*.in/*'
	find . -maxdepth 1 -name autogen.sh
	for f in packages deps build sql2c; do
		printf 'build-aux/%s.sh\n' "$f"
	done
	[ ! -d .ci ] || find .ci -type f
} | sort | while read -r f; do
	case $(head -c 64 "$f" | head -n 1 | tr -d '\0') in
	'#!'*sh) printf '%s\0' "$f" ;;
	esac
done | xargs -0 -n 4 -P 2 shellcheck -x

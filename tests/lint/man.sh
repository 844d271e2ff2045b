#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mandoc -Tlint over every manual page; whether a page that is referred to is installed here does not matter.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
command -v mandoc >/dev/null || exit 77
built=${top_builddir:-.}
bad=$(find registrar masa pledge "$built/registrar" "$built/masa" -name '*.[1-8]' -print0 | sort -zu |
    xargs -0 -r mandoc -Tlint -Wstyle | grep -v 'referenced manual not found')
[ -z "$bad" ] || {
	printf '%s\n' "$bad"
	exit 1
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# codespell over everything that people wrote.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
command -v codespell >/dev/null || exit 77
exec codespell -q 3 -L masa,est,nd,fo --skip '*.in,*.b64,*.pem,*.svg,*.cache,__pycache__' \
    README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md configure.ac Makefile.am \
    common registrar masa pledge examples doc build-aux/*.sh tests/unit tests/flow tests/fuzz/*.c tests/fuzz/*.sh \
    tests/regress tests/interop tests/lint tests/bench

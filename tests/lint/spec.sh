#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every clause that a refusal cites appears in a test. (Whether that test notices is tests/mutate's business.)
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
exec python3 tests/lint/spec.py

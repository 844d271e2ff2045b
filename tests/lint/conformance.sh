#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doc/conformance.md names files, functions and tests that exist, and has a row for every clause that the code cites.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
exec python3 tests/lint/conformance.py

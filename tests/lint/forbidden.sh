#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Calls that have no place here, with the reason.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
exec python3 tests/lint/forbidden.py

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A function fits on a screen, a file has one reason to exist.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1
exec python3 tests/lint/shape.py

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make configure and the Makefile.in files; they are never in git.
cd "$(dirname "$0")" && exec autoreconf -fi

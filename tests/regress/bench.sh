#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The benchmark works and prints its lines; what they say is not judged here.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
BIN_DIR=${BIN_DIR:-$("$top_srcdir/build-aux/build.sh")}
export BIN_DIR
lines=$("$top_srcdir/tests/bench/run" --rounds 1 --devices 15 --ocsp 200 --renewals 4 \
    --certificates 400 --base-port 23500)
for name in registrar_cpu_ms_per_onboarding masa_cpu_ms_per_onboarding onboardings_per_s_1 onboardings_per_s_16 \
    onboardings_per_s_64 registrar_rss_kb sign_us verify_us ecdh_us keygen_us handshake_us floor_ms \
    ocsp_per_s_per_core ocsp_ready_per_s_per_core enroll_cpu_ms reenroll_cpu_ms reenroll_to_enroll \
    cert_list_p95_ms cert_list_valid_p95_ms cert_list_serial_p95_ms cert_list_longest_page_p95_ms; do
	printf '%s\n' "$lines" | grep -q "^$name=[0-9.]*$" || {
		printf 'FAILED: no %s\n%s\n' "$name" "$lines"
		exit 1
	}
done
for name in failures ocsp_failures reenroll_failures; do
	printf '%s\n' "$lines" | grep -q "^$name=0$" || {
		printf 'FAILED: some failed\n%s\n' "$lines"
		exit 1
	}
done
object=$("$top_srcdir/tests/bench/run" --rounds 0 --ocsp 0 --renewals 0 --certificates 4 --base-port 23500 --json)
printf '%s\n' "$object" | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["certificates"] != 4)' || {
	printf 'FAILED: --json\n%s\n' "$object"
	exit 1
}
printf 'ok: every figure is there, no failures\n'

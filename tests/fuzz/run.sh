#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every fuzz target for FUZZ_SECONDS (60) with libFuzzer, ASan and UBSan, in a build of its own.
# What it finds new goes to build/fuzz/corpus/NAME; a crash leaves its input there and ends with exit 1.
# usage: tests/fuzz/run.sh [NAME...]
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${FUZZ_SECONDS:-60}
build=$("$top/build-aux/build.sh" fuzz)

if [ $# -eq 0 ]; then
	for file in "$top"/tests/fuzz/fuzz_*.c; do
		name=$(basename "$file" .c)
		set -- "$@" "${name#fuzz_}"
	done
fi
failed=
for name in "$@"; do
	new=$build/corpus/$name
	mkdir -p "$new"
	printf 'fuzz: %s for %s s\n' "$name" "$seconds"
	"$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
	    -print_final_stats=1 -artifact_prefix="$new/" "$new" "$top/tests/fuzz/$name.in" >"$new.log" 2>&1 ||
		failed="$failed $name"
	tail -n 8 "$new.log"
done
[ -z "$failed" ] || {
	printf 'fuzz: findings in:%s\n' "$failed"
	exit 1
}

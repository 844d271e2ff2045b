#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a bare Debian 12 to every test: packages, dependencies, builds, the suite. What is built already is reused.
#
# usage: tests/run.sh [--quick]
#	--quick   the release build only, without sanitizers, clang and mutants
#
# The last line of stdout is "N passed, N failed, N skipped"; exit 0 only if nothing failed. QUAYSIDE_NO_SKIP=1: what
# is skipped has failed. QUAYSIDE_MUTANTS=N: how many refusals to take out (25), or all.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
base=${QUAYSIDE_BUILD:-$top/build}
jobs=$(nproc)
passed=0
failed=0
skipped=0
begin=$(date +%s)

say() {
	printf '== %s s: %s\n' "$(($(date +%s) - begin))" "$*"
}

# tally PASSED FAILED SKIPPED
tally() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

# step NAME COMMAND...: one that counts as one test
step() {
	name=$1
	shift
	say "$name"
	if "$@"; then
		tally 1 0 0
	else
		printf 'FAILED: %s\n' "$name"
		tally 0 1 0
	fi
}

# built KIND: build it; the folder is in $build
built() {
	say "build $1"
	build=$("$top/build-aux/build.sh" "$1" | tail -n 1)
	[ -n "$build" ] && return
	printf 'FAILED: the %s build\n' "$1"
	tally 0 1 0
	return 1
}

# suite KIND TARGET: run the tests of a build and count its test cases
suite() {
	built "$1" || return
	say "make $2 in $1"
	find "$build/tests" -name '*.trs' -delete	# of tests that are gone
	# many of them wait for time to pass
	make -C "$build" -s -k -j"$((jobs + 1))" "$2" >"$base/$1-check.log" 2>&1
	status=$?
	counted=$(python3 "$top/tests/count.py" "$build" "$top/tests")
	printf '%s\n' "$counted" | sed '$d'
	# shellcheck disable=SC2046,SC2086 # three numbers
	set -- "$1" $(printf '%s\n' "$counted" | tail -n 1)
	if [ "$status" -ne 0 ] && [ "$3" -eq 0 ]; then
		tail -n 30 "$base/$1-check.log"
		printf 'FAILED: make in %s\n' "$1"
		tally 0 1 0
	fi
	printf '   %s: %s passed, %s failed, %s skipped\n' "$1" "$2" "$3" "$4"
	tally "$2" "$3" "$4"
}

# networks: whole networks as namespaces, each case counts
networks() {
	say "netns"
	mkdir -p "$base"
	"$top/tests/netns/run" >"$base/netns.log" 2>&1
	status=$?
	sed '$d' "$base/netns.log" | grep -v '^ok: '
	# shellcheck disable=SC2046 # numbers
	set -- $(sed -n '$s/[^0-9]\+/ /gp' "$base/netns.log")
	if [ $# -lt 2 ] || { [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; }; then
		printf 'FAILED: netns, status %s\n' "$status"
		set -- 0 1
	fi
	printf '   netns: %s passed, %s failed, %s skipped\n' "$1" "$2" "${3:-0}"
	tally "$1" "$2" "${3:-0}"
}

finish() {
	say "done"
	if [ "${QUAYSIDE_NO_SKIP:-0}" = 1 ] && [ "$skipped" -gt 0 ]; then
		printf 'FAILED: %s skipped, and here that counts as failed\n' "$skipped"
		tally 0 "$skipped" "-$skipped"
	fi
	printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

suite release check
networks
if [ "${1:-}" != --quick ]; then
	suite sanitizers check-programs
	suite clang check-unit
	step "mutants" "$top/tests/mutate" "${QUAYSIDE_MUTANTS:-25}"
fi
finish

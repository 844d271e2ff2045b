# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: a folder and a lab of their own, gone at the end.
# Gives: $lab (the script), $work (a folder), lab_up, fail, check, and after lab_up the names of lab.env.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
BIN_DIR=${BIN_DIR:-$("$top_srcdir/build-aux/build.sh")}
export BIN_DIR
lab=$top_srcdir/examples/lab
work=$(mktemp -d "${TMPDIR:-/tmp}/quayside-test.XXXXXX")
labs=

clean_up() {
	status=$?
	for dir in $labs; do
		[ "$status" -eq 0 ] || tail -n 40 "$dir"/log/*.log
		"$lab" down --dir "$dir" || :
	done
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
	printf 'FAILED: %s\n' "$*"
	exit 1
}

# check WHAT COMMAND...: says what is checked; it must succeed
check() {
	what=$1
	shift
	"$@" || fail "$what ($*)"
	printf 'ok: %s\n' "$what"
}

# refused WHAT COMMAND...: it must fail
refused() {
	what=$1
	shift
	! "$@" || fail "$what ($*)"
	printf 'ok: %s\n' "$what"
}

# free_base PORT: the first hundred ports from there on that nobody listens on
free_base() {
	port=$1
	while ss -Hlntu "sport >= :$port and sport < :$((port + 100))" | grep -q .; do
		port=$((port + 100))
	done
}

# lab_up DIR: a lab on ports of its own. Scripts of this suite look for them one after the other;
# against anybody else who looks at the same time, another try helps.
lab_up() {
	dir=$1
	labs="$labs $dir"
	exec 8>"${TMPDIR:-/tmp}/quayside-ports.$(id -u)"
	flock 8
	port=21900
	for try in 1 2 3 4 5; do
		free_base $((port + 100))
		! "$lab" up --dir "$dir" --base-port "$port" 8>&- >"$work/up.log" 2>&1 || break
		if [ "$try" -eq 5 ] || ! grep -q 'Address already in use' "$work/up.log"; then
			cat "$work/up.log"
			fail "the lab does not start"
		fi
	done
	exec 8>&-
	# shellcheck source=/dev/null
	. "$dir/lab.env"
}

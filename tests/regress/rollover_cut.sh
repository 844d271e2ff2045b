#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 of the registrar at every fsync (file, folder) of each step of a roll-over: it starts again, the step has
# happened or has not and can be taken, and who knows only the first CA never loses the registrar.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
d=$work/d
pid=

# strace, where it is in between, ends with its child, and by no signal
stop() {
	[ -n "$pid" ] || return 0
	kill "$(cat "$work/pid")" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	pid=
}
trap 'stop; clean_up' EXIT

admin() {
	curl -sS --max-time 30 --unix-socket "$d/admin.sock" "$@" 2>/dev/null
}

# start COMMAND...: until it answers, or is no more
start() {
	rm -f "$d/admin.sock" "$work/pid"
	# shellcheck disable=SC2016
	"$@" sh -c 'echo $$ >"$0"; exec "$@"' "$work/pid" "$BIN_DIR/brski-registrar" -f "$d/registrar.conf" \
	    >>"$work/log" 2>&1 &
	pid=$!
	until admin -o /dev/null http://localhost/v1/status; do
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.02
	done
}

# step NAME: the answer's status
step() {
	admin -X POST -o "$work/answer" -w '%{http_code}' "http://localhost/v1/ca/rollover/$1" || :
}

progress() {
	admin http://localhost/v1/ca | sed -n 's/.*"rollover": *\("[a-z]*"\|null\).*/\1/p'
}

known() {
	openssl verify -CAfile "$1" -untrusted "$d/registrar.pem" "$d/registrar.pem" >/dev/null 2>&1
}

# cut STEP BEFORE AFTER ANCHOR: at the first call, at the second, ... until the step is through without being cut
cut() {
	rm -rf "$work/before"
	cp -R "$d" "$work/before"
	n=0
	code=000
	while [ "$code" != 200 ]; do
		n=$((n + 1))
		rm -rf "$d"
		cp -R "$work/before" "$d"
		! start strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when=$n ||
		    code=$(step "$1")
		stop
		start env || fail "$1 cut at call $n: it does not start again"
		is=$(progress)
		case $is in
		"$2") [ "$(step "$1")" = 200 ] || fail "$1 cut at call $n: not taken again: $(cat "$work/answer")" ;;
		"$3") ;;
		*) fail "$1 cut at call $n: $is" ;;
		esac
		[ "$(progress)" = "$3" ] || fail "$1 cut at call $n: $(progress)"
		known "$4" || fail "$1 cut at call $n: the first CA does not lead to the registrar"
		stop
	done
	printf 'ok: %s, cut at %s places\n' "$1" $((n - 1))
}

"$BIN_DIR/brski-registrar" init "$d" --san localhost --listen 127.0.0.1:0 --admin-socket "$d/admin.sock" >"$work/log"
cp "$d/domain-ca.pem" "$work/old.pem"
start env || fail "it does not start"
stop
cut prepare null '"prepared"' "$work/old.pem"
cut cancel '"prepared"' null "$work/old.pem"
cut prepare null '"prepared"' "$work/old.pem"
cut activate '"prepared"' '"activated"' "$work/old.pem"
cut finish '"activated"' null "$work/old.pem"
check "the new root leads to the registrar, too" known "$d/domain-ca.pem"
check "the old one is gone" test "$(grep -c BEGIN "$d/domain-ca.pem")" -eq 1
check "and its key" test "$(grep -c BEGIN "$d/domain-ca.key")" -eq 1

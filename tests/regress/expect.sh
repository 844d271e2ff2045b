# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Sourced after lib.sh: what a refusal looks like from outside. $server is whose: registrar or masa. Needs the names of
# lab.env.
# shellcheck disable=SC2154 # lib.sh and the script set work and server

state() {
	case $server in
	masa) sqlite3 "$MASA_DB" 'SELECT count(*) FROM entries' ;;
	*) sqlite3 "$REGISTRAR_DB" 'SELECT (SELECT count(*) FROM requests WHERE voucher NOT NULL),
	    (SELECT count(*) FROM certificates), (SELECT max(state) FROM devices)' ;;
	esac
}

# expect WHAT STATUS CODE CLAUSE ROWS COMMAND...: the command prints the status that $server gave
expect() {
	what=$1 status=$2 code=$3 clause=$4 rows=$5
	shift 5
	log=$work/lab/log/$server.log
	if [ "$server" = masa ]; then db=$MASA_DB; else db=$REGISTRAR_DB; fi
	line=$(wc -l <"$log") row=$(sqlite3 "$db" 'SELECT coalesce(max(id), 0) FROM audit') before=$(state)
	got=$("$@") || :
	[ "$got" = "$status" ] || fail "$what: answered $got"
	tail -n +$((line + 1)) "$log" | grep ' rc=' >"$work/lines" || :
	[ "$(wc -l <"$work/lines")" -eq 1 ] || fail "$what: logged $(cat "$work/lines")"
	grep -qF " rc=$code spec=\"$clause\"" "$work/lines" || fail "$what: logged $(cat "$work/lines")"
	sqlite3 "$db" "SELECT rc, spec FROM audit WHERE id > $row" >"$work/rows"
	[ "$rows" -eq "$(wc -l <"$work/rows")" ] || fail "$what: recorded $(cat "$work/rows")"
	[ "$rows" -eq 0 ] || [ "$(cat "$work/rows")" = "$code|$clause" ] || fail "$what: recorded $(cat "$work/rows")"
	[ "$(state)" = "$before" ] || fail "$what: something was done"
	printf 'ok: %s\n' "$what"
}

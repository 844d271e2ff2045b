#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A network that loses and reorders datagrams: every device ends enrolled all the same.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
devices=8

lab_up "$work/lab"
to=${REGISTRAR_COAPS#coaps://}

# through LOSS SECONDS: that many devices at once behind a relay of their own; each ends enrolled in time
through() {
	loss=$1
	seconds=$2
	relay=$("$top_srcdir/tests/udp_relay.py" --to "$to" --loss "0.$loss" --reorder "0.$loss" --seed "$loss" \
	    --pid-file "$work/relay.pid" --background)
	n=0
	pids=
	while [ "$n" -lt "$devices" ]; do
		n=$((n + 1))
		name=lossy-$loss-$n
		"$lab" device "$name" --dir "$work/lab" >/dev/null 2>&1
		timeout "$seconds" "$BIN_DIR/brski-pledge" --idevid-cert "$work/lab/pledges/$name/idevid.pem" \
		    --idevid-key "$work/lab/pledges/$name/idevid.key" --manufacturer-anchors "$MASA_CA" \
		    --registrar "coaps://$relay" --state "$work/lab/pledges/$name" --timeout "$seconds" \
		    >"$work/$name.log" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || fail "a device gave up at $loss % loss: $(tail -n 3 "$work/lossy-$loss-"*.log)"
	done
	kill "$(cat "$work/relay.pid")"
	printf 'ok: %s devices enrolled at %s %% loss and reordering, within %s s each\n' "$devices" "$loss" "$seconds"
}

through 10 120
through 20 600

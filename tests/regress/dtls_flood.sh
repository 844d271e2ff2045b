#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Thousands of ClientHellos that nobody stands behind: no answer is larger than its request, the registrar keeps
# nothing of them, and genuine devices are served meanwhile. RFC 6347 4.2.1, RFC 9147 11.
# shellcheck source=tests/regress/lib.sh
. "$(dirname "$0")/lib.sh"
count=${HELLOS:-10000}

lab_up "$work/lab"
to=${REGISTRAR_COAPS#coaps://}
read -r registrar _ <"$work/lab/run/registrar.pid"
check "a device is commissioned" "$lab" pledge before --coaps --dir "$work/lab"
check "$count from everywhere leave nothing behind" \
    python3 "$top_srcdir/tests/regress/dtls_flood.py" "$to" "$count" "$registrar"

mkfifo "$work/flood"
python3 "$top_srcdir/tests/regress/dtls_flood.py" "$to" >"$work/flood" &
flood=$!
read -r begun <"$work/flood"
check "they come on and on" test "$begun" = begun
for n in 1 2 3; do
	check "device $n is commissioned amidst them" timeout 60 "$lab" pledge "amidst-$n" --coaps --dir "$work/lab"
done
check "to the end" kill "$flood"
wait "$flood" 2>/dev/null || :
refused "no sanitizer complains" grep -rE 'ERROR: [A-Za-z]+Sanitizer|runtime error' "$work/lab/log"

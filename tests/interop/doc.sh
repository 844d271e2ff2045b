#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes doc/interop.md, in Markdown to stdout: each command of a foreign client that these tests run and judge, as it
# stands there behind "# interop: TITLE" on a line or several. Fails when there is one that it cannot read.
set -eu
cd "$(dirname "$0")"
cat <<'TEXT'
# Foreign clients

Commands of programs that are not ours, against a registrar of ours. The tests in `tests/interop` run each of them as it
stands here and judge what comes; this page is made from those tests by `tests/interop/doc.sh`.

To try one: `examples/lab up`, then `. lab/lab.env` for the names in capitals, and `examples/lab pledge NAME` for a
device, whose `ldevid.pem`, `ldevid.key`, `idevid.pem` and `idevid.key` are in `lab/pledges/NAME`.
TEXT
awk '
function needs(line) {
	if (line ~ /^pki /)
		return "strongSwan 5.9 (pki)"
	if (line ~ /^(ocsptool|certtool|gnutls-cli) /)
		return "GnuTLS 3.7 (" substr(line, 1, index(line, " ") - 1) ")"
	if (line ~ /^curl /)
		return "curl 7.88"
	if (line ~ /(^|\| )openssl /)
		return "OpenSSL 3.0"
	return ""
}
FNR == 1 {
	if (waits)
		exit bad = 1
	headed = 0
}
/^[ \t]*# interop: / {
	title = $0
	sub(/^[ \t]*# interop: /, "", title)
	waits = 1
	text = ""
	next
}
waits {
	line = $0
	sub(/^[ \t]+/, "", line)
	text = text (text == "" ? "" : "\n    ") line
	if (line ~ /\\$/)
		next
	waits = 0
	tool = needs(text)
	if (tool == "") {
		printf "%s: not a known client: %s\n", FILENAME, text >"/dev/stderr"
		exit bad = 1
	}
	sub(/ >out 2>&1( \|\| :)?$/, "", text)
	if (!headed) {
		printf "\n## tests/interop/%s\n", substr(FILENAME, 3)
		headed = 1
	}
	printf "\n**%s.** With %s or later:\n\n```sh\n%s\n```\n", title, tool, text
	n++
}
END {
	exit bad || waits || n == 0
}' ./*.sh

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Who may include whom: common/LAYERS for the folders of common/, and the roles keep apart.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1

# includes FILE: the folders that its quoted includes name
includes() {
	sed -n 's/^#include "\([a-z0-9]*\)\/.*/\1/p' "$1" | sort -u
}

common() (
	cd common || exit 1
	for f in */*.[ch]; do
		includes "$f" | awk -v file="common/$f" -v from="${f%%/*}" '
			NR == FNR { sub(/#.*/, ""); if (split($0, kv, ":") == 2) ok[kv[1]] = kv[2] " "; next }
			$1 != from && index(" " ok[from], " " $1 " ") == 0 {
				print file ": must not include " $1 "/"
			}
		' LAYERS -
	done
)

# forbid WHY FOLDERS FILE...: none of the files may include one of the folders
forbid() {
	why=$1
	folders=$2
	shift 2
	for f in "$@"; do
		for folder in $folders; do
			! includes "$f" | grep -qx "$folder" ||
			    printf '%s: must not include %s/ (%s)\n' "$f" "$folder" "$why"
		done
	done
}

libpledge() {
	awk '/^libpledge_a_SOURCES/ { on = 1 } on { print } on && !/\\$/ { exit }' pledge/Makefile.inc |
	    sed -n 's|.*%D%/\([a-z_0-9]*\.[ch]\).*|pledge/\1|p'
}

bad=$(
	common
	# shellcheck disable=SC2046 # names without blanks
	forbid "libpledge does no I/O" "net store conf registrar masa" $(libpledge)
	forbid "roles meet on the wire only" "registrar masa" pledge/*.[ch]
	forbid "roles meet on the wire only" "registrar pledge" masa/*.[ch]
	forbid "roles meet on the wire only" "masa pledge" registrar/*.[ch]
	grep -n '#include "\.\.' common/*/*.[ch] registrar/*.[ch] registrar/ctl/*.[ch] masa/*.[ch] pledge/*.[ch]
)
[ -z "$bad" ] || {
	printf '%s\n' "$bad"
	exit 1
}

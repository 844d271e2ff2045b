#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Calls that have no place here. Each row: where, what (extended regular expression), why. Comments are not searched.
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 1

everywhere="common registrar masa pledge"
# libpledge prints nothing and opens nothing: the port of its host does
libpledge=$(awk '/^libpledge_a_SOURCES/ { on = 1 } on { print } on && !/\\$/ { exit }' pledge/Makefile.inc |
    sed -n 's|.*%D%/\([a-z_0-9]*\.[ch]\).*|pledge/\1|p')

rows() {
	cat <<-'ROWS'
	everywhere|(strcpy|strcat|stpcpy|sprintf|vsprintf|gets)|writes without a limit
	everywhere|(strncpy|strncat)|leaves no NUL or counts wrong; use snprintf or memcpy
	everywhere|(atoi|atol|atoll|atof)|cannot tell an error from a zero; use strtol and check
	everywhere|(scanf|sscanf|fscanf)|overflows silently; read by hand
	everywhere|(strtok|asctime|ctime|gmtime|localtime|strerror_l|getlogin)|static state
	everywhere|(rand|srand|random|srandom|drand48)|not for secrets; use the crypto library
	everywhere|(system|popen|execlp|execvp)|a shell between us and the kernel
	everywhere|(alloca)|a stack that a peer can choose
	everywhere|(tmpnam|tempnam|mktemp)|races
	everywhere|(cbor_load)|takes duplicates and trailing bytes, reserves gigabytes on five bytes
	everywhere|(evhttp_[a-z_]+)|hangs and uses freed memory below a TLS filter
	everywhere|(wc_PKCS7_[A-Za-z_]+|wolfSSL_PKCS7_[A-Za-z_]+)|takes a changed eContentType, sees one signer
	everywhere|(wolfSSL_X509_verify_cert)|trusts untrusted roots
	everywhere|(json_loads|json_load_file|json_loadf)|no length; use json_loadb with JSON_REJECT_DUPLICATES
	common|(abort|exit|_exit)|a library does not end the process
	libpledge|(printf|fprintf|puts|fputs|putchar|perror|syslog)|libpledge prints nothing; its port logs
	libpledge|(fopen|open|socket|connect|send|recv|read|write|getenv)|libpledge does no I/O; its port does
	libpledge|(usleep|sleep|time|clock_gettime)|libpledge has no clock; its port has
	ROWS
}

# code FILE: the file without comments and string contents, line numbers kept
code() {
	python3 - "$1" <<-'PYTHON'
	import re, sys
	text = open(sys.argv[1]).read()
	blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
	print(re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S), end="")
	PYTHON
}

bad=$(
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	find common registrar masa pledge -name '*.[ch]' | sort | while read -r f; do
		mkdir -p "$work/$(dirname "$f")"
		code "$f" >"$work/$f"
	done
	cd "$work" || exit 1
	rows | while IFS= read -r row; do
		where=${row%%|*}
		why=${row##*|}
		what=${row#*|}
		what=${what%|*}
		case $where in
		everywhere) files=$everywhere ;;
		libpledge) files=$libpledge ;;
		*) files=$where ;;
		esac
		# shellcheck disable=SC2086 # a list; members of structs (->, .) are not libc
		grep -rnE "(^|[^A-Za-z0-9_.>])$what\(" $files | sed "s|\$| <- $why|"
	done
	# a peer's bytes must never reach an assert: decoders and judges have none
	grep -rnE '(^|[^A-Za-z0-9_])assert\(' common/asn1 common/envelope common/voucher common/message common/net |
	    sed 's|$| <- assert is for our own mistakes, and this code reads what peers sent|'
	# memory by a length: only through brski_buf, which has a maximum, or where a limit is named just before
	find common registrar masa pledge -name '*.c' -not -path 'common/base/*' | sort | xargs awk '
		FNR == 1 { limit = -99 }
		/_MAX/ { limit = FNR }
		/(malloc|realloc)\([^)]*(len|size|\.n|->n)[^a-z_][^)]*/ && !/sizeof/ && FNR - limit > 12 {
			print FILENAME ":" FNR ":" $0 " <- memory by a length that nothing here limits; use brski_buf"
		}'
)
[ -z "$bad" ] || {
	printf '%s\n' "$bad"
	exit 1
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Turn every FOLDER/schema/NNN.sql below the source tree into one C table per folder:
#   const char *const FOLDER_migrations[]; const size_t FOLDER_migrations_n;
# usage: sql2c.sh TOP_SRCDIR > schema.c
set -eu
top=$1
printf '#include <stddef.h>\n'
for folder in registrar masa; do
	printf 'extern const char *const %s_migrations[];\nextern const size_t %s_migrations_n;\n' "$folder" "$folder"
	printf 'const char *const %s_migrations[] = {\n' "$folder"
	count=0
	for sql in "$top/$folder"/schema/*.sql; do
		[ -e "$sql" ] || continue
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' "$sql"
		printf ',\n'
		count=$((count + 1))
	done
	[ "$count" -gt 0 ] || printf 'NULL\n'
	printf '};\nconst size_t %s_migrations_n = %d;\n' "$folder" "$count"
done

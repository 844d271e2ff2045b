/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of devices as CSV, RFC 4180: a header "manufacturer,serial" or
 * "manufacturer,serial,comment",
 * then a record per device. Strict, because what is guessed here is admitted later.
 */
#ifndef REGISTRAR_CSV_H
#define REGISTRAR_CSV_H

#include "base/buf.h"

#define REGISTRAR_CSV_MAX  ((size_t)1024 * 1024)
#define REGISTRAR_CSV_ROWS 16384

struct registrar_csv_row {
	struct brski_slice manufacturer, serial, comment; /* comment may be absent or empty */
	unsigned line;
};

struct registrar_csv {
	struct registrar_csv_row *rows;
	size_t n, cap;
	uint8_t *text; /* the fields' bytes */
	size_t text_n;
};

/*
 * in is borrowed for the call. E_MALFORMED "line N: ...": header, number of fields, quotes, empty
 * or
 * too long or unclean fields; E_TOO_LARGE. All rows or none.
 */
enum brski_rc registrar_csv_decode(struct brski_slice in, struct registrar_csv *out,
    struct brski_err *err);
void registrar_csv_clear(struct registrar_csv *c);

#endif

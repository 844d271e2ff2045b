/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of devices: RFC 4180, strictly. */
#include <stdio.h>
#include <stdlib.h>
#include "tu.h"
#include "registrar/csv.h"

static void
assert_row(const struct registrar_csv_row *r, const char *manufacturer, const char *serial,
    const char *comment, unsigned line)
{
	assert_slice_eq(r->manufacturer, brski_slice_str(manufacturer));
	assert_slice_eq(r->serial, brski_slice_str(serial));
	assert_slice_eq(r->comment, brski_slice_str(comment));
	assert_int_equal(r->line, line);
}

static void
reads_rows(void **state)
{
	struct registrar_csv c;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_csv_decode(BRSKI_LIT(
	                                   "manufacturer,serial,comment\r\nacme,A-1,\n"
	                                   "\"acme, inc\",\"A\"\"2\",\"hall 3, left\"\nacme,A 3,x"),
	              &c, &err),
	    &err);
	assert_int_equal(c.n, 3);
	assert_row(&c.rows[0], "acme", "A-1", "", 2);
	assert_row(&c.rows[1], "acme, inc", "A\"2", "hall 3, left", 3);
	assert_row(&c.rows[2], "acme", "A 3", "x", 4);
	registrar_csv_clear(&c);
	assert_ok(registrar_csv_decode(BRSKI_LIT("manufacturer,serial\nacme,1\n"), &c, &err), &err);
	assert_int_equal(c.n, 1);
	assert_row(&c.rows[0], "acme", "1", NULL, 2);
	registrar_csv_clear(&c);
	assert_ok(registrar_csv_decode(BRSKI_LIT("manufacturer,serial\n"), &c, &err), &err);
	assert_int_equal(c.n, 0);
	registrar_csv_clear(&c);
}

static void
assert_line(const char *text, const char *line)
{
	struct registrar_csv c;
	struct brski_err err = { 0 };

	assert_int_equal(registrar_csv_decode(brski_slice_str(text), &c, &err), BRSKI_E_MALFORMED);
	assert_string_equal(err.spec, "RFC 4180 2");
	assert_memory_equal(err.detail, line, strlen(line));
	assert_null(c.rows);
}

#define HEAD "manufacturer,serial,comment\n"

static void
refuses_with_the_line(void **state)
{
	(void)state;
	assert_line("", "line 1:");
	assert_line("serial,manufacturer\n", "line 1:");
	assert_line("manufacturer\nacme\n", "line 1:");
	assert_line("Manufacturer,Serial\n", "line 1:");
	assert_line("manufacturer,serial,comment,more\n", "line 1:");
	assert_line(HEAD "acme,1,x\nacme,2\n", "line 3: 2 fields");
	assert_line(HEAD "acme,1,x,y\n", "line 2:");
	assert_line("manufacturer,serial\nacme,1,x\n", "line 2: 3 fields");
	assert_line(HEAD "\"acme,1,x\n", "line 2: a quote");
	assert_line(HEAD "\"acme\"x,1,x\n", "line 2: stray");
	assert_line(HEAD "ac\"me,1,x\n", "line 2: stray");
	assert_line(HEAD "acme,1,x\rmore\n", "line 2: stray");
	assert_line(HEAD "acme,1,x\r", "line 2: stray");
	assert_line(HEAD ",1,x\n", "line 2: manufacturer");
	assert_line(HEAD "acme,,x\n", "line 2: serial");
	assert_line(HEAD "\nacme,1,x\n", "line 2: ");
	assert_line(HEAD "acme,1,\"a\nb\"\n", "line 2: comment");
	assert_line(HEAD "acme,\x01,x\n", "line 2: serial");
	assert_line(HEAD "acme,\xff,x\n", "line 2: serial");
	assert_line(HEAD "acme,"
	                 "12345678901234567890123456789012345678901234567890123456789012345,x\n",
	    "line 2: serial");
}

static void
has_limits(void **state)
{
	struct brski_buf text = { .max = 2 * REGISTRAR_CSV_MAX };
	struct registrar_csv c;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	assert_ok(brski_buf_append_str(&text, "manufacturer,serial\n", &err), &err);
	for (i = 0; i < REGISTRAR_CSV_ROWS; i++)
		assert_ok(brski_buf_printf(&text, &err, "a,%zu\n", i), &err);
	assert_ok(registrar_csv_decode(brski_buf_slice(&text), &c, &err), &err);
	assert_int_equal(c.n, REGISTRAR_CSV_ROWS);
	registrar_csv_clear(&c);
	assert_ok(brski_buf_append_str(&text, "a,x\n", &err), &err);
	assert_refused(registrar_csv_decode(brski_buf_slice(&text), &c, &err), BRSKI_E_TOO_LARGE,
	    &err);
	while (text.n <= REGISTRAR_CSV_MAX)
		assert_ok(brski_buf_append_str(&text, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", &err),
		    &err);
	assert_int_equal(registrar_csv_decode(brski_buf_slice(&text), &c, &err), BRSKI_E_TOO_LARGE);
	assert_non_null(strstr(err.detail, "octets"));
	brski_buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rows),
		cmocka_unit_test(refuses_with_the_line),
		cmocka_unit_test(has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

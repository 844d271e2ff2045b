/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/csv.h"

#include <stdlib.h>
#include "base/text.h"
#include "crypto/cert.h"
#include "registrar/store.h"

#define CLAUSE     "RFC 4180 2"
#define FIELDS_MAX 3

static const char *const columns[FIELDS_MAX] = { "manufacturer", "serial", "comment" };
static const size_t limits[FIELDS_MAX] = { REGISTRAR_NAME_MAX, BRSKI_SERIAL_MAX,
	REGISTRAR_COMMENT_MAX };

struct reader {
	struct brski_slice in;
	size_t at;
	unsigned line;
	struct registrar_csv *out;
};

static int
peek(const struct reader *r)
{
	return r->at < r->in.n ? r->in.p[r->at] : -1;
}

/*
 * Take the next character into the field. There is room: a field is never longer than its source.
 */
static void
keep(struct reader *r)
{
	r->out->text[r->out->text_n++] = r->in.p[r->at++];
}

/* "..." with "" for a quote. */
static enum brski_rc
read_quoted(struct reader *r, struct brski_err *err)
{
	for (r->at++; peek(r) != -1; keep(r)) {
		if (peek(r) != '"')
			continue;
		r->at++;
		if (peek(r) != '"')
			return BRSKI_OK;
	}
	return brski_fail(err, BRSKI_E_MALFORMED, CLAUSE, "line %u: a quote is not closed",
	    r->line);
}

static enum brski_rc
read_field(struct reader *r, struct brski_slice *out, struct brski_err *err)
{
	size_t start = r->out->text_n;
	enum brski_rc rc;
	int c;

	if (peek(r) == '"') {
		if ((rc = read_quoted(r, err)) != BRSKI_OK)
			return rc;
	} else {
		while ((c = peek(r)) != -1 && c != ',' && c != '\n' && c != '\r' && c != '"')
			keep(r);
	}
	*out = brski_slice(r->out->text + start, r->out->text_n - start);
	return BRSKI_OK;
}

/* LF or CR LF; the last record may end with the text. */
static bool
end_of_record(struct reader *r)
{
	if (peek(r) == '\r' && r->at + 1 < r->in.n && r->in.p[r->at + 1] == '\n')
		r->at++;
	if (peek(r) == '\n') {
		r->at++;
		return true;
	}
	return peek(r) == -1;
}

/* At most FIELDS_MAX fields up to the end of the line. */
static enum brski_rc
read_record(struct reader *r, struct brski_slice f[FIELDS_MAX], size_t *n, struct brski_err *err)
{
	enum brski_rc rc;

	r->line++;
	for (*n = 0; *n < FIELDS_MAX;) {
		if ((rc = read_field(r, &f[(*n)++], err)) != BRSKI_OK)
			return rc;
		if (peek(r) != ',')
			break;
		r->at++;
	}
	if (!end_of_record(r))
		return brski_fail(err, BRSKI_E_MALFORMED, CLAUSE,
		    "line %u: stray characters or too many fields", r->line);
	return BRSKI_OK;
}

static enum brski_rc
read_header(struct reader *r, size_t *fields, struct brski_err *err)
{
	struct brski_slice f[FIELDS_MAX];
	bool good = true;
	enum brski_rc rc;
	size_t i;

	if ((rc = read_record(r, f, fields, err)) != BRSKI_OK)
		return rc;
	for (i = 0; i < *fields; i++)
		good = good && brski_slice_eq(f[i], brski_slice_str(columns[i]));
	if (!good || *fields < 2)
		return brski_fail(err, BRSKI_E_MALFORMED, CLAUSE,
		    "line 1: not manufacturer,serial[,comment]");
	return BRSKI_OK;
}

static enum brski_rc
check_fields(const struct reader *r, const struct brski_slice *f, size_t n, struct brski_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (f[i].n > limits[i] || (f[i].n == 0 && i < 2) || !brski_text_is_clean(f[i]))
			return brski_fail(err, BRSKI_E_MALFORMED, CLAUSE,
			    "line %u: %s is empty, longer than %zu octets or not clean text",
			    r->line, columns[i], limits[i]);
	}
	return BRSKI_OK;
}

static enum brski_rc
add_row(struct registrar_csv *c, const struct registrar_csv_row *row, struct brski_err *err)
{
	struct registrar_csv_row *grown;
	size_t cap = c->cap == 0 ? 64 : c->cap * 2;

	if (c->n == REGISTRAR_CSV_ROWS)
		return brski_fail(err, BRSKI_E_TOO_LARGE, CLAUSE, "line %u: more than %d devices",
		    row->line, REGISTRAR_CSV_ROWS);
	if (c->n == c->cap) {
		if ((grown = realloc(c->rows, cap * sizeof(*grown))) == NULL)
			return brski_broken(err, BRSKI_E_NOMEM, "CSV rows");
		c->rows = grown;
		c->cap = cap;
	}
	c->rows[c->n++] = *row;
	return BRSKI_OK;
}

static enum brski_rc
read_rows(struct reader *r, size_t fields, struct brski_err *err)
{
	struct brski_slice f[FIELDS_MAX];
	struct registrar_csv_row row;
	enum brski_rc rc;
	size_t n;

	while (peek(r) != -1) {
		if ((rc = read_record(r, f, &n, err)) != BRSKI_OK)
			return rc;
		if (n != fields)
			return brski_fail(err, BRSKI_E_MALFORMED, CLAUSE,
			    "line %u: %zu fields instead of %zu", r->line, n, fields);
		row = (struct registrar_csv_row){ f[0], f[1],
			fields == FIELDS_MAX ? f[2] : (struct brski_slice){ 0 }, r->line };
		if ((rc = check_fields(r, f, n, err)) != BRSKI_OK ||
		    (rc = add_row(r->out, &row, err)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}

enum brski_rc
registrar_csv_decode(struct brski_slice in, struct registrar_csv *out, struct brski_err *err)
{
	struct registrar_csv c = { 0 };
	struct reader r = { .in = in, .out = &c };
	size_t fields = 0;
	enum brski_rc rc;

	*out = c;
	if (in.n > REGISTRAR_CSV_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, CLAUSE, "%zu octets", in.n);
	if ((c.text = malloc(in.n + 1)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "CSV");
	if ((rc = read_header(&r, &fields, err)) != BRSKI_OK ||
	    (rc = read_rows(&r, fields, err)) != BRSKI_OK) {
		registrar_csv_clear(&c);
		return rc;
	}
	*out = c;
	return BRSKI_OK;
}

void
registrar_csv_clear(struct registrar_csv *c)
{
	free(c->rows);
	free(c->text);
	*c = (struct registrar_csv){ 0 };
}

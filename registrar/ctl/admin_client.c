/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/admin_client.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "net/http_client.h"

/* a device with a thousand certificates, each with its PEM */
#define ANSWER_MAX ((size_t)8 * 1024 * 1024)
#define PAGE       500 /* rows, well below that */

struct request {
	struct brski_loop *loop;
	const char *server;
	int exit_code;
	json_t *json;
};

/* What the server said instead of an answer; it is our own, but it may quote. */
static int
say_refusal(const struct brski_http_answer *a)
{
	struct brski_slice body = a->body;
	char text[512];

	if (body.n > 0 && body.p[body.n - 1] == '\n')
		body.n--;
	brski_text_safe(body, text, sizeof(text));
	fprintf(stderr, "brskictl: %d: %s\n", a->status, text);
	return a->status == 400 ? CTL_USAGE : CTL_REFUSED;
}

static void
done(void *arg, const struct brski_http_answer *a)
{
	struct request *r = arg;

	if (a->rc != BRSKI_OK) {
		fprintf(stderr, "brskictl: no answer at %s: %s\n", r->server, a->err.detail);
		r->exit_code = CTL_USAGE;
	} else if (a->status != 200)
		r->exit_code = say_refusal(a);
	else if ((r->json = json_loadb((const char *)a->body.p, a->body.n, 0, NULL)) == NULL) {
		fprintf(stderr, "brskictl: the server's answer is not JSON\n");
		r->exit_code = CTL_USAGE;
	} else
		r->exit_code = CTL_OK;
	brski_loop_stop(r->loop);
}

static enum brski_rc
run(struct request *r, struct brski_http_call *call, struct brski_err *err)
{
	struct brski_http_session_conf conf = { .unix_path = r->server };
	struct brski_http_client *client = NULL;
	struct brski_http_session *session = NULL;
	enum brski_rc rc;

	call->done = done;
	call->arg = r;
	call->max_answer = ANSWER_MAX;
	if ((rc = brski_loop_new(&r->loop, err)) == BRSKI_OK &&
	    (rc = brski_http_client_new(r->loop, NULL, &client, err)) == BRSKI_OK &&
	    (rc = brski_http_session_new(client, &conf, &session, err)) == BRSKI_OK &&
	    (rc = brski_http_call(session, call, err)) == BRSKI_OK)
		brski_loop_run(r->loop);
	brski_http_session_free(session);
	brski_http_client_free(client);
	brski_loop_free(r->loop);
	return rc;
}

static int
ask(const struct ctl_args *a, const char *path, struct brski_http_call *call, json_t **out)
{
	struct request r = { .server = a->server, .exit_code = CTL_USAGE };
	struct brski_buf url = { 0 };
	struct brski_err err = { 0 };

	*out = NULL;
	if (brski_buf_printf(&url, &err, "http://localhost%s", path) != BRSKI_OK ||
	    (call->url = brski_buf_cstr(&url)) == NULL || run(&r, call, &err) != BRSKI_OK) {
		fprintf(stderr, "brskictl: %s: %s\n", a->server, err.detail);
		r.exit_code = CTL_USAGE;
	}
	brski_buf_clear(&url);
	*out = r.json;
	return r.exit_code;
}

int
ctl_admin_get(const struct ctl_args *a, const char *path, json_t **out)
{
	struct brski_http_call call = { .method = BRSKI_GET, .accept = "application/json" };

	return ask(a, path, &call, out);
}

int
ctl_admin_post(const struct ctl_args *a, const char *path, struct brski_slice csv, json_t **out)
{
	struct brski_http_call call = { .method = BRSKI_POST,
		.accept = "application/json",
		.media = csv.p != NULL ? "text/csv" : NULL,
		.body = csv };

	return ask(a, path, &call, out);
}

enum brski_rc
ctl_admin_encode(const char *text, struct brski_buf *out)
{
	enum brski_rc rc = BRSKI_OK;
	unsigned char c;

	for (; *text != '\0' && rc == BRSKI_OK; text++) {
		c = (unsigned char)*text;
		if (c < 0x80 && (isalnum(c) || strchr("-._~", c) != NULL))
			rc = brski_buf_append_byte(out, c, NULL);
		else
			rc = brski_buf_printf(out, NULL, "%%%02X", c);
	}
	return rc;
}

enum brski_rc
ctl_admin_parameter(const char *name, const char *value, struct brski_buf *query)
{
	enum brski_rc rc;

	if (value == NULL)
		return BRSKI_OK;
	if ((rc = brski_buf_printf(query, NULL, "%s=", name)) == BRSKI_OK &&
	    (rc = ctl_admin_encode(value, query)) == BRSKI_OK)
		rc = brski_buf_append_byte(query, '&', NULL);
	return rc;
}

/* One page of at most n rows; *after moves behind it, 0 at the end, and *got is how many it has. */
static int
get_page(const struct ctl_args *a, const struct ctl_pages *p, json_int_t n, json_int_t *after,
    json_int_t *got)
{
	struct brski_buf url = { 0 };
	json_t *page = NULL, *rows, *row;
	const char *path;
	size_t i;
	int code = CTL_USAGE;

	if (brski_buf_printf(&url, NULL,
	        "%s?%slimit=%" JSON_INTEGER_FORMAT "&after=%" JSON_INTEGER_FORMAT, p->path,
	        p->query, n, *after) != BRSKI_OK ||
	    (path = brski_buf_cstr(&url)) == NULL)
		ctl_usage("out of memory");
	else
		code = ctl_admin_get(a, path, &page);
	if (code == CTL_OK) {
		rows = json_object_get(page, p->name);
		json_array_foreach(rows, i, row) p->each(p->arg, row);
		*got = (json_int_t)json_array_size(rows);
		*after = json_integer_value(json_object_get(page, "next"));
	}
	json_decref(page);
	brski_buf_clear(&url);
	return code;
}

int
ctl_admin_pages(const struct ctl_args *a, const struct ctl_pages *p, json_int_t *next)
{
	json_int_t after = p->after, left = p->limit, n = PAGE, got = 0;
	int code;

	do {
		if (p->limit != 0 && left < n)
			n = left;
		if ((code = get_page(a, p, n, &after, &got)) != CTL_OK)
			return code;
		left -= got;
	} while (after > 0 && (p->limit == 0 || left > 0));
	if (next != NULL)
		*next = after;
	return CTL_OK;
}

static int
read_number(const char *name, const char *text, json_int_t low, json_int_t *out)
{
	char *end;

	if (text == NULL)
		return CTL_OK;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || *out < low)
		return ctl_usage("--%s takes a number from %" JSON_INTEGER_FORMAT " on", name, low);
	return CTL_OK;
}

void
ctl_admin_collect(void *array, json_t *member)
{
	json_array_append(array, member);
}

/* A table that is being printed: the head comes with the first row. */
struct printing {
	const struct ctl_table *table;
	bool begun;
};

static void
begin(struct printing *t)
{
	if (!t->begun)
		t->table->head();
	t->begun = true;
}

static void
print_member(void *arg, json_t *member)
{
	struct printing *t = arg;

	begin(t);
	t->table->row(member);
}

static int
print_json(const struct ctl_args *a, struct ctl_pages *p)
{
	json_t *rows = json_array();
	json_int_t next;
	int code;

	p->each = ctl_admin_collect;
	p->arg = rows;
	if ((code = ctl_admin_pages(a, p, &next)) != CTL_OK) {
		json_decref(rows);
		return code;
	}
	return ctl_print_json(json_pack("{s:i,s:o,s:o}", "version", 1, p->name, rows, "next",
	    next > 0 ? json_integer(next) : json_null()));
}

int
ctl_admin_print(const struct ctl_args *a, struct ctl_pages *p, const struct ctl_table *table)
{
	struct printing t = { .table = table };
	json_int_t next;
	int code;

	if ((code = read_number("after", a->after, 0, &p->after)) != CTL_OK ||
	    (code = read_number("limit", a->limit, 1, &p->limit)) != CTL_OK)
		return code;
	if (a->json)
		return print_json(a, p);
	p->each = print_member;
	p->arg = &t;
	if ((code = ctl_admin_pages(a, p, &next)) == CTL_OK)
		begin(&t);
	if (code == CTL_OK && next > 0)
		fprintf(stderr, "brskictl: there is more: --after %" JSON_INTEGER_FORMAT "\n",
		    next);
	return code;
}

const char *
ctl_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

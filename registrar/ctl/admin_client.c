/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/admin_client.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "net/http_client.h"

#define ANSWER_MAX ((size_t)1024 * 1024)

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

int
ctl_admin_pages(const struct ctl_args *a, const char *path, const char *query, const char *name,
    void (*each)(void *arg, json_t *member), void *arg)
{
	char url[512];
	json_t *page, *member;
	json_int_t after = 0;
	size_t i;
	int code;

	do {
		snprintf(url, sizeof(url), "%s?%slimit=500&after=%" JSON_INTEGER_FORMAT, path,
		    query, after);
		if ((code = ctl_admin_get(a, url, &page)) != CTL_OK)
			return code;
		json_array_foreach(json_object_get(page, name), i, member) each(arg, member);
		after = json_integer_value(json_object_get(page, "next"));
		json_decref(page);
	} while (after > 0);
	return CTL_OK;
}

const char *
ctl_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

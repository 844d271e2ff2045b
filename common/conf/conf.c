/* SPDX-License-Identifier: Apache-2.0 */
#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/file.h"
#include "base/text.h"
#include "conf/value.h"

#define CONF_MAX ((size_t)256 * 1024)
#define SPEC     "configuration"
#define GIVEN    (1 << 24) /* our own bit in an option's flags, far from libconfuse's */

/*
 * libconfuse hands its callbacks a section and nothing of ours. So the first entry of every
 * section's table is no option: its simple_value, "pointer to user-specified variable", leads here,
 * and no global is needed. It cannot be given a value.
 *
 * The second entry is no option either. libconfuse takes the end of the file for the end of a
 * section or a comment; a line that we add at the end must arrive, and in no section.
 */
struct parse {
	const char *name; /* of the file */
	const struct brski_conf_schema *schema;
	struct brski_err *err;
	bool ended;
};
#define HOOK_NAME "\n"
#define END_NAME  "end-of-file"
#define HOOKS     2

static struct parse *
parse_of(const cfg_t *cfg)
{
	return (struct parse *)cfg->opts[0].simple_value.ptr;
}

/* The first cause wins; brski_conf_parse() returns it. */
static void on_error(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct parse *p = parse_of(cfg);
	char text[128];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)brski_fail(p->err, BRSKI_E_CONFIG, SPEC, "%.100s:%d: %s", p->name, cfg->line, text);
}

static const struct brski_conf_option *
row_named(const struct brski_conf_schema *schema, const char *name)
{
	const struct brski_conf_option *o = schema->options;

	while (o->name != NULL && strcmp(o->name, name) != 0)
		o++;
	return o;
}

/* The row behind an option of this section; NULL: the file reached into another one ("a|b"). */
static const struct brski_conf_option *
row_of(const cfg_t *cfg, const cfg_opt_t *opt)
{
	const struct brski_conf_schema *schema = parse_of(cfg)->schema;

	if (cfg->title != NULL)
		schema = row_named(schema, cfg->name)->sub;
	for (size_t i = 0; schema->options[i].name != NULL; i++)
		if (&cfg->opts[i + HOOKS] == opt)
			return &schema->options[i];
	return NULL;
}

static bool
is_list(const struct brski_conf_option *o)
{
	return o->type == BRSKI_CONF_PATHS || o->type == BRSKI_CONF_WORDS;
}

/* libconfuse calls this for each value as it reads it, so that the line is right. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct brski_conf_option *o = row_of(cfg, opt);
	char allowed[BRSKI_CONF_ALLOWED];
	int64_t ignored;

	if (o == NULL) {
		cfg_error(cfg, "option '%s' belongs into its section", opt->name);
		return -1;
	}
	if (!is_list(o) && (opt->flags & GIVEN) != 0) {
		cfg_error(cfg, "option '%s' is given twice", o->name);
		return -1;
	}
	opt->flags |= GIVEN;
	if (!brski_conf_value(o, value, &ignored)) {
		cfg_error(cfg, "option '%s': '%.24s' is not %s", o->name, value,
		    brski_conf_allowed(o, allowed));
		return -1;
	}
	*(const char **)result = value;
	return 0;
}

static int
on_end(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct parse *p = parse_of(cfg);

	if (cfg->title != NULL) {
		cfg_error(cfg, "section '%s' has no end", cfg->title);
		return -1;
	}
	if (p->ended) {
		cfg_error(cfg, "no such option '%s'", opt->name);
		return -1;
	}
	p->ended = true;
	*(const char **)result = value;
	return 0;
}

static void
free_table(cfg_opt_t *opts)
{
	for (size_t i = 0; opts != NULL && opts[i].name != NULL; i++)
		free_table(opts[i].subopts);
	free(opts);
}

static cfg_opt_t *make_table(const struct brski_conf_schema *schema, struct parse *p);

static bool
make_option(const struct brski_conf_option *o, struct parse *p, cfg_opt_t *to)
{
	const cfg_flag_t titled = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
	cfg_opt_t *sub;

	if (o->type == BRSKI_CONF_SECTION) {
		if ((sub = make_table(o->sub, p)) == NULL)
			return false;
		*to = (cfg_opt_t)CFG_SEC(o->name, sub, titled);
	} else if (is_list(o)) {
		*to = (cfg_opt_t)CFG_STR_LIST_CB(o->name, NULL, CFGF_NODEFAULT, on_value);
	} else {
		*to = (cfg_opt_t)CFG_STR_CB(o->name, NULL, CFGF_NODEFAULT, on_value);
	}
	return true;
}

static cfg_opt_t *
make_table(const struct brski_conf_schema *schema, struct parse *p)
{
	size_t n = 0;
	cfg_opt_t *opts;

	while (schema->options[n].name != NULL)
		n++;
	if ((opts = calloc(n + HOOKS + 1, sizeof(*opts))) == NULL)
		return NULL;
	opts[0] = (cfg_opt_t)CFG_PTR_CB(HOOK_NAME, NULL, CFGF_NODEFAULT, NULL, NULL);
	opts[0].simple_value.ptr = (void **)p;
	opts[1] = (cfg_opt_t)CFG_STR_CB(END_NAME, NULL, CFGF_NODEFAULT, on_end);
	for (size_t i = 0; i < n; i++) {
		if (make_option(&schema->options[i], p, &opts[i + HOOKS]))
			continue;
		free_table(opts);
		return NULL;
	}
	return opts;
}

/* What stands behind a quoted word. */
static char *
skip_quoted(char *s)
{
	char quote = *s++;

	while (*s != '\0' && *s != quote)
		s += *s == '\\' && s[1] != '\0' ? 2 : 1;
	return *s == '\0' ? s : s + 1;
}

/* The end of the comment that begins here, if one does; inside a word a slash is only a slash. */
static char *
comment_end(char *s, bool in_word)
{
	char *end;

	if (*s == '#' || (!in_word && strncmp(s, "//", 2) == 0))
		return s + strcspn(s, "\n");
	if (!in_word && strncmp(s, "/*", 2) == 0 && (end = strstr(s + 2, "*/")) != NULL)
		return end + 2;
	return NULL;
}

/* libconfuse counts lines of comments more than once, and errors then name a line far below. */
static void
blank_comments(char *s)
{
	bool in_word = false;
	char *end;

	while (*s != '\0') {
		if ((end = comment_end(s, in_word)) != NULL) {
			for (; s < end; s++)
				*s = *s == '\n' ? '\n' : ' ';
		} else if (*s == '"' || *s == '\'') {
			s = skip_quoted(s);
			in_word = false;
		} else
			in_word = strchr(" \t\n={}(),+", *s++) == NULL;
	}
}

/* The text with our last line, which stands at its beginning, as a stream to read. */
static enum brski_rc
open_text(const struct parse *p, const char *text, struct brski_buf *copy, FILE **fp)
{
	size_t n = strlen(text);
	bool newline = n == 0 || text[n - 1] == '\n';
	enum brski_rc rc;

	if ((rc = brski_buf_printf(copy, p->err, "%s%s" END_NAME " = yes", text,
	         newline ? "" : "\n")) != BRSKI_OK)
		return rc;
	if (brski_buf_cstr(copy) == NULL)
		return brski_broken(p->err, BRSKI_E_NOMEM, "no memory for %s", p->name);
	blank_comments((char *)copy->p);
	if ((*fp = fmemopen(copy->p, copy->n, "r")) == NULL)
		return brski_broken(p->err, BRSKI_E_NOMEM, "%s: %m", p->name);
	return BRSKI_OK;
}

static enum brski_rc
read_stream(struct parse *p, FILE *fp, cfg_t **cfg)
{
	cfg_opt_t *opts = make_table(p->schema, p);

	*cfg = opts != NULL ? cfg_init(opts, CFGF_NONE) : NULL;
	free_table(opts);
	if (*cfg == NULL)
		return brski_broken(p->err, BRSKI_E_NOMEM, "no memory for %s", p->name);
	(void)cfg_set_error_function(*cfg, on_error);
	if (cfg_parse_fp(*cfg, fp) != CFG_SUCCESS || !p->ended)
		return brski_fail(p->err, BRSKI_E_CONFIG, SPEC, "%.100s:%d: syntax error", p->name,
		    (*cfg)->line);
	return BRSKI_OK;
}

static enum brski_rc
read_text(struct parse *p, const char *text, cfg_t **cfg)
{
	struct brski_buf copy = { .max = 0 };
	FILE *fp = NULL;
	enum brski_rc rc;

	*cfg = NULL;
	if ((rc = open_text(p, text, &copy, &fp)) == BRSKI_OK) {
		rc = read_stream(p, fp, cfg);
		(void)fclose(fp);
	}
	brski_buf_clear(&copy);
	return rc;
}

static char *
copy_path(const struct parse *p, const char *path)
{
	const char *slash = strrchr(p->name, '/');
	char *out;

	if (path[0] == '/' || slash == NULL)
		return strdup(path);
	return asprintf(&out, "%.*s/%s", (int)(slash - p->name), p->name, path) < 0 ? NULL : out;
}

static enum brski_rc
set_text(const struct parse *p, const struct brski_conf_option *o, const char *text, char **to)
{
	if (*text == '\0')
		return BRSKI_OK; /* may be left out: stays NULL */
	*to = o->type == BRSKI_CONF_STRING || o->type == BRSKI_CONF_WORDS ? strdup(text)
	                                                                  : copy_path(p, text);
	if (*to == NULL)
		return brski_broken(p->err, BRSKI_E_NOMEM, "no memory for %s", p->name);
	return BRSKI_OK;
}

static enum brski_rc
add_text(const struct parse *p, const struct brski_conf_option *o, const char *text,
    struct brski_conf_list *list)
{
	char **v;

	if ((v = realloc(list->v, (list->n + 1) * sizeof(*v))) == NULL)
		return brski_broken(p->err, BRSKI_E_NOMEM, "no memory for %s", p->name);
	list->v = v;
	v[list->n] = NULL;
	if (*text == '\0')
		return BRSKI_OK; /* the default of a list that may be empty */
	list->n++;
	return set_text(p, o, text, &v[list->n - 1]);
}

/* text has passed on_value() or is a default of ours. */
static enum brski_rc
set_value(const struct parse *p, const struct brski_conf_option *o, const char *text, void *member)
{
	int64_t v;

	(void)brski_conf_value(o, text, &v);
	switch (o->type) {
	case BRSKI_CONF_PATHS:
	case BRSKI_CONF_WORDS:
		return add_text(p, o, text, member);
	case BRSKI_CONF_INT:
	case BRSKI_CONF_DURATION:
		*(int64_t *)member = v;
		return BRSKI_OK;
	case BRSKI_CONF_BOOL:
		*(bool *)member = v != 0;
		return BRSKI_OK;
	case BRSKI_CONF_ENUM:
		*(int *)member = (int)v;
		return BRSKI_OK;
	default:
		return set_text(p, o, text, member);
	}
}

static enum brski_rc
fill_option(const struct parse *p, const struct brski_conf_option *o, const cfg_t *cfg,
    cfg_opt_t *opt, void *member)
{
	unsigned n = cfg_opt_size(opt);
	enum brski_rc rc = BRSKI_OK;

	if (n == 0 && o->def == NULL)
		return brski_fail(p->err, BRSKI_E_CONFIG, SPEC,
		    "%.100s:%d: option '%s' is missing%s%s", p->name, cfg->line, o->name,
		    cfg->title != NULL ? " in " : "", cfg->title != NULL ? cfg->title : "");
	if (n == 0)
		return set_value(p, o, o->def, member);
	for (unsigned i = 0; i < n && rc == BRSKI_OK; i++)
		rc = set_value(p, o, cfg_opt_getnstr(opt, i), member);
	return rc;
}

static enum brski_rc fill(const struct parse *p, const struct brski_conf_schema *schema,
    const cfg_t *cfg, void *out);

static enum brski_rc
fill_sections(const struct parse *p, const struct brski_conf_schema *sub, cfg_opt_t *opt,
    struct brski_conf_sections *to)
{
	unsigned n = cfg_opt_size(opt);
	enum brski_rc rc;

	if (n == 0)
		return BRSKI_OK;
	if ((to->v = calloc(n, sub->size)) == NULL)
		return brski_broken(p->err, BRSKI_E_NOMEM, "no memory for %s", p->name);
	for (to->n = 0; to->n < n;) {
		char *one = (char *)to->v + to->n * sub->size;
		cfg_t *section = cfg_opt_getnsec(opt, (unsigned)to->n);

		to->n++; /* from here on brski_conf_clear() frees it */
		if ((*(char **)(void *)one = strdup(section->title)) == NULL)
			return brski_broken(p->err, BRSKI_E_NOMEM, "no memory for %s", p->name);
		if ((rc = fill(p, sub, section, one)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}

static enum brski_rc
fill(const struct parse *p, const struct brski_conf_schema *schema, const cfg_t *cfg, void *out)
{
	enum brski_rc rc = BRSKI_OK;

	for (size_t i = 0; schema->options[i].name != NULL && rc == BRSKI_OK; i++) {
		const struct brski_conf_option *o = &schema->options[i];
		void *member = (char *)out + o->offset;

		if (o->type == BRSKI_CONF_SECTION)
			rc = fill_sections(p, o->sub, &cfg->opts[i + HOOKS], member);
		else
			rc = fill_option(p, o, cfg, &cfg->opts[i + HOOKS], member);
	}
	return rc;
}

enum brski_rc
brski_conf_parse(const char *name, const char *text, const struct brski_conf_schema *schema,
    void *out, struct brski_err *err)
{
	struct parse p = { .name = name, .schema = schema, .err = err };
	cfg_t *cfg;
	enum brski_rc rc;

	memset(out, 0, schema->size);
	if ((rc = read_text(&p, text, &cfg)) != BRSKI_OK ||
	    (rc = fill(&p, schema, cfg, out)) != BRSKI_OK)
		brski_conf_clear(schema, out);
	if (cfg != NULL)
		(void)cfg_free(cfg);
	return rc;
}

static enum brski_rc
parse_bytes(const char *path, struct brski_buf *text, const struct brski_conf_schema *schema,
    void *out, struct brski_err *err)
{
	const char *s = brski_buf_cstr(text);

	if (s == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for %s", path);
	if (strlen(s) != text->n)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "%.100s: a NUL inside", path);
	return brski_conf_parse(path, s, schema, out, err);
}

enum brski_rc
brski_conf_load(const char *path, const struct brski_conf_schema *schema, void *out,
    struct brski_err *err)
{
	struct brski_buf text = { .max = CONF_MAX };
	enum brski_rc rc;

	memset(out, 0, schema->size);
	if ((rc = brski_file_read(path, &text, err)) == BRSKI_OK)
		rc = parse_bytes(path, &text, schema, out, err);
	brski_buf_clear(&text);
	return rc;
}

static void
clear_sections(const struct brski_conf_schema *sub, struct brski_conf_sections *s)
{
	for (size_t i = 0; i < s->n; i++) {
		char *one = (char *)s->v + i * sub->size;

		free(*(char **)(void *)one);
		brski_conf_clear(sub, one);
	}
	free(s->v);
}

void
brski_conf_clear(const struct brski_conf_schema *schema, void *out)
{
	for (const struct brski_conf_option *o = schema->options; o->name != NULL; o++) {
		void *member = (char *)out + o->offset;
		struct brski_conf_list *list = member;

		if (o->type == BRSKI_CONF_SECTION) {
			clear_sections(o->sub, member);
		} else if (is_list(o)) {
			for (size_t i = 0; i < list->n; i++)
				free(list->v[i]);
			free(list->v);
		} else if (o->type == BRSKI_CONF_STRING || o->type == BRSKI_CONF_PATH) {
			free(*(char **)member);
		}
	}
	memset(out, 0, schema->size);
}

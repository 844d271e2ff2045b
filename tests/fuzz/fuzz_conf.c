/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration reader, on a schema with an option of every type. */
#include <stdlib.h>
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct maker {
	char *title, *url;
	struct brski_conf_list anchors;
};
struct conf {
	char *listen, *key;
	int64_t connections, hold;
	bool strict;
	int admission;
	struct brski_conf_sections makers;
};

static const char *const admissions[] = { "any", "listed", "approve", NULL };

static const struct brski_conf_option maker_options[] = {
	{ "url", BRSKI_CONF_STRING, offsetof(struct maker, url), "", 0, 0, NULL, NULL, "" },
	{ "anchors", BRSKI_CONF_PATHS, offsetof(struct maker, anchors), NULL, 0, 0, NULL, NULL,
	    "" },
	{ 0 },
};
static const struct brski_conf_schema maker_schema = { maker_options, sizeof(struct maker) };

static const struct brski_conf_option options[] = {
	{ "listen", BRSKI_CONF_STRING, offsetof(struct conf, listen), "x", 0, 0, NULL, NULL, "" },
	{ "key", BRSKI_CONF_PATH, offsetof(struct conf, key), "k", 0, 0, NULL, NULL, "" },
	{ "connections", BRSKI_CONF_INT, offsetof(struct conf, connections), "64", 1, 1024, NULL,
	    NULL, "" },
	{ "hold", BRSKI_CONF_DURATION, offsetof(struct conf, hold), "4", 0, 0, NULL, NULL, "" },
	{ "strict", BRSKI_CONF_BOOL, offsetof(struct conf, strict), "no", 0, 0, NULL, NULL, "" },
	{ "admission", BRSKI_CONF_ENUM, offsetof(struct conf, admission), "listed", 0, 0,
	    admissions, NULL, "" },
	{ "maker", BRSKI_CONF_SECTION, offsetof(struct conf, makers), NULL, 0, 0, NULL,
	    &maker_schema, "" },
	{ 0 },
};
static const struct brski_conf_schema schema = { options, sizeof(struct conf) };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_buf text = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	struct conf c;

	if (brski_buf_append(&text, brski_slice(data, size), NULL) == BRSKI_OK) {
		if (brski_conf_parse("dir/fuzz.conf", brski_buf_cstr(&text), &schema, &c, &err) !=
		        BRSKI_OK &&
		    err.detail[0] == '\0')
			abort(); /* every refusal says why */
		brski_conf_clear(&schema, &c);
	}
	brski_buf_clear(&text);
	return 0;
}

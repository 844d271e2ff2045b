/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration from a schema table: option, type, range, default, help in one place; libconfuse
 * reads the file, errors carry file and line, the same table prints the option list of the manual
 * (brski_conf_describe).
 */
#ifndef BRSKI_CONF_H
#define BRSKI_CONF_H

#include "base/buf.h"

enum brski_conf_type {
	BRSKI_CONF_STRING,   /* char * */
	BRSKI_CONF_PATH,     /* char *; relative to the configuration file's folder */
	BRSKI_CONF_PATHS,    /* struct brski_conf_list */
	BRSKI_CONF_WORDS,    /* struct brski_conf_list; as they stand */
	BRSKI_CONF_INT,      /* int64_t, min..max */
	BRSKI_CONF_DURATION, /* int64_t seconds: "90", "15m", "12h", "30d", "1y" */
	BRSKI_CONF_BOOL,     /* bool */
	BRSKI_CONF_ENUM,     /* int, index in names */
	/* struct brski_conf_sections: titled, repeated sub-sections described by sub */
	BRSKI_CONF_SECTION,
};

struct brski_conf_list {
	char **v;
	size_t n;
};
struct brski_conf_sections {
	/* array of n structs of sub->size bytes; the title is the char * at offset 0 of each */
	void *v;
	size_t n;
};

struct brski_conf_option;
struct brski_conf_schema {
	const struct brski_conf_option *options; /* ends with name NULL */
	size_t size;                             /* of the struct filled */
};
struct brski_conf_option {
	const char *name;
	enum brski_conf_type type;
	size_t offset;
	/*
	 * as it would stand in the file; NULL: required (STRING/PATH with "": may be left out,
	 * stays NULL)
	 */
	const char *def;
	int64_t min, max;
	const char *const *names; /* ENUM */
	const struct brski_conf_schema *sub;
	const char *help; /* one sentence for the manual */
};

/*
 * out is zeroed first; on success brski_conf_clear() frees what it owns, on failure it is empty.
 * One level of sections, each title once; a file of at most 256 KiB. E_CONFIG with
 * "file:line: ..."; load also E_NOT_FOUND, E_IO, E_TOO_LARGE.
 */
enum brski_rc brski_conf_load(const char *path, const struct brski_conf_schema *schema, void *out,
    struct brski_err *err);
/* The same from memory (fuzzing, tests); name stands for the file in errors. */
enum brski_rc brski_conf_parse(const char *name, const char *text,
    const struct brski_conf_schema *schema, void *out, struct brski_err *err);
void brski_conf_clear(const struct brski_conf_schema *schema, void *out);
/* mdoc list items for every option, in order. */
enum brski_rc brski_conf_describe(const struct brski_conf_schema *schema, struct brski_buf *out,
    struct brski_err *err);

#endif

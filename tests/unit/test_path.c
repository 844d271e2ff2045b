/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5280 6, with NIST's cases and with our own. */
#include <stdio.h>
#include <stdlib.h>
#include "tu.h"
#include "crypto/path.h"

#define PKITS_NOW INT64_C(1546300800) /* 2019-01-01: the certificates live from 2010 to 2030 */

static void
add_crl_file(struct brski_crls *list, const char *path)
{
	struct brski_buf der = { .max = BRSKI_CRL_MAX };
	struct brski_err err = { 0 };

	tu_read(path, &der);
	assert_ok(brski_crls_add(list, brski_buf_slice(&der), &err), &err);
	brski_buf_clear(&der);
}

/* "a.crt,b.crt" or "-": each file of that folder into the list that is given. */
static void
add_files(const char *folder, char *names, struct brski_certs *certs, struct brski_crls *crls)
{
	char path[256], *name, *rest = NULL;

	for (name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
		if (strcmp(name, "-") == 0)
			continue;
		snprintf(path, sizeof(path), "nist-pkits/%s/%s", folder, name);
		if (certs != NULL)
			tu_add_file(certs, path);
		else
			add_crl_file(crls, path);
	}
}

/* One line of tests.tsv; says whether the outcome is the expected one. */
static bool
run_row(char *line)
{
	struct brski_certs anchors = { 0 }, bag = { 0 }, leaf = { 0 };
	struct brski_crls crls = { 0 };
	struct brski_err err = { 0 };
	char *f[5] = { 0 }, *rest = line;
	bool accepted, good;
	size_t i;

	for (i = 0; i < 5; i++)
		f[i] = strsep(&rest, "\t");
	assert_non_null(f[4]);
	tu_add_file(&anchors, "nist-pkits/certs/TrustAnchorRootCertificate.crt");
	add_crl_file(&crls, "nist-pkits/crls/TrustAnchorRootCRL.crl");
	add_files("certs", f[2], &leaf, NULL);
	add_files("certs", f[3], &bag, NULL);
	add_files("crls", f[4], NULL, &crls);

	struct brski_path in = {
		.leaf = &leaf.v[0],
		.untrusted = &bag,
		.anchors = &anchors,
		.crls = &crls,
		.require_crl = true,
		.at = PKITS_NOW,
	};
	accepted = brski_path_validate(&in, NULL, &err) == BRSKI_OK;
	good = accepted == (strcmp(f[1], "accept") == 0) && (accepted || err.spec != NULL);
	if (!good || getenv("PKITS_VERBOSE") != NULL)
		print_message("%s: want %s, is %s %s: %s\n", f[0], f[1], brski_rc_name(err.rc),
		    err.spec != NULL ? err.spec : "", err.detail);
	brski_certs_clear(&anchors);
	brski_certs_clear(&bag);
	brski_certs_clear(&leaf);
	brski_crls_clear(&crls);
	return good;
}

/* RFC 5280 6.1 and 6.3: every row of tests.tsv, as its SOURCE.md says. */
static void
test_pkits(void **state)
{
	struct brski_buf tsv = { .max = BRSKI_BUF_MAX };
	char *text, *line;
	size_t rows = 0, wrong = 0;

	(void)state;
	tu_read("nist-pkits/tests.tsv", &tsv);
	text = strdup(brski_buf_cstr(&tsv));
	assert_non_null(text);
	for (char *rest = text; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '#' && line[0] != '\0') {
			rows++;
			wrong += !run_row(line);
		}
	assert_true(rows > 0);
	assert_int_equal(wrong, 0);
	free(text);
	brski_buf_clear(&tsv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pkits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl cert show|export */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "envelope/envelope.h"
#include "registrar/ctl/admin_client.h"
#include "registrar/ctl/find.h"
#include "registrar/ctl/words.h"

#define OUT_MODE 0644

/* What an answer is about; its text goes to standard output. */
static void
print_certificate(const json_t *c)
{
	static const char *const times[] = { "issued", "not_before", "not_after", "revoke_at",
		"revoked" };
	static const char *const texts[] = { "reason", "subject", "authority", "fingerprint",
		"ski" };
	char text[CTL_HOLDER_MAX];
	size_t i;

	ctl_words_row("serial", "%s", ctl_member(c, "serial"));
	ctl_words_row("of", "%s", ctl_words_holder(c, text));
	ctl_words_row("status", "%s", ctl_member(c, "status"));
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (json_is_string(json_object_get(c, times[i])))
			ctl_words_row(times[i], "%s",
			    ctl_words_time(ctl_member(c, times[i]), text));
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (json_is_string(json_object_get(c, texts[i])))
			ctl_words_row(texts[i], "%s", ctl_member(c, texts[i]));
	fputs(ctl_member(c, "pem"), stdout);
}

int
ctl_cert_show(struct ctl_args *a)
{
	json_t *answer;
	int code;

	if ((code = ctl_find_certificate(a, a->operands.v[0], &answer)) != CTL_OK)
		return code;
	if (a->json)
		return ctl_print_json(answer);
	print_certificate(json_object_get(answer, "certificate"));
	json_decref(answer);
	return CTL_OK;
}

enum format {
	PEM,
	DER,
	PKCS7,
	FORMATS
};

static int
read_format(const struct ctl_args *a, enum format *out)
{
	static const char *const names[] = { "pem", "der", "pkcs7" };
	int i = 0;

	*out = PEM;
	if (a->format == NULL)
		return CTL_OK;
	while (i < FORMATS && strcmp(a->format, names[i]) != 0)
		i++;
	if (i == FORMATS)
		return ctl_usage("--format is one of pem, der, pkcs7");
	*out = (enum format)i;
	if (*out != PEM && a->out == NULL && !a->json && isatty(STDOUT_FILENO))
		return ctl_usage("%s is not for a terminal: say --out FILE", names[i]);
	return CTL_OK;
}

/* Append it in that format. */
static enum brski_rc
encode(enum format format, const char *pem, struct brski_buf *out, struct brski_err *err)
{
	struct brski_certs certs = { 0 };
	enum brski_rc rc;

	if ((rc = brski_certs_add_any(&certs, brski_slice_str(pem), err)) != BRSKI_OK)
		return rc;
	if (format == PKCS7)
		rc = brski_certs_only_encode(&certs, out, err);
	else if (format == DER)
		rc = brski_buf_append(out, certs.v[0].der, err);
	else
		rc = brski_pem_encode("CERTIFICATE", certs.v[0].der, out, err);
	brski_certs_clear(&certs);
	return rc;
}

/* To FILE, or else, but not beside JSON, to standard output. */
static int
put(const struct ctl_args *a, struct brski_slice bytes)
{
	struct brski_err err = { 0 };

	if (a->out != NULL)
		return brski_file_write(a->out, bytes, OUT_MODE, &err) == BRSKI_OK ? CTL_OK
		                                                                   : ctl_fail(&err);
	if (!a->json && (fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n || fflush(stdout) == EOF)) {
		fputs("brskictl: cannot write the result\n", stderr);
		return CTL_USAGE;
	}
	return CTL_OK;
}

static int export(const struct ctl_args *a, enum format format, const json_t *certificate)
{
	struct brski_buf bytes = { 0 };
	struct brski_err err = { 0 };
	int code;

	if (encode(format, ctl_member(certificate, "pem"), &bytes, &err) != BRSKI_OK)
		code = ctl_fail(&err);
	else
		code = put(a, brski_buf_slice(&bytes));
	brski_buf_clear(&bytes);
	return code;
}

int
ctl_cert_export(struct ctl_args *a)
{
	enum format format;
	json_t *answer;
	int code;

	if ((code = read_format(a, &format)) != CTL_OK ||
	    (code = ctl_find_certificate(a, a->operands.v[0], &answer)) != CTL_OK)
		return code;
	code = export(a, format, json_object_get(answer, "certificate"));
	if (code == CTL_OK && a->json)
		return ctl_print_json(answer);
	json_decref(answer);
	return code;
}

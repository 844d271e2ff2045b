/* SPDX-License-Identifier: Apache-2.0 */
#include "tu_rvr.h"

#include <stdio.h>
#include "base/text.h"

const struct brski_format *tu_format = &brski_formats[0];

#define CREATED "2026-06-01T11:59:00Z"

/* Both spellings of a nonce; storage good for as long as the program runs. */
static void
set_nonce(struct brski_voucher *v, const char *text)
{
	static struct {
		const char *text;
		uint8_t raw[BRSKI_NONCE_MAX];
	} known[] = { { TU_NONCE, "0123456789abcdef" }, { TU_NONCE2, "fedcba9876543210" } };
	size_t i = text != NULL && strcmp(text, TU_NONCE2) == 0 ? 1 : 0;

	if (text == NULL)
		return;
	v->nonce = brski_slice(known[i].raw, 16);
	v->nonce_text = brski_slice_str(known[i].text);
}

static struct brski_voucher
request(const char *serial, const char *nonce_text)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER_REQUEST);

	v.serial_number = brski_slice_str(serial);
	v.created_on.text = BRSKI_LIT(CREATED);
	v.created_on.at = TU_NOW - 60;
	v.assertion = BRSKI_ASSERTION_PROXIMITY;
	set_nonce(&v, nonce_text);
	return v;
}

struct brski_voucher
tu_pvr(const char *serial, const char *nonce_text, const struct tu_id *registrar)
{
	struct brski_voucher v = request(serial, nonce_text);

	v.proximity_registrar_cert = tu_cert(registrar)->der;
	return v;
}

struct brski_voucher
tu_rvr(const char *serial, const char *nonce_text, struct brski_slice prior)
{
	struct brski_voucher v = request(serial, nonce_text);

	v.prior_signed_voucher_request = prior;
	return v;
}

static void
seal(const struct brski_voucher *v, const struct tu_id *by, const struct brski_certs *bag,
    struct brski_buf *out)
{
	struct brski_err err = { 0 };

	brski_buf_reset(out);
	assert_ok(brski_artifact_seal(tu_format, v, &by->key, bag, TU_NOW, out, &err), &err);
}

void
tu_seal(const struct brski_voucher *v, const struct tu_id *by, struct brski_buf *out)
{
	seal(v, by, &by->chain, out);
}

void
tu_seal_pvr(const struct brski_voucher *v, const struct tu_id *by, struct brski_buf *out)
{
	seal(v, by, tu_format->pvr_without_certs ? NULL : &by->chain, out);
}

void
tu_seal_rvr(const struct brski_voucher *v, const struct tu_id *by, const struct tu_id *pledge,
    struct brski_buf *out)
{
	size_t i, n = tu_format->rvr_with_pledge && pledge != NULL ? pledge->chain.n : 0;
	struct brski_certs bag = { 0 };

	assert_int_equal(brski_certs_copy(&bag, &by->chain, NULL), BRSKI_OK);
	for (i = 0; i < n; i++)
		if (brski_certs_find(&bag, pledge->chain.v[i].der) == NULL)
			assert_int_equal(brski_certs_add(&bag, pledge->chain.v[i].der, NULL),
			    BRSKI_OK);
	seal(v, by, &bag, out);
	brski_certs_clear(&bag);
}

int
tu_run_each_format(const struct CMUnitTest *tests, size_t n, CMFixtureFunction setup,
    CMFixtureFunction teardown)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < brski_formats_n; i++) {
		tu_format = &brski_formats[i];
		failed += _cmocka_run_group_tests(tu_format->suffix, tests, n, setup, teardown);
	}
	tu_format = &brski_formats[0];
	return failed;
}

void
tu_make_odd(struct brski_buf *wire)
{
	/* after ContentInfo, its OID, [0] and SignedData: the lengths take two bytes each */
	uint8_t *version = wire->p + 4 + 11 + 4 + 4;

	assert_memory_equal(version, "\x02\x01\x03", 3);
	version[2] = 1;
}

void
tu_keep_odd(void *arg, enum brski_level level, const char *line)
{
	struct tu_odd *odd = arg;
	size_t n = strlen(odd->text);

	if (strstr(line, " tolerated: ") == NULL)
		return;
	assert_int_equal(level, BRSKI_LOG_INFO);
	odd->n++;
	snprintf(odd->text + n, sizeof(odd->text) - n, "%s\n", line);
}

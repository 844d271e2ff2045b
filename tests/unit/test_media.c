/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of media types that routes name are the tables, in their order. */
#include "message/certs_media.h"
#include "message/format.h"
#include "message/media.h"
#include "message/status.h"
#include "tu.h"

static void
voucher_formats(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < brski_formats_n; i++)
		assert_string_equal(brski_voucher_media[i], brski_formats[i].media_type);
	assert_null(brski_voucher_media[i]);
}

static void
status_forms(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < brski_status_forms_n; i++)
		assert_string_equal(brski_status_media[i], brski_status_forms[i].media_type);
	assert_null(brski_status_media[i]);
}

static void
certs_forms(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < brski_certs_forms_n; i++)
		assert_string_equal(brski_certs_media[i], brski_certs_forms[i].media_type);
	assert_null(brski_certs_media[i]);
}

/* A format's telemetry is one that we read. */
static void
status_of_formats(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < brski_formats_n; i++)
		assert_non_null(
		    brski_status_form_find(brski_slice_str(brski_formats[i].status_media)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(voucher_formats),
		cmocka_unit_test(status_forms),
		cmocka_unit_test(certs_forms),
		cmocka_unit_test(status_of_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

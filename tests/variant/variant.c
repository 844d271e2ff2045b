/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked with each libpledge there is, built with the same macros: the tables have the rows that
 * the build has and no others, and the whole engine links with the libraries that the build needs.
 */
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include "message/certs_media.h"
#include "message/status.h"
#include "message/with.h"
#include "pledge/pledge.h"

static int failed;

static void
check(const char *what, bool has, bool want)
{
	if (has == want)
		return;
	failed = 1;
	printf("FAILED: %s is %s\n", what, has ? "there" : "not there");
}

static bool
has_format(const char *media)
{
	return brski_format_find(brski_slice_str(media)) != NULL;
}

static bool
has_status(const char *media)
{
	return brski_status_form_find(brski_slice_str(media)) != NULL;
}

static bool
has_certs(const char *media)
{
	return brski_certs_form_find(brski_slice_str(media)) != NULL;
}

/* Without a heap there is memory only where malloc() is. */
static void
check_memory(void)
{
	static alignas(max_align_t) uint8_t arena[1024];
	void *p = brski_heap_alloc(NULL, 1);

#ifdef BRSKI_NO_MALLOC
	check("memory without a heap", p != NULL, false);
#else
	check("memory without a heap", p != NULL, true);
#endif
	brski_heap_free(NULL, p);
	check("memory in an arena",
	    brski_heap_alloc(brski_heap_init(arena, sizeof(arena)), 100) != NULL, true);
}

/* An identity without a serial number ends it at once; what counts is that all of it links. */
static void
check_engine(void)
{
	static struct pledge p;
	static struct brski_cert cert;
	struct brski_certs idevid = { .v = &cert, .n = 1 }, anchors = { 0 };
	struct pledge_conf conf = { .idevid = &idevid, .anchors = &anchors };
	struct pledge_port port = { .arg = NULL };
	struct brski_err err = { 0 };
	uint32_t wait_ms;

	if (pledge_init(&p, &port, &conf, &err) == BRSKI_OK)
		(void)pledge_step(&p, &wait_ms, &err);
	check("a pledge without a serial number", err.rc != BRSKI_E_SERIAL, false);
}

int
main(void)
{
	check("CMS", has_format("application/voucher-cms+json"), BRSKI_WITH_CMS);
	check("COSE", has_format("application/voucher+cose"), BRSKI_WITH_COSE);
	check("JSON telemetry", has_status("application/json"), BRSKI_WITH_CMS);
	check("CBOR telemetry", has_status("application/cbor"), BRSKI_WITH_COSE);
	check("PKCS#7", has_certs("application/pkcs7-mime"), BRSKI_WITH_CMS);
	check("multipart-core", has_certs("application/multipart-core"), BRSKI_WITH_COSE);
	check("a certificate alone", has_certs("application/pkix-cert"), true);
	check_memory();
	check_engine();
	return failed;
}

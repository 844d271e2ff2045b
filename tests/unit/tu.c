/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "tu.h"
#include "base/file.h"
#include "base/text.h"

static const char *const local_names[] = { "localhost", "127.0.0.1", "::1", NULL };

void
tu_id_clear(struct tu_id *id)
{
	brski_key_clear(&id->key);
	brski_certs_clear(&id->chain);
}

struct brski_slice
tu_name(const char *cn, const char *serial)
{
	static uint8_t store[16][256];
	static unsigned next;
	struct brski_attr attrs[] = {
		{ BRSKI_OID_O, BRSKI_LIT("Quayside test") },
		{ BRSKI_OID_CN, brski_slice_str(cn) },
		{ BRSKI_OID_SERIAL, brski_slice_str(serial) },
	};
	struct brski_err err = { 0 };
	struct brski_buf out = brski_buf_fixed(store[next], sizeof(store[next]));

	next = (next + 1) % 16;
	assert_ok(brski_name_encode(attrs, serial != NULL ? 3 : 2, &out, &err), &err);
	return brski_buf_slice(&out);
}

struct brski_cert_facts
tu_facts(const char *cn)
{
	return (struct brski_cert_facts){
		.subject = tu_name(cn, NULL),
		.not_before = TU_FROM,
		.not_after = TU_TO,
		.path_len = -1,
		.key_usage = BRSKI_KU_DIGITAL_SIGNATURE,
		.ski = true,
		.aki = true,
	};
}

void
tu_issue(struct tu_id *id, const struct tu_id *issuer, struct brski_cert_facts *f)
{
	const struct tu_id *by = issuer != NULL ? issuer : id;
	struct brski_buf der = { .max = BRSKI_CERT_MAX };
	struct brski_err err = { 0 };

	if (id->key.ops == NULL)
		assert_ok(brski_key_generate(BRSKI_KEY_P256, &id->key, &err), &err);
	if (!brski_slice_present(f->spki))
		f->spki = brski_key_spki(&id->key);
	if (f->serial_n == 0)
		brski_cert_serial_random(f);

	assert_ok(brski_cert_issue(f, issuer != NULL ? &issuer->chain.v[0] : NULL, &by->key, &der,
	              &err),
	    &err);
	assert_ok(brski_certs_add(&id->chain, brski_buf_slice(&der), &err), &err);
	if (issuer != NULL)
		assert_ok(brski_certs_copy(&id->chain, &issuer->chain, &err), &err);
	brski_buf_clear(&der);
}

static void
issue_ca(struct tu_id *id, const struct tu_id *issuer, const char *cn)
{
	struct brski_cert_facts f = tu_facts(cn);

	f.basic_constraints = true;
	f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN;
	tu_issue(id, issuer, &f);
}

void
tu_ca(struct tu_id *id, const char *cn)
{
	issue_ca(id, NULL, cn);
}

void
tu_subca(struct tu_id *id, const struct tu_id *issuer, const char *cn)
{
	issue_ca(id, issuer, cn);
}

void
tu_idevid(struct tu_id *id, const struct tu_id *mfr, const char *serial, const char *masa_url)
{
	struct brski_cert_facts f = tu_facts("device");

	f.subject = tu_name("device", serial);
	f.not_after = BRSKI_TIME_FOREVER;
	f.key_usage = 0;
	f.masa_url = brski_slice_str(masa_url);
	f.hw_type = "1.3.6.1.4.1.32473.1";
	f.hw_serial = brski_slice_str(serial);
	tu_issue(id, mfr, &f);
}

void
tu_registrar(struct tu_id *id, const struct tu_id *domain)
{
	struct brski_cert_facts f = tu_facts("registrar");

	f.eku = BRSKI_EKU_CMC_RA | BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH;
	f.dns = local_names;
	tu_issue(id, domain, &f);
}

void
tu_successor(struct tu_id *id, const struct tu_id *old, const struct tu_id *new)
{
	struct brski_cert_facts f = tu_facts("NewWithOld");
	struct tu_id cross = { .key = new->key }, ra = { 0 };

	f.subject = tu_cert(new)->subject;
	f.spki = brski_key_spki(&new->key);
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN;
	tu_issue(&cross, old, &f);
	tu_registrar(&ra, new);
	id->key = ra.key;
	tu_add(&id->chain, &ra);
	tu_add(&id->chain, &cross);
	tu_add(&id->chain, new);
	tu_add(&id->chain, old);
	brski_certs_clear(&cross.chain);
	brski_certs_clear(&ra.chain);
}

void
tu_masa(struct tu_id *id, const struct tu_id *mfr)
{
	struct brski_cert_facts f = tu_facts("voucher signer");

	tu_issue(id, mfr, &f);
}

void
tu_server(struct tu_id *id, const struct tu_id *issuer, const char *cn)
{
	struct brski_cert_facts f = tu_facts(cn);

	f.eku = BRSKI_EKU_SERVER_AUTH;
	f.dns = local_names;
	tu_issue(id, issuer, &f);
}

void
tu_ldevid(struct tu_id *id, const struct tu_id *domain, const char *serial)
{
	struct brski_cert_facts f = tu_facts("device");

	f.subject = tu_name("device", serial);
	f.eku = BRSKI_EKU_CLIENT_AUTH | BRSKI_EKU_SERVER_AUTH;
	tu_issue(id, domain, &f);
}

const struct brski_cert *
tu_cert(const struct tu_id *id)
{
	assert_true(id->chain.n > 0);
	return &id->chain.v[0];
}

void
tu_add(struct brski_certs *list, const struct tu_id *id)
{
	struct brski_err err = { 0 };

	assert_ok(brski_certs_add(list, tu_cert(id)->der, &err), &err);
}

void
tu_add_file(struct brski_certs *list, const char *path)
{
	struct brski_buf text = { .max = BRSKI_BUF_MAX };
	struct brski_err err = { 0 };

	tu_read(path, &text);
	assert_ok(brski_certs_add_any(list, brski_buf_slice(&text), &err), &err);
	brski_buf_clear(&text);
}

void
tu_pem(const struct tu_id *id, bool whole_chain, struct brski_buf *out)
{
	struct brski_err err = { 0 };
	size_t i, n = whole_chain ? id->chain.n : 1;

	assert_true(id->chain.n > 0);
	for (i = 0; i < n; i++)
		assert_ok(brski_pem_encode("CERTIFICATE", id->chain.v[i].der, out, &err), &err);
}

void
tu_read(const char *path, struct brski_buf *out)
{
	char full[1024];
	struct brski_err err = { 0 };
	const char *dir = getenv("QUAYSIDE_VECTORS");

	snprintf(full, sizeof(full), "%s/%s", dir != NULL ? dir : "", path);
	if (dir == NULL || access(full, R_OK) != 0)
		snprintf(full, sizeof(full), "%s/%s", TEST_DATA, path);
	assert_ok(brski_file_read(full, out, &err), &err);
}

void
tu_assert_ok(enum brski_rc rc, struct brski_err *err, const char *what, const char *file, int line)
{
	if (rc != BRSKI_OK) {
		print_error("%s:%d: %s: %s, %s: %s\n", file, line, what, brski_rc_name(rc),
		    err->spec != NULL ? err->spec : "broken", err->detail);
		_fail(file, line);
	}
}

void
tu_assert_refused(enum brski_rc rc, enum brski_rc want, const char *clause, struct brski_err *err,
    const char *what, const char *file, int line)
{
	bool good = rc == want && err->rc == want && err->spec != NULL && err->detail[0] != '\0' &&
	    (clause == NULL || strcmp(err->spec, clause) == 0);

	if (!good) {
		print_error("%s:%d: %s: want %s by %s, is %s (err %s), %s: \"%s\"\n", file, line,
		    what, brski_rc_name(want), clause != NULL ? clause : "a clause",
		    brski_rc_name(rc), brski_rc_name(err->rc),
		    err->spec != NULL ? err->spec : "no spec", err->detail);
		_fail(file, line);
	}
	memset(err, 0, sizeof(*err));
}

void
tu_assert_broken(enum brski_rc rc, enum brski_rc want, struct brski_err *err, const char *what,
    const char *file, int line)
{
	if (rc != want || err->rc != want || err->spec != NULL) {
		print_error("%s:%d: %s: want %s without a clause, is %s, %s: \"%s\"\n", file, line,
		    what, brski_rc_name(want), brski_rc_name(rc),
		    err->spec != NULL ? err->spec : "no spec", err->detail);
		_fail(file, line);
	}
	memset(err, 0, sizeof(*err));
}

void
tu_assert_slice_eq(struct brski_slice a, struct brski_slice b, const char *what, const char *file,
    int line)
{
	struct brski_buf ha = { 0 }, hb = { 0 };

	if (!brski_slice_eq(a, b)) {
		(void)!brski_hex_encode(a, &ha, NULL);
		(void)!brski_hex_encode(b, &hb, NULL);
		print_error("%s:%d: %s: %s != %s\n", file, line, what, brski_buf_cstr(&ha),
		    brski_buf_cstr(&hb));
		_fail(file, line);
	}
}

struct brski_slice
tu_hex(const char *text)
{
	static uint8_t room[4096];
	struct brski_buf out = brski_buf_fixed(room, sizeof(room));
	struct brski_err err = { 0 };

	assert_ok(brski_hex_decode(brski_slice_str(text), &out, &err), &err);
	return brski_buf_slice(&out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates in DER, PEM or base64. All slices of one that decodes stay inside it, and what it
 * says about itself fits together.
 */
#include <stdlib.h>
#include "crypto/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(const struct brski_cert *c, struct brski_slice s)
{
	if (s.p != NULL && (s.p < c->der.p || s.n > (size_t)(c->der.p + c->der.n - s.p)))
		abort();
}

static void
check(const struct brski_cert *c)
{
	const struct brski_slice all[] = { c->tbs, c->serial, c->issuer, c->subject, c->spki,
		c->key, c->sig, c->ski, c->aki, c->aki_extn, c->san, c->masa_url, c->serial_number,
		c->hw_serial, c->crl_url, c->crl_points, c->unknown_critical };
	struct brski_buf issuer = { 0 };
	struct brski_slice serial;
	uint8_t id[64];
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_inside(c, all[i]);
	(void)brski_name_text(c->issuer, text, sizeof(text));
	(void)brski_name_text(c->subject, text, sizeof(text));
	(void)brski_cert_self_issued(c);
	(void)brski_cert_domain_id(c, id);
	if (!brski_name_eq(c->subject, c->subject) ||
	    brski_cert_idevid_issuer(c, &issuer, NULL) != BRSKI_OK ||
	    (c->aki.p != NULL &&
	        !brski_slice_eq(brski_idevid_issuer_keyid(brski_buf_slice(&issuer)), c->aki)))
		abort();
	(void)!brski_cert_device_serial(c, BRSKI_SERIAL_FROM_SUBJECT, &serial, NULL);
	(void)!brski_cert_device_serial(c, BRSKI_SERIAL_FROM_HW_MODULE_NAME, &serial, NULL);
	brski_buf_clear(&issuer);
}

/* As its own anchor it is accepted; where it is the anchor of the others, nothing may break. */
static void
check_path(const struct brski_certs *list)
{
	struct brski_path in = { .leaf = &list->v[0],
		.untrusted = list,
		.anchors = list,
		.at = BRSKI_TIME_UNKNOWN };

	if (brski_path_validate(&in, NULL, NULL) != BRSKI_OK)
		abort();
	in.leaf = &list->v[list->n - 1];
	in.at = 0;
	(void)!brski_path_validate(&in, NULL, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_certs list = { 0 };
	size_t i;

	if (brski_certs_add_any(&list, brski_slice(data, size), NULL) == BRSKI_OK) {
		for (i = 0; i < list.n; i++)
			check(&list.v[i]);
		check_path(&list);
	}
	(void)brski_idevid_issuer_keyid(brski_slice(data, size));
	(void)brski_name_eq(brski_slice(data, size / 2),
	    brski_slice(data + size / 2, size - size / 2));
	brski_certs_clear(&list);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include "asn1/asn1.h"

extern const asn1_static_node pkix_tab[];

/* Built once, then only read: the one cache that common/ keeps. */
static asn1_node schema;
static pthread_once_t schema_once = PTHREAD_ONCE_INIT;

static void
schema_build(void)
{
	/* On failure schema stays NULL and every use of it fails. */
	(void)asn1_array2tree(pkix_tab, &schema, NULL);
}

enum brski_rc
brski_asn1_new(const char *type, asn1_node *out, struct brski_err *err)
{
	char name[64];
	int rc;

	*out = NULL;
	pthread_once(&schema_once, schema_build);
	snprintf(name, sizeof(name), "PKIX.%s", type);
	if ((rc = asn1_create_element(schema, name, out)) != ASN1_SUCCESS)
		return brski_broken(err, BRSKI_E_NOMEM, "%s: %s", name, asn1_strerror(rc));
	return BRSKI_OK;
}

void
brski_asn1_free(asn1_node *n)
{
	if (*n != NULL)
		asn1_delete_structure(n);
}

enum brski_rc
brski_asn1_decode(const char *type, struct brski_slice der, const char *spec, asn1_node *out,
    struct brski_err *err)
{
	char why[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
	asn1_node n = NULL;
	enum brski_rc rc;
	int len = (int)der.n, res;

	*out = NULL;
	if (der.n > INT32_MAX || !brski_der_is_strict(der))
		return brski_fail(err, BRSKI_E_MALFORMED, spec,
		    "%s: not one DER element and nothing after it", type);
	if ((rc = brski_asn1_new(type, &n, err)) != BRSKI_OK)
		return rc;
	res = asn1_der_decoding2(&n, der.p, &len, ASN1_DECODE_FLAG_STRICT_DER, why);
	if (res == ASN1_MEM_ALLOC_ERROR)
		return brski_broken(err, BRSKI_E_NOMEM, "%s: out of memory", type);
	if (res != ASN1_SUCCESS)
		return brski_fail(err, BRSKI_E_MALFORMED, spec, "%s: %s %s", type,
		    asn1_strerror(res), why);
	*out = n;
	return BRSKI_OK;
}

enum brski_rc
brski_asn1_encode(asn1_node n, const char *path, struct brski_buf *out, struct brski_err *err)
{
	char why[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
	enum brski_rc rc;
	uint8_t *p;
	int len = 0, res;

	(void)asn1_der_coding(n, path, NULL, &len, why);
	if ((rc = brski_buf_reserve(out, (size_t)len, &p, err)) != BRSKI_OK)
		return rc;
	if ((res = asn1_der_coding(n, path, p, &len, why)) != ASN1_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "encode %s: %s %s", path,
		    asn1_strerror(res), why);
	brski_buf_commit(out, (size_t)len);
	return BRSKI_OK;
}

static unsigned
type_at(asn1_node n, const char *path)
{
	asn1_data_node_st info = { 0 };
	asn1_node at = asn1_find_node(n, path);

	if (at == NULL || asn1_read_node_value(at, &info) != ASN1_SUCCESS)
		return ASN1_ETYPE_INVALID;
	return info.type;
}

/* libtasn1 counts an EXPLICIT tag to its element: take it off, unless that is a SEQUENCE. */
static struct brski_slice
strip_explicit(asn1_node n, const char *path, struct brski_slice tlv)
{
	struct brski_slice rest = tlv, content = tlv;
	uint8_t tag;
	int len = 0;

	switch (type_at(n, path)) {
	case ASN1_ETYPE_SEQUENCE:
	case ASN1_ETYPE_SEQUENCE_OF:
	case ASN1_ETYPE_SET:
	case ASN1_ETYPE_SET_OF:
	case ASN1_ETYPE_CHOICE:
		return tlv;
	case ASN1_ETYPE_ANY: /* may itself begin with a context tag: only its length tells */
		if (asn1_read_value(n, path, NULL, &len) == ASN1_MEM_ERROR && (size_t)len < tlv.n)
			return brski_slice(tlv.p + (tlv.n - (size_t)len), (size_t)len);
		return tlv;
	default: /* DER has no constructed primitives */
		if ((tlv.p[0] & BRSKI_DER_CONSTRUCTED) != 0)
			(void)brski_der_next(&rest, &tag, &content, NULL);
		return content;
	}
}

struct brski_slice
brski_asn1_tlv(asn1_node n, struct brski_slice der, const char *path)
{
	int start, end;

	/* What is left out stands at 0..0; a TLV has two octets at least. */
	if (asn1_der_decoding_startEnd(n, der.p, (int)der.n, path, &start, &end) != ASN1_SUCCESS ||
	    end <= start || (size_t)end >= der.n)
		return (struct brski_slice){ NULL, 0 };
	return strip_explicit(n, path, brski_slice(der.p + start, (size_t)(end - start) + 1));
}

struct brski_slice
brski_asn1_content(asn1_node n, struct brski_slice der, const char *path)
{
	struct brski_slice tlv = brski_asn1_tlv(n, der, path), content;
	uint8_t tag;

	if (!brski_slice_present(tlv) || brski_der_next(&tlv, &tag, &content, NULL) != BRSKI_OK)
		return (struct brski_slice){ NULL, 0 };
	if (tag == BRSKI_DER_BIT_STRING) {
		if (content.p[0] != 0)
			return (struct brski_slice){ NULL, 0 };
		content = brski_slice(content.p + 1, content.n - 1);
	}
	return content;
}

bool
brski_asn1_present(asn1_node n, const char *path)
{
	int start, end;

	return asn1_der_decoding_startEnd(n, NULL, 0, path, &start, &end) == ASN1_SUCCESS &&
	    end > start;
}

bool
brski_asn1_oid(asn1_node n, const char *path, char *dst, size_t cap)
{
	int len = (int)cap;

	return asn1_read_value(n, path, dst, &len) == ASN1_SUCCESS;
}

int
brski_asn1_count(asn1_node n, const char *path)
{
	int count = 0;

	if (asn1_number_of_elements(n, path, &count) != ASN1_SUCCESS)
		return 0;
	return count;
}

static enum brski_rc
write_value(asn1_node n, const char *path, const void *p, int len, struct brski_err *err)
{
	int res = asn1_write_value(n, path, p, len);

	if (res != ASN1_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "write %s: %s", path,
		    asn1_strerror(res));
	return BRSKI_OK;
}

enum brski_rc
brski_asn1_write(asn1_node n, const char *path, struct brski_slice value, struct brski_err *err)
{
	int len = (int)value.n;

	/* libtasn1 counts a BIT STRING in bits. */
	return write_value(n, path, value.p,
	    type_at(n, path) == ASN1_ETYPE_BIT_STRING ? len * 8 : len, err);
}

enum brski_rc
brski_asn1_write_str(asn1_node n, const char *path, const char *value, struct brski_err *err)
{
	return write_value(n, path, value, (int)strlen(value), err);
}

enum brski_rc
brski_asn1_omit(asn1_node n, const char *path, struct brski_err *err)
{
	return write_value(n, path, NULL, 0, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Media types of vouchers: media type -> (envelope, encoding) is a table. Adding a row adds a
 * format everywhere.
 */
#ifndef BRSKI_FORMAT_H
#define BRSKI_FORMAT_H

#include "base/log.h"
#include "envelope/envelope.h"
#include "voucher/voucher.h"

struct brski_format {
	const char *media_type;                /* "application/voucher-cms+json" */
	const char *suffix;                    /* "vcj" */
	unsigned content_format;               /* CoAP; 0: none */
	bool (*fits)(struct brski_slice wire); /* could these bytes be of this format? */
	enum brski_rc (*open)(struct brski_slice wire, const struct brski_certs *context,
	    bool strict, struct brski_signed *out, struct brski_err *err);
	/* for people: brski_cms_look() */
	enum brski_rc (*look)(struct brski_slice wire, const struct brski_certs *context,
	    struct brski_signed *out, struct brski_err *verdict, struct brski_err *err);
	enum brski_rc (*seal)(struct brski_slice payload, const struct brski_key *key,
	    const struct brski_certs *certs, int64_t signing_time, struct brski_buf *out,
	    struct brski_err *err);
	/* in is borrowed as long as *out is used */
	enum brski_rc (
	    *decode)(struct brski_slice in, struct brski_voucher *out, struct brski_err *err);
	enum brski_rc (
	    *encode)(const struct brski_voucher *v, struct brski_buf *out, struct brski_err *err);
	/*
	 * What a registrar passes on of a MASA's voucher, appended to out; NULL: every byte of it,
	 * RFC 8995 5.6. COSE: without the unprotected x5bag and x5chain, cBRSKI 9.2.
	 */
	enum brski_rc (
	    *forward)(struct brski_slice wire, struct brski_buf *out, struct brski_err *err);
	const char *status_media; /* telemetry of devices that use this format, cBRSKI 12.3 */
	bool pvr_without_certs;   /* the DTLS client certificate says who signed, cBRSKI 9.2 */
	bool rvr_with_pledge;     /* the pledge's chain goes into the RVR's bag, cBRSKI 9.2 */
};

extern const struct brski_format brski_formats[];
extern const size_t brski_formats_n;
/* By type/subtype, case-insensitive, parameters ignored; NULL: not a voucher format. */
const struct brski_format *brski_format_find(struct brski_slice media_type);
/* Guess from the first bytes (files): a DER SEQUENCE, a CBOR tag or array. NULL: none fits. */
const struct brski_format *brski_format_sniff(struct brski_slice wire);

/*
 * A signed voucher or voucher-request, opened: signature checked against its own signer, payload
 * decoded, nothing judged.
 */
struct brski_artifact {
	const struct brski_format *format;
	struct brski_signed env;
	struct brski_voucher v;
};
/*
 * wire is borrowed as long as *out is used. kind is what must stand inside (E_MALFORMED otherwise).
 * *out is zero before, or only env.certs.heap is set, where then lives what is allocated. Errors of
 * open and decode. On failure *out is empty.
 */
enum brski_rc brski_artifact_open(const struct brski_format *f, struct brski_slice wire,
    const struct brski_certs *context, bool strict, enum brski_voucher_kind kind,
    struct brski_artifact *out, struct brski_err *err);
void brski_artifact_clear(struct brski_artifact *a);
/* For each oddity a line like *line: its msg, which says what this is, and what was tolerated. */
void brski_artifact_log_odd(const struct brski_artifact *a, const struct brski_log *log,
    const struct brski_entry *line);
/* Encode and sign. Appended to out. */
enum brski_rc brski_artifact_seal(const struct brski_format *f, const struct brski_voucher *v,
    const struct brski_key *key, const struct brski_certs *certs, int64_t signing_time,
    struct brski_buf *out, struct brski_err *err);

#endif

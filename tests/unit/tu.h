/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help for unit tests: a PKI in memory with fresh keys, test data, and assertions about refusals.
 * Everything here fails the running test instead of returning an error. cmocka.h comes with this.
 */
#ifndef TU_H
#define TU_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/issue.h"
#include "crypto/key.h"

/* Certificates made here live from 2020 to 2049: valid at TU_NOW and by the system's clock. */
#define TU_NOW      INT64_C(1780315200) /* 2026-06-01T12:00:00Z */
#define TU_FROM     INT64_C(1577836800)
#define TU_TO       INT64_C(2524521599)
#define TU_DAY      INT64_C(86400)
#define TU_MASA_URL "masa.example.com:9443"

/* Who somebody is: chain.v[0] is the own certificate, then issuers up to the root. Zeroed first. */
struct tu_id {
	struct brski_key key;
	struct brski_certs chain;
};

void tu_id_clear(struct tu_id *id);

void tu_ca(struct tu_id *id, const char *cn);
void tu_subca(struct tu_id *id, const struct tu_id *issuer, const char *cn);
/* Subject serialNumber and hardwareModuleName both hold serial; till 9999. masa_url may be NULL. */
void tu_idevid(struct tu_id *id, const struct tu_id *mfr, const char *serial, const char *masa_url);
/* cmcRA, serverAuth, clientAuth; SAN localhost, 127.0.0.1, ::1. */
void tu_registrar(struct tu_id *id, const struct tu_id *domain);
/*
 * The registrar of a domain whose CA has rolled over from old to new, RFC 4210 4.4: its chain is
 * [registrar, NewWithOld, NewWithNew, OldWithOld]. Both CAs have one name.
 */
void tu_successor(struct tu_id *id, const struct tu_id *old, const struct tu_id *new);
/* The voucher signer. */
void tu_masa(struct tu_id *id, const struct tu_id *mfr);
/* A TLS server; SAN localhost, 127.0.0.1, ::1. */
void tu_server(struct tu_id *id, const struct tu_id *issuer, const char *cn);
void tu_ldevid(struct tu_id *id, const struct tu_id *domain, const char *serial);

/*
 * Any certificate: start from tu_facts(), change what the test is about, issue. What is left empty
 * is filled in: the key (made unless id has one), spki, the certificate's serial number. issuer
 * NULL: self-signed; else the issuer's chain is appended.
 */
struct brski_cert_facts tu_facts(const char *cn); /* end entity, digitalSignature, SKI and AKI */
void tu_issue(struct tu_id *id, const struct tu_id *issuer, struct brski_cert_facts *f);

/* "O=Quayside test, CN=cn[, serialNumber=serial]"; static storage, good for the next 16 calls. */
struct brski_slice tu_name(const char *cn, const char *serial);
const struct brski_cert *tu_cert(const struct tu_id *id); /* the own certificate */
/* Append one identity's own certificate, or a PEM/DER file below TEST_DATA. */
void tu_add(struct brski_certs *list, const struct tu_id *id);
void tu_add_file(struct brski_certs *list, const char *path);
/* The own certificate, or the whole chain, as PEM. */
void tu_pem(const struct tu_id *id, bool whole_chain, struct brski_buf *out);

/* Append a file below TEST_DATA; one of that name in the folder QUAYSIDE_VECTORS comes first. */
void tu_read(const char *path, struct brski_buf *out);

/*
 * assert_ok(rc, err): accepted, else the cause is printed. assert_refused(rc, want, err): refused
 * with that code, and err names the clause and what was seen. assert_refused_by() wants that very
 * clause. assert_broken(): our own trouble, no clause.
 * rc may be a call that fills err; err is zero before, and zero again afterwards.
 */
#define assert_ok(rc, err) tu_assert_ok((rc), (err), #rc, __FILE__, __LINE__)
#define assert_refused(rc, want, err) \
	tu_assert_refused((rc), (want), NULL, (err), #rc, __FILE__, __LINE__)
#define assert_refused_by(rc, want, clause, err) \
	tu_assert_refused((rc), (want), (clause), (err), #rc, __FILE__, __LINE__)
#define assert_broken(rc, want, err) tu_assert_broken((rc), (want), (err), #rc, __FILE__, __LINE__)
void tu_assert_ok(enum brski_rc rc, struct brski_err *err, const char *what, const char *file,
    int line);
void tu_assert_refused(enum brski_rc rc, enum brski_rc want, const char *clause,
    struct brski_err *err, const char *what, const char *file, int line);
void tu_assert_broken(enum brski_rc rc, enum brski_rc want, struct brski_err *err, const char *what,
    const char *file, int line);

#define assert_slice_eq(a, b) tu_assert_slice_eq((a), (b), #a, __FILE__, __LINE__)
void tu_assert_slice_eq(struct brski_slice a, struct brski_slice b, const char *what,
    const char *file, int line);

/* The bytes that hex digits stand for; they last until the next call. At most 4096. */
struct brski_slice tu_hex(const char *text);

#endif

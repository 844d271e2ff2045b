/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One code, three readers: the program branches on the code, the peer gets the table's status and
 * fixed reason, the operator gets the clause and the values seen. The first cause wins; nothing
 * here allocates.
 *
 * Two ways to fail, because they mean different things:
 *   brski_fail()   a refusal: somebody's input breaks a rule; names the clause. Each such site has
 *                  a test that fails without it (tests/mutate proves that).
 *   brski_broken() our own trouble: memory, disk, a library. No clause, no test per site.
 */
#ifndef BRSKI_ERR_H
#define BRSKI_ERR_H

#define BRSKI_COAP(c, dd) (((c) << 5) | (dd))

/*
 * code, HTTP status, CoAP code, what a peer may read (RFC 8995 5.7: nothing that helps an attacker)
 */
/* clang-format off */
#define BRSKI_ERR_TABLE(X)							\
	X(OK,			200, BRSKI_COAP(2, 4),	"ok")			\
	X(E_PENDING,		202, BRSKI_COAP(5, 3),	"try again later")	\
	X(E_MALFORMED,		400, BRSKI_COAP(4, 0),	"malformed message")	\
	X(E_OPTION,		400, BRSKI_COAP(4, 2),	"option not understood") \
	X(E_UNAUTHENTICATED,	401, BRSKI_COAP(4, 1),	"client certificate required") \
	X(E_PROXIMITY,		401, BRSKI_COAP(4, 1),	"proximity not proven")	\
	X(E_FORBIDDEN,		403, BRSKI_COAP(4, 3),	"not allowed")		\
	X(E_SIGNATURE,		403, BRSKI_COAP(4, 3),	"signature not accepted") \
	X(E_CERTIFICATE,	403, BRSKI_COAP(4, 3),	"certificate not accepted") \
	X(E_EXPIRED,		403, BRSKI_COAP(4, 3),	"certificate or voucher out of its time") \
	X(E_REVOKED,		403, BRSKI_COAP(4, 3),	"certificate revoked")	\
	X(E_SERIAL,		403, BRSKI_COAP(4, 3),	"serial number does not match") \
	X(E_NONCE,		403, BRSKI_COAP(4, 3),	"voucher is not fresh")	\
	X(E_ASSERTION,		403, BRSKI_COAP(4, 3),	"assertion not accepted") \
	X(E_PIN,		403, BRSKI_COAP(4, 3),	"domain is not the pinned one") \
	X(E_OWNED,		403, BRSKI_COAP(4, 3),	"device belongs to another owner") \
	X(E_BLOCKED,		403, BRSKI_COAP(4, 3),	"device is blocked")	\
	X(E_UNKNOWN,		404, BRSKI_COAP(4, 4),	"device or manufacturer unknown") \
	X(E_NOT_FOUND,		404, BRSKI_COAP(4, 4),	"no such resource")	\
	X(E_METHOD,		405, BRSKI_COAP(4, 5),	"method not allowed")	\
	X(E_NOT_ACCEPTABLE,	406, BRSKI_COAP(4, 6),	"no such representation") \
	X(E_SLOW,		408, BRSKI_COAP(4, 8),	"request took too long") \
	X(E_INCOMPLETE,		408, BRSKI_COAP(4, 8),	"blocks are missing")	\
	X(E_CONFLICT,		409, BRSKI_COAP(4, 9),	"conflicts with what is recorded") \
	X(E_TOO_LARGE,		413, BRSKI_COAP(4, 13),	"message too large")	\
	X(E_MEDIA_TYPE,		415, BRSKI_COAP(4, 15),	"media type not supported") \
	X(E_BUSY,		429, BRSKI_COAP(4, 29),	"too many requests")	\
	X(E_INTERNAL,		500, BRSKI_COAP(5, 0),	"internal error")	\
	X(E_CONFIG,		500, BRSKI_COAP(5, 0),	"configuration error")	\
	X(E_IO,			500, BRSKI_COAP(5, 0),	"input or output failed") \
	X(E_UPSTREAM,		502, BRSKI_COAP(5, 2),	"upstream answer not accepted") \
	X(E_PROXY,		400, BRSKI_COAP(5, 5),	"no proxy")		\
	X(E_UNAVAILABLE,	503, BRSKI_COAP(5, 3),	"not available now")	\
	X(E_NOMEM,		503, BRSKI_COAP(5, 3),	"out of memory")	\
	X(E_TIMEOUT,		504, BRSKI_COAP(5, 4),	"upstream did not answer")
/* clang-format on */

enum brski_rc {
#define X(code, http, coap, text) BRSKI_##code,
	BRSKI_ERR_TABLE(X)
#undef X
	BRSKI_RC_COUNT
};

struct brski_err {
	enum brski_rc rc;
	const char *spec; /* clause, static storage: "RFC 8995 5.6.1"; NULL from brski_broken() */
	/* values seen, printable ASCII only; for the log, never for the peer */
	char detail[192];
};

/*
 * A refusal. Fill err unless it is NULL or already holds a cause; returns rc, so: return
 * brski_fail(...).
 */
enum brski_rc brski_fail(struct brski_err *err, enum brski_rc rc, const char *spec, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/* Our own trouble (memory, disk, a library). Same rules. */
enum brski_rc brski_broken(struct brski_err *err, enum brski_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

int brski_rc_http(enum brski_rc rc);         /* 200, 404, ... */
int brski_rc_coap(enum brski_rc rc);         /* BRSKI_COAP(c, dd) */
const char *brski_rc_name(enum brski_rc rc); /* "E_NONCE"; static */
const char *brski_rc_text(enum brski_rc rc); /* what a peer may read; static */
/* the class of a peer's answer; unknown 4xx/5xx: E_UPSTREAM */
enum brski_rc brski_rc_from_http(int status);

#endif

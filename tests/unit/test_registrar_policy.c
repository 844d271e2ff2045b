/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's decisions: RFC 8995 5.3, 5.8.3, 5.9.2; RFC 7030 3.5, 4.2. */
#include "tu.h"
#include "base/text.h"
#include "registrar/policy.h"

static void
admission(void **state)
{
	struct brski_err err = { 0 };
	enum registrar_admission rule;

	(void)state;
	assert_ok(registrar_policy_admit(REGISTRAR_ADMIT_ANY, false, REGISTRAR_UNDECIDED, &err),
	    &err);
	assert_ok(registrar_policy_admit(REGISTRAR_ADMIT_LISTED, true, REGISTRAR_UNDECIDED, &err),
	    &err);
	assert_ok(registrar_policy_admit(REGISTRAR_ADMIT_LISTED, false, REGISTRAR_APPROVED, &err),
	    &err);
	assert_ok(registrar_policy_admit(REGISTRAR_ADMIT_APPROVED, false, REGISTRAR_APPROVED, &err),
	    &err);
	assert_refused_by(registrar_policy_admit(REGISTRAR_ADMIT_LISTED, false, REGISTRAR_UNDECIDED,
	                      &err),
	    BRSKI_E_FORBIDDEN, "RFC 8995 5.3", &err);
	/* being listed is not being approved */
	assert_int_equal(registrar_policy_admit(REGISTRAR_ADMIT_APPROVED, true, REGISTRAR_UNDECIDED,
	                     &err),
	    BRSKI_E_PENDING);
	assert_int_equal(err.rc, BRSKI_OK);
	for (rule = REGISTRAR_ADMIT_ANY; rule <= REGISTRAR_ADMIT_APPROVED; rule++)
		assert_refused_by(registrar_policy_admit(rule, true, REGISTRAR_DENIED, &err),
		    BRSKI_E_UNKNOWN, "RFC 8995 5.3", &err);
}

#define OURS   BRSKI_LIT("our domain")
#define FORMER BRSKI_LIT("integrator")

static struct brski_auditlog_event
event(struct brski_slice domain, enum brski_assertion assertion, int64_t date)
{
	struct brski_auditlog_event e = { .date = date, .assertion = assertion };

	memcpy(e.domain_id, domain.p, domain.n);
	e.domain_id_n = domain.n;
	return e;
}

static void
auditlog(void **state)
{
	struct brski_auditlog_event events[3] = {
		event(FORMER, BRSKI_ASSERTION_LOGGED, 1),
		event(OURS, BRSKI_ASSERTION_LOGGED, 2),
		event(OURS, BRSKI_ASSERTION_PROXIMITY, 3),
	};
	struct brski_auditlog log = { .version = 1, .events = events, .n = 3 };
	struct brski_slice own[2] = { BRSKI_LIT("our registrar"), OURS }, former[1] = { FORMER };
	struct registrar_audit_facts f = { .log = &log,
		.own = own,
		.own_n = 2,
		.former = former,
		.former_n = 1,
		.least = REGISTRAR_PROXIMITY };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_policy_auditlog(&f, &err), &err);
	/* the newest of ours counts, wherever it stands */
	events[1].date = 4;
	assert_refused_by(registrar_policy_auditlog(&f, &err), BRSKI_E_ASSERTION, "RFC 8995 5.8.3",
	    &err);
	events[1].date = 2;
	f.least = REGISTRAR_VERIFIED;
	assert_refused(registrar_policy_auditlog(&f, &err), BRSKI_E_ASSERTION, &err);
	events[2].assertion = BRSKI_ASSERTION_VERIFIED;
	assert_ok(registrar_policy_auditlog(&f, &err), &err);

	f.former_n = 0;
	assert_refused_by(registrar_policy_auditlog(&f, &err), BRSKI_E_OWNED, "RFC 8995 5.8.3",
	    &err);
	f.accept_unknown_owner = true;
	assert_ok(registrar_policy_auditlog(&f, &err), &err);
	events[0].nonceless = true;
	assert_refused_by(registrar_policy_auditlog(&f, &err), BRSKI_E_NONCE, "RFC 8995 5.8.1",
	    &err);
	f.accept_nonceless = true;
	assert_ok(registrar_policy_auditlog(&f, &err), &err);
	events[0].nonceless = false;
	events[1].nonceless = true; /* our own may be */
	f.accept_nonceless = false;
	assert_ok(registrar_policy_auditlog(&f, &err), &err);

	log.arbitrary = 1;
	assert_ok(registrar_policy_auditlog(&f, &err), &err);
	f.accept_unknown_owner = false;
	f.former_n = 1;
	assert_refused_by(registrar_policy_auditlog(&f, &err), BRSKI_E_OWNED, "RFC 8995 5.8.1",
	    &err);
	log.arbitrary = 0;
	log.n = 1;
	assert_refused_by(registrar_policy_auditlog(&f, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.8.3",
	    &err);
}

static void
enrolment(void **state)
{
	struct registrar_enrol_facts f = { .vouchered = true,
		.audit_required = true,
		.audit = REGISTRAR_ACCEPTED };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_policy_enrol(&f, &err), &err);
	f.audit = REGISTRAR_NOT_JUDGED;
	assert_int_equal(registrar_policy_enrol(&f, &err), BRSKI_E_PENDING);
	assert_int_equal(err.rc, BRSKI_OK);
	f.audit = REGISTRAR_REFUSED;
	assert_refused_by(registrar_policy_enrol(&f, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.8.3",
	    &err);
	f.audit_required = false;
	assert_ok(registrar_policy_enrol(&f, &err), &err);
	f.status_failed = true;
	assert_refused_by(registrar_policy_enrol(&f, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.7",
	    &err);
	f.status_failed = false;
	f.vouchered = false;
	assert_refused_by(registrar_policy_enrol(&f, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.9",
	    &err);
	f.vouchered = true;
	f.standing = REGISTRAR_REVOKED_DEVICE;
	assert_refused_by(registrar_policy_enrol(&f, &err), BRSKI_E_REVOKED, "RFC 8995 5.3", &err);
	f.standing = REGISTRAR_DECOMMISSIONED_DEVICE;
	assert_refused_by(registrar_policy_enrol(&f, &err), BRSKI_E_REVOKED, "RFC 8995 5.3", &err);
	f.decision = REGISTRAR_DENIED;
	assert_refused_by(registrar_policy_enrol(&f, &err), BRSKI_E_UNKNOWN, "RFC 8995 5.3", &err);
}

/* RFC 7030 4.2.2: each fact by itself is enough. */
static void
renewal(void **state)
{
	static const struct registrar_renew_facts good = { .is_ldevid = true, .recorded = true };
	static const struct {
		struct registrar_renew_facts f;
		enum brski_rc rc;
		const char *spec;
	} t[] = {
		{ { .is_idevid = true }, BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2" },
		{ { .recorded = true }, BRSKI_E_UNKNOWN, "RFC 7030 3.3.2" },
		{ { .is_ldevid = true }, BRSKI_E_UNKNOWN, "RFC 7030 3.3.2" },
		{ { .is_ldevid = true, .recorded = true, .decision = REGISTRAR_DENIED },
		    BRSKI_E_UNKNOWN, "RFC 8995 5.3" },
		{ { .is_ldevid = true, .recorded = true, .standing = REGISTRAR_REVOKED_DEVICE },
		    BRSKI_E_REVOKED, "RFC 8995 5.3" },
		{ { .is_ldevid = true,
		      .recorded = true,
		      .repeated = true,
		      .standing = REGISTRAR_DECOMMISSIONED_DEVICE },
		    BRSKI_E_REVOKED, "RFC 8995 5.3" },
		{ { .is_ldevid = true,
		      .recorded = true,
		      .is_revoked = true,
		      .reason = BRSKI_REASON_SUPERSEDED },
		    BRSKI_E_REVOKED, "RFC 5280 6.3.3" },
		{ { .is_ldevid = true,
		      .recorded = true,
		      .is_revoked = true,
		      .repeated = true,
		      .reason = BRSKI_REASON_HOLD },
		    BRSKI_E_REVOKED, "RFC 5280 6.3.3" },
	};
	struct registrar_renew_facts f = good;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	assert_ok(registrar_policy_renew(&f, &err), &err);
	f.repeated = f.is_revoked = true;
	f.reason = BRSKI_REASON_SUPERSEDED;
	assert_ok(registrar_policy_renew(&f, &err), &err);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_refused_by(registrar_policy_renew(&t[i].f, &err), t[i].rc, t[i].spec, &err);
}

/* RFC 7030 4.2.2: neither more nor less than the certificate has, whatever new ones may have. */
static void
csr_of_renewal(void **state)
{
	struct brski_csr c = { .subject = tu_name("device", "A-1"), .key_type = BRSKI_KEY_P256 };
	struct registrar_csr_facts f = { .csr = &c,
		.subject = tu_name("device", "A-1"),
		.renewal = true };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_policy_csr(&f, &err), &err);
	c.subject = tu_name("device", "A-2");
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2",
	    &err);
	c.subject = f.subject;
	f.allow_san = true;
	c.san = BRSKI_LIT("0a");
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2",
	    &err);
	f.san = BRSKI_LIT("0b");
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2",
	    &err);
	c.san = (struct brski_slice){ 0 };
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2",
	    &err);
	f.allow_san = false;
	c.san = BRSKI_LIT("0b");
	assert_ok(registrar_policy_csr(&f, &err), &err);
}

static void
csr(void **state)
{
	struct brski_csr c = { .subject = tu_name("device", "A-1"), .key_type = BRSKI_KEY_P256 };
	struct registrar_csr_facts f = { .csr = &c, .subject = tu_name("device", "A-1") };
	struct brski_buf text = { 0 };
	uint8_t binding[32] = { 1, 2, 3 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_policy_csr(&f, &err), &err);
	c.subject = tu_name("device", "A-2");
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.9.2",
	    &err);
	c.subject = tu_name("device", "A-1");

	c.san = BRSKI_LIT("0");
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.9.2",
	    &err);
	f.allow_san = true;
	assert_ok(registrar_policy_csr(&f, &err), &err);

	f.key_type = BRSKI_KEY_P384;
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_CERTIFICATE, "RFC 8995 5.9.2",
	    &err);
	f.key_type = BRSKI_KEY_P256;
	assert_ok(registrar_policy_csr(&f, &err), &err);

	/* RFC 7030 3.5 */
	f.require_binding = true;
	f.binding = brski_slice(binding, sizeof(binding));
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_SIGNATURE, "RFC 7030 3.5", &err);
	assert_ok(brski_base64_encode(f.binding, &text, &err), &err);
	c.challenge_password = brski_buf_slice(&text);
	assert_ok(registrar_policy_csr(&f, &err), &err);
	f.require_binding = false; /* when it is present it is verified */
	binding[0] ^= 1;
	assert_refused_by(registrar_policy_csr(&f, &err), BRSKI_E_SIGNATURE, "RFC 7030 3.5", &err);
	f.binding = (struct brski_slice){ 0 };
	assert_refused(registrar_policy_csr(&f, &err), BRSKI_E_SIGNATURE, &err);
	c.challenge_password = BRSKI_LIT("secret!");
	assert_refused(registrar_policy_csr(&f, &err), BRSKI_E_SIGNATURE, &err);
	brski_buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admission),
		cmocka_unit_test(auditlog),
		cmocka_unit_test(enrolment),
		cmocka_unit_test(renewal),
		cmocka_unit_test(csr),
		cmocka_unit_test(csr_of_renewal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

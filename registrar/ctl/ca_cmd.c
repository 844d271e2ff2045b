/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl ca show|rollover: the domain CA's generations, and the way from one to the next. */
#include <stdio.h>
#include <string.h>
#include "registrar/ctl/admin_client.h"
#include "registrar/ctl/words.h"

/* The one in this role; NULL: there is none. */
static const json_t *
in_role(const json_t *ca, const char *role)
{
	const json_t *a;
	size_t i;

	json_array_foreach(json_object_get(ca, "authorities"), i,
	    a) if (strcmp(ctl_member(a, "role"), role) == 0) return a;
	return NULL;
}

static json_int_t
in_force(const json_t *authority)
{
	return json_integer_value(json_object_get(authority, "in_force"));
}

static json_int_t
revoked(const json_t *authority)
{
	return json_integer_value(json_object_get(authority, "revoked"));
}

static void
print_authority(const json_t *a)
{
	const json_t *crl = json_object_get(a, "crl");
	char text[CTL_WORDS_MAX];

	ctl_words_row(ctl_member(a, "role"), "%s", ctl_member(a, "subject"));
	ctl_words_row("  key's name", "%s%s", ctl_member(a, "id"),
	    json_is_true(json_object_get(a, "has_key")) ? "" : ", the key is not here");
	ctl_words_row("  domainID", "%s", ctl_member(a, "domain_id"));
	ctl_words_row("  not before", "%s", ctl_words_time(ctl_member(a, "not_before"), text));
	ctl_words_row("  not after", "%s", ctl_words_time(ctl_member(a, "not_after"), text));
	if (in_force(a) > 0)
		ctl_words_row("  certificates",
		    "%" JSON_INTEGER_FORMAT " of devices in force, the last until %s", in_force(a),
		    ctl_words_time(ctl_member(a, "last_not_after"), text));
	else
		ctl_words_row("  certificates", "none of a device in force");
	if (json_is_object(crl))
		ctl_words_row("  CRL", "number %" JSON_INTEGER_FORMAT ", the next one by %s",
		    json_integer_value(json_object_get(crl, "number")),
		    ctl_words_time(ctl_member(crl, "next_update"), text));
	else
		ctl_words_row("  CRL", "none yet");
	if (json_is_true(json_object_get(a, "crl_stale")))
		ctl_words_row("  CRL is STALE", "it lacks what was revoked since: %s",
		    *ctl_member(a, "crl_trouble") != '\0' ? ctl_member(a, "crl_trouble")
		                                          : "it is about to be made");
}

/* What others have that is of this generation. */
static void
say_hand_over(const json_t *a, const char *when)
{
	printf("Give to others %s:\n"
	       "  - to whoever checks the devices' certificates: the file that domain-ca in "
	       "registrar.conf\n"
	       "    names (DOMAIN_CA), which has both CAs now\n"
	       "  - to manufacturers that keep our domain on file, and to who lists us as a "
	       "former-owner:\n"
	       "    the new domainID, %s\n",
	    when, ctl_member(a, "domain_id"));
}

static void
say_idle(const json_t *ca)
{
	const json_t *current = in_role(ca, "current");
	char text[CTL_WORDS_MAX];

	printf("No roll-over is under way. The domain CA is good until %s.\n"
	       "Begin when devices' certificates would outlive it, or when its key has to go:\n"
	       "  brskictl ca rollover prepare     makes the next CA, of the same name; nothing is "
	       "signed by it yet\n",
	    ctl_words_time(ctl_member(current, "not_after"), text));
}

static void
say_prepared(const json_t *ca)
{
	puts("Step 1 of 3, prepared: the next CA is made, for you to hand over. It signs nothing "
	     "for devices yet.\n"
	     "This waits for you alone. Devices need not be touched: each learns of the next CA "
	     "when "
	     "it renews, once it is activated.");
	say_hand_over(in_role(ca, "next"), "before the next step");
	puts("Next:\n"
	     "  brskictl ca rollover activate    from then on the next CA signs\n"
	     "  brskictl ca rollover cancel      forgets it");
}

static void
say_activated(const json_t *ca)
{
	const json_t *former = in_role(ca, "former");
	char text[CTL_WORDS_MAX];

	puts("Step 2 of 3, activated: the new CA signs. The former one signs only its revocation "
	     "list and OCSP answers.");
	say_hand_over(in_role(ca, "current"), "now, if they do not have it");
	if (in_force(former) == 0 && revoked(former) > 0) {
		printf(
		    "No device has a certificate of the former CA any more. %" JSON_INTEGER_FORMAT
		    " that were revoked or superseded\n"
		    "have not expired; whoever has the former CA only could not find them revoked "
		    "without it.\n"
		    "Wait until %s, or:\n"
		    "  brskictl ca rollover finish --force\n",
		    revoked(former),
		    ctl_words_time(ctl_member(former, "last_revoked_not_after"), text));
		return;
	}
	if (in_force(former) == 0) {
		puts("No device has a certificate of the former CA any more. Next:\n"
		     "  brskictl ca rollover finish      forgets the former CA and its key");
		return;
	}
	printf("This waits for devices: %" JSON_INTEGER_FORMAT
	       " certificates of the former CA are in force, the last\n"
	       "until %s. Devices need not be touched: each moves when it\n"
	       "renews. Those that will not come again can be taken out by brskictl cert revoke.\n"
	       "Then:\n"
	       "  brskictl ca rollover finish      forgets the former CA and its key\n",
	    in_force(former), ctl_words_time(ctl_member(former, "last_not_after"), text));
}

static const char *
step_of(const json_t *ca)
{
	return ctl_member(ca, "rollover");
}

static void
say_progress(const json_t *ca)
{
	if (strcmp(step_of(ca), "prepared") == 0)
		say_prepared(ca);
	else if (strcmp(step_of(ca), "activated") == 0)
		say_activated(ca);
	else
		say_idle(ca);
}

int
ctl_ca_show(struct ctl_args *a)
{
	const json_t *authority;
	json_t *ca;
	size_t i;
	int code;

	if ((code = ctl_admin_get(a, "/v1/ca", &ca)) != CTL_OK)
		return code;
	if (a->json)
		return ctl_print_json(ca);
	json_array_foreach(json_object_get(ca, "authorities"), i, authority)
	    print_authority(authority);
	ctl_words_row("roll-over", "%s", *step_of(ca) != '\0' ? step_of(ca) : "none under way");
	json_decref(ca);
	return CTL_OK;
}

/* Where it stands now; done: what was done before, NULL for nothing. Takes ca. */
static int
say_where(const struct ctl_args *a, const char *done, json_t *ca)
{
	if (a->json)
		return ctl_print_json(ca);
	if (done != NULL)
		puts(done);
	say_progress(ca);
	json_decref(ca);
	return CTL_OK;
}

int
ctl_ca_rollover(struct ctl_args *a)
{
	static const struct {
		const char *step, *done;
	} steps[] = { { "prepare", "The next CA is made." }, { "activate", "The new CA signs." },
		{ "finish", "The former CA is forgotten." },
		{ "cancel", "The next CA is forgotten." } };
	const size_t n = sizeof(steps) / sizeof(steps[0]);
	char path[64];
	json_t *ca;
	size_t i = 0;
	int code;

	if (a->operands.n == 0)
		return (code = ctl_admin_get(a, "/v1/ca", &ca)) != CTL_OK ? code
		                                                          : say_where(a, NULL, ca);
	while (i < n && strcmp(a->operands.v[0], steps[i].step) != 0)
		i++;
	if (i == n)
		return ctl_usage("a roll-over's steps are prepare, activate, finish, cancel");
	snprintf(path, sizeof(path), "/v1/ca/rollover/%s%s", steps[i].step,
	    a->force ? "?force=yes" : "");
	if ((code = ctl_admin_post(a, path, (struct brski_slice){ 0 }, &ca)) != CTL_OK)
		return code;
	return say_where(a, steps[i].done, ca);
}

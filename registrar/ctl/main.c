/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/ctl.h"

/* clang-format off */
static const struct ctl_command commands[] = {
	{ "device", "list", ctl_device, CTL_OPT_MAKER | CTL_OPT_STATE | CTL_OPT_PAGE, 0, 0, "" },
	{ "device", "show", ctl_device, CTL_OPT_MAKER, 1, 1, "SERIAL" },
	{ "device", "import", ctl_device, 0, 1, 1, "FILE.csv" },
	{ "device", "approve", ctl_device, CTL_OPT_MAKER | CTL_OPT_REASON, 1, CTL_LIST_MAX,
	   "SERIAL..." },
	{ "device", "deny", ctl_device, CTL_OPT_MAKER | CTL_OPT_REASON, 1, CTL_LIST_MAX,
	   "SERIAL..." },
	{ "device", "decommission", ctl_device, CTL_OPT_MAKER | CTL_OPT_REASON, 1, CTL_LIST_MAX,
	   "SERIAL..." },
	{ "device", "reinstate", ctl_device, CTL_OPT_MAKER | CTL_OPT_REASON, 1, CTL_LIST_MAX,
	   "SERIAL..." },
	{ "cert", "list", ctl_cert_list, CTL_OPT_MAKER | CTL_OPT_CERT | CTL_OPT_PAGE, 0, 0, "" },
	{ "cert", "show", ctl_cert_show, CTL_OPT_MAKER, 1, 1, "SERIAL|DEVICE" },
	{ "cert", "export", ctl_cert_export, CTL_OPT_MAKER | CTL_OPT_FILE, 1, 1, "SERIAL|DEVICE" },
	{ "cert", "revoke", ctl_cert_revoke, CTL_OPT_MAKER | CTL_OPT_REASON, 1, 1,
	   "SERIAL|DEVICE" },
	{ "ca", "show", ctl_ca_show, 0, 0, 0, "" },
	{ "ca", "rollover", ctl_ca_rollover, CTL_OPT_FORCE, 0, 1,
	   "[prepare|activate|finish|cancel]" },
	{ "audit", "show", ctl_audit, CTL_OPT_MAKER, 0, 1, "[SERIAL]" },
	{ "audit", "verify", ctl_audit, 0, 0, 0, "" },
	{ "voucher", "show", ctl_voucher_show, 0, 1, 1, "FILE" },
	{ "voucher", "verify", ctl_voucher_verify,
	  CTL_OPT_JUDGE | CTL_OPT_AT | CTL_OPT_ANCHOR, 1, 1,
	  "FILE --as pledge|registrar|masa | --signature-only" },
	{ "path", "verify", ctl_path_verify,
	  CTL_OPT_PATH | CTL_OPT_AT | CTL_OPT_ANCHOR, 1, 1, "CERT" },
};
/* clang-format on */

int
main(int argc, char **argv)
{
	const struct ctl_command *command = NULL;
	struct ctl_args args;
	int rc;

	rc = ctl_args_parse(argc, argv, commands, sizeof(commands) / sizeof(commands[0]), &args,
	    &command);
	return command != NULL ? command->run(&args) : rc;
}

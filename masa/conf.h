/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masa.conf: one schema for the daemon, the factory tool and the manual (brski-masa
 * --describe-conf).
 */
#ifndef MASA_CONF_H
#define MASA_CONF_H

#include "conf/conf.h"

struct masa_conf {
	char *listen;
	char *database;
	char *tls_certificate, *tls_key;
	char *signer_certificate, *signer_key;
	struct brski_conf_list manufacturer_anchors, registrar_anchors, crls;
	int serial_number; /* enum brski_serial_from */
	bool ignore_idevid_expiry;
	bool require_proximity;
	bool strict;
	int64_t voucher_life_s;
	int64_t request_life_s;
	int nonceless_pin; /* enum masa_pin */
	int64_t audit_log_events;
	int64_t connections;
	int log_format, log_level; /* enum brski_log_format, enum brski_level */

	/* the factory's */
	int policy; /* enum masa_policy of new devices */
	char *masa_url;
	char *hardware_type; /* OID of hardwareModuleName; NULL: none in the IDevID */
	char *manufacturer_certificate, *manufacturer_key; /* NULL: this machine makes no IDevIDs */
};

extern const struct brski_conf_schema masa_conf_schema;

#endif

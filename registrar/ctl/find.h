/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator's SERIAL stands for: a certificate's serial number, or a device's. */
#ifndef REGISTRAR_CTL_FIND_H
#define REGISTRAR_CTL_FIND_H

#include "base/buf.h"
#include "registrar/ctl/ctl.h"

/*
 * Hexadecimal digits as tools print them, "0x5f0a", "5F:0A", "00 5F 0A" or an odd number of them,
 * as the admin API takes them: upper case, two for each octet. False: it is no such thing, or
 * longer than octets. out: 2 * octets + 1.
 */
bool ctl_hex(const char *text, size_t octets, char *out);
#define CTL_SERIAL_OCTETS 20 /* of a certificate's serial number without sign, RFC 5280 4.1.2.2 */
#define CTL_SERIAL_HEX    (2 * CTL_SERIAL_OCTETS + 1)
/* The same for a serial number, without the zeros before it. */
bool ctl_serial_hex(const char *text, char out[CTL_SERIAL_HEX]);

/*
 * "/v1/devices/MANUFACTURER/SERIAL" of the one device with this serial number; of which maker, is
 * for --manufacturer to say where there are several. Otherwise it is said that there is none
 * (CTL_REFUSED), or that there are several (CTL_USAGE).
 */
int ctl_find_device(const struct ctl_args *a, const char *serial, struct brski_buf *path);

/*
 * A certificate, *hex its serial number, or else a device, *path as above; the other one is empty.
 * What is both is said to be so (CTL_USAGE): "0x" before it makes it the certificate,
 * --manufacturer the device.
 */
int ctl_find(const struct ctl_args *a, const char *text, char hex[CTL_SERIAL_HEX],
    struct brski_buf *path);

/*
 * As the API shows it, with its PEM; of a device it is the newest that is in force, and CTL_REFUSED
 * when there is none. *out, to be let go, is the answer as it came.
 */
int ctl_find_certificate(const struct ctl_args *a, const char *text, json_t **out);

#endif

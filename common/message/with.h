/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a build of libpledge may leave out, -DBRSKI_WITH_CMS=0 or -DBRSKI_WITH_COSE=0: the rows of
 * the tables in this folder, and with them the files that nothing else needs. CMS: vouchers and
 * certificates in SignedData, JSON telemetry. COSE: vouchers in COSE_Sign1, CBOR telemetry,
 * multipart-core.
 */
#ifndef BRSKI_WITH_H
#define BRSKI_WITH_H

#ifndef BRSKI_WITH_CMS
#define BRSKI_WITH_CMS 1
#endif
#ifndef BRSKI_WITH_COSE
#define BRSKI_WITH_COSE 1
#endif

#endif

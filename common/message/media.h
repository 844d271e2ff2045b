/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The media types of this folder's tables as lists that routes name: NULL-terminated, in the order
 * of the tables. A constant array cannot be made of another's members; a test holds them together.
 */
#ifndef BRSKI_MEDIA_H
#define BRSKI_MEDIA_H

extern const char *const brski_voucher_media[]; /* brski_formats[] */
extern const char *const brski_status_media[];  /* brski_status_forms[] */
extern const char *const brski_certs_media[];   /* brski_certs_forms[] */

#endif

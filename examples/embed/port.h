/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.c is libpledge's port to a device of the 64 kB class: wolfSSL below it, one arena for both,
 * no malloc(). What it needs of the board stands below; board.c is a Linux program in place of one.
 */
#ifndef EMBED_PORT_H
#define EMBED_PORT_H

#include "pledge/pledge.h"

/*
 * Before pledge_init(). heap is wolfSSL's as well. idevid: PEM or DER; key: P-256, PKCS#8 or SEC 1,
 * DER; masa: who signs its vouchers, PEM or DER. Fills in *port and *conf, but for the candidates
 * and the log.
 */
enum brski_rc embed_start(struct brski_heap *heap, struct brski_slice idevid,
    struct brski_slice key, struct brski_slice masa, struct pledge_port *port,
    struct pledge_conf *conf, struct brski_err *err);

/* The board. Ticks, time and items as struct pledge_port wants them. */
uint64_t board_ticks(void *arg);
int64_t board_now(void *arg);
enum brski_rc board_load(void *arg, enum pledge_item item, struct brski_buf *out,
    struct brski_err *err);
enum brski_rc board_save(void *arg, enum pledge_item item, struct brski_slice bytes,
    struct brski_err *err);
/* One UDP socket to the registrar. */
void board_send(const void *p, size_t n); /* or lose it */
int board_recv(void *p, size_t n);        /* 0: nothing is there */
bool board_wait(uint32_t ms);             /* until something is; false: nothing came */

#endif

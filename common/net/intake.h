/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TLS connection reads. wolfSSL asks for a record's header, then for the rest, and would go
 * to the kernel for each; here one recv() feeds it until the socket has no more. The room for that
 * is lent for one event, so that an idle connection holds none.
 */
#ifndef BRSKI_INTAKE_H
#define BRSKI_INTAKE_H

#include "base/buf.h"

#define BRSKI_INTAKE_ROOM 16384 /* a TLS record's worth */

struct WOLFSSL;

struct brski_intake {
	int fd;        /* a stream socket that does not block */
	uint8_t *room; /* NULL: between two events, nothing is received */
	bool dry;      /* the last recv() did not fill the room: an event tells of more */
	struct brski_slice ready; /* received, not asked for yet: in room, or in kept */
	struct brski_buf kept;
};

/* Let ssl read through in, which has its fd and must outlive it. */
void brski_intake_use(struct brski_intake *in, struct WOLFSSL *ssl);
/* The bounds of an event's handling; room is borrowed until the end. */
void brski_intake_begin(struct brski_intake *in, uint8_t room[BRSKI_INTAKE_ROOM]);
/*
 * What nobody has asked for is kept: in->ready.n > 0, and no event of the socket will tell of it.
 * False: no memory for that, the connection is of no use any more.
 */
bool brski_intake_end(struct brski_intake *in);
void brski_intake_clear(struct brski_intake *in);

#endif

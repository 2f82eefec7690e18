/* SPDX-License-Identifier: MIT */
/* What a connection of DNS over HTTPS has to say, put together in TLS records, of which each has
 * whole requests only. */
#pragma once

#include "net/tls.h"
#include "upstream/h2.h"

struct doh_record {
	uint8_t *octets; /* NULL: none */
	size_t len;
	bool stuck; /* net/tls.h did not take them, they wait for the peer to read */
};

/* Takes what h2 has to say as far as there is room; what it has beyond waits there, within bounds
 * of its own. ERR_NOMEM, ERR_LIMIT. */
int doh_record_fill(struct doh_record *record, struct h2 *h2);

/* Hands it to TLS. ERR_LIMIT: it waits. */
int doh_record_send(struct doh_record *record, struct tls *tls);

/* Octets that are put together at most: one TLS record (RFC 8446 section 5.1). */
#define DOH_RECORD_LEN 16384

/* Is there room for all of a request, if the record is to have so many octets at most? */
bool doh_record_has_room(const struct doh_record *record, size_t most);

void doh_record_done(struct doh_record *record);

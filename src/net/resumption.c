/* SPDX-License-Identifier: MIT */
#include "net/resumption.h"

#include <assert.h>
#include <gnutls/gnutls.h>

#include "base/clock.h"
#include "net/digest.h"

static_assert(DIGEST_LEN == TICKETS_KEY_LEN, "a key is a digest");

int resumption_key(const struct resumption_about *about, uint8_t out[static TICKETS_KEY_LEN])
{
	const uint8_t numbers[5] = { (uint8_t)(about->port >> 8), (uint8_t)about->port,
		about->version, about->profile, about->protocol };
	const struct bytes parts[] = {
		bytes_of(numbers, sizeof(numbers)),
		about->host,
		about->trust,
		about->pins,
		about->credential,
	};
	return digest_parts(parts, sizeof(parts) / sizeof(parts[0]), out);
}

void resumption_begin(
	struct resumption *resumption, void *session, struct tickets *tickets, const uint8_t *key)
{
	struct ticket ticket;

	*resumption = (struct resumption){ .tickets = tickets };
	if (!tickets)
		return;
	memcpy(resumption->key, key, TICKETS_KEY_LEN);
	if (!tickets_take(tickets, key, clock_wall_s(), &ticket))
		return;
	/* One that GnuTLS cannot read is of another version of it, and of no use. */
	if (gnutls_session_set_data(session, ticket.octets, ticket.len) == 0) {
		resumption->begun = resumption->proved = true;
		resumption->until_s = ticket.until_s;
		resumption->expires_s = ticket.expires_s;
	}
	ticket_done(&ticket);
}

void resumption_prove(struct resumption *resumption, int64_t until_s, int64_t expires_s)
{
	const int64_t end_s = clock_wall_s() + TICKET_LIFE_S;

	resumption->proved = true;
	resumption->until_s = until_s < end_s ? until_s : end_s;
	resumption->expires_s = expires_s;
}

void resumption_forget(struct resumption *resumption)
{
	resumption->tickets = NULL;
}

void resumption_drop(struct resumption *resumption)
{
	if (resumption->tickets)
		tickets_drop(resumption->tickets, resumption->key);
}

void resumption_keep(struct resumption *resumption, void *session)
{
	gnutls_datum_t packed;

	if (!resumption->tickets || !resumption->proved)
		return;
	/* With TLS 1.2 a resumed session has no ticket but the one that is used up. */
	if (gnutls_protocol_get_version(session) != GNUTLS_TLS1_3 &&
		gnutls_session_is_resumed(session))
		return;
	if (gnutls_session_get_data2(session, &packed) != 0)
		return;
	const struct ticket ticket = {
		.octets = packed.data,
		.len = packed.size,
		.until_s = resumption->until_s,
		.expires_s = resumption->expires_s,
	};
	tickets_put(resumption->tickets, resumption->key, &ticket, clock_wall_s());
	explicit_bzero(packed.data, packed.size);
	gnutls_free(packed.data);
}

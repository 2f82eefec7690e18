/* SPDX-License-Identifier: MIT */
#include "net/tls_early.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>

/* Octets of a piece's length. */
#define LENGTH_LEN 2

void tls_early_init(struct tls_early *early, void *session)
{
	const size_t max = gnutls_record_get_max_early_data_size(session);

	*early = (struct tls_early){ 0 };
	/* What GnuTLS says where the ticket says nothing. */
	if (max != UINT32_MAX)
		early->room = max < TLS_EARLY_MAX ? max : TLS_EARLY_MAX;
}

int tls_early_add(struct tls_early *early, struct bytes piece)
{
	if (piece.len > early->room)
		return ERR_LIMIT;
	if (early->cap - early->len < LENGTH_LEN + piece.len) {
		const size_t cap = 2 * early->cap + LENGTH_LEN + piece.len;
		uint8_t *octets = realloc(early->octets, cap);
		if (!octets)
			return ERR_NOMEM;
		early->octets = octets;
		early->cap = cap;
	}
	u16_store(early->octets + early->len, (uint16_t)piece.len);
	memcpy(early->octets + early->len + LENGTH_LEN, piece.at, piece.len);
	early->len += LENGTH_LEN + piece.len;
	early->room -= piece.len;
	return 0;
}

static struct bytes piece_at(const struct tls_early *early, size_t at)
{
	return bytes_of(early->octets + at + LENGTH_LEN, u16_load(early->octets + at));
}

int tls_early_offer(const struct tls_early *early, void *session)
{
	struct bytes piece;

	for (size_t at = 0; at < early->len; at += LENGTH_LEN + piece.len) {
		piece = piece_at(early, at);
		/* Within what the ticket allows memory is all that can be missing. */
		if (gnutls_record_send_early_data(session, piece.at, piece.len) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

bool tls_early_accepted(void *session)
{
	return gnutls_session_get_flags(session) & GNUTLS_SFLAGS_EARLY_DATA;
}

bool tls_early_next(struct tls_early *early, struct bytes *piece)
{
	if (early->taken == early->len)
		return false;
	*piece = piece_at(early, early->taken);
	early->taken += LENGTH_LEN + piece->len;
	return true;
}

void tls_early_done(struct tls_early *early)
{
	free(early->octets);
	*early = (struct tls_early){ 0 };
}

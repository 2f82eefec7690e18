/* SPDX-License-Identifier: MIT */
#include "upstream/doh_record.h"

#include <stdlib.h>

/* Room for a request, header section and body, which are to be in one record. */
#define REQUEST_ROOM (2 * H2_OUTPUT_LEN)

int doh_record_fill(struct doh_record *record, struct h2 *h2)
{
	struct bytes frames;

	/* What h2 has put out it does not keep: first the room for it. */
	if (!record->octets && h2_pending(h2) && !(record->octets = malloc(DOH_RECORD_LEN)))
		return ERR_NOMEM;
	while (DOH_RECORD_LEN - record->len >= H2_OUTPUT_LEN && h2_pending(h2)) {
		int err = h2_output(h2, &frames);
		if (err != 0 || frames.len == 0)
			return err;
		memcpy(record->octets + record->len, frames.at, frames.len);
		record->len += frames.len;
	}
	return 0;
}

int doh_record_send(struct doh_record *record, struct tls *tls)
{
	if (record->len == 0)
		return 0;
	const int err = tls_send(tls, bytes_of(record->octets, record->len));
	record->stuck = err == ERR_LIMIT;
	if (err == 0)
		record->len = 0;
	return err;
}

bool doh_record_has_room(const struct doh_record *record, size_t most)
{
	return record->len + REQUEST_ROOM <= most;
}

void doh_record_done(struct doh_record *record)
{
	free(record->octets);
	*record = (struct doh_record){ 0 };
}

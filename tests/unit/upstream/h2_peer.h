/* SPDX-License-Identifier: MIT */
/* The other end of an HTTP/2 connection: reads what a client sends frame by frame, and writes
 * frames as the test has them, right or wrong. */
#pragma once

#include <nghttp2/nghttp2.h>

#include "base/bytes.h"

#define PEER_REQUESTS_MAX 600

struct peer_request {
	int32_t id;
	char fields[1400];  /* "name: value\n" each, in order */
	size_t headers_len; /* octets of the HEADERS frame */
	uint8_t body[512];
	size_t body_len;
	bool ended, reset;
	uint32_t reset_code;
	unsigned headers_record,
		body_record; /* the number of the record in which they came, from 1 */
};

struct h2_peer {
	nghttp2_hd_inflater *inflater;
	uint8_t in[65536]; /* of a frame that is not whole */
	size_t in_len;
	bool greeted;	  /* the client's magic came */
	unsigned records; /* read so far */
	struct peer_request requests[PEER_REQUESTS_MAX];
	size_t count;
	unsigned settings, settings_acks, pings, ping_acks, goaways;
	uint32_t settings_values[16]; /* by identifier */
	uint8_t ping[8];	      /* the last one's octets */
	uint32_t goaway_code;
	uint64_t window, stream_windows; /* WINDOW_UPDATEs for the connection, and for streams */
};

void h2_peer_init(struct h2_peer *peer);
void h2_peer_done(struct h2_peer *peer);

/* One record of the client's. */
void h2_peer_read(struct h2_peer *peer, struct bytes record);

struct frames {
	size_t len;
	uint8_t at[400000];
};

struct bytes frames_bytes(const struct frames *frames);
void frames_add(
	struct frames *frames, uint8_t type, uint8_t flags, int32_t id, struct bytes payload);

/* The server's preface, with one setting; identifier 0: an empty SETTINGS. */
void frames_add_settings(struct frames *frames, uint16_t identifier, uint32_t value);

/* A header section as literals, lines as "name: value\n". flags besides END_HEADERS. */
void frames_add_headers(struct frames *frames, int32_t id, uint8_t flags, const char *lines);

/* The block of such a section alone; returns its length. */
size_t block_write(const char *lines, uint8_t *out, size_t cap);

void frames_add_data(struct frames *frames, int32_t id, bool end, struct bytes data);
void frames_add_reset(struct frames *frames, int32_t id, uint32_t code);
void frames_add_goaway(struct frames *frames, int32_t last, uint32_t code);
void frames_add_window(struct frames *frames, int32_t id, uint32_t octets);

/* SPDX-License-Identifier: MIT */
/* A hostile HTTPS server: its octets against a client with requests under way. The first octet says
 * how the rest is cut, the second how many requests there are and which of them are given up. */
#include <stdlib.h>

#include "upstream/doh_outcome.h"
#include "upstream/h2.h"

#define STREAMS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct client {
	struct h2 *h2;
	struct h2_stream streams[STREAMS_MAX];
	bool known[STREAMS_MAX]; /* not forgotten yet */
	size_t count;
};

static void ask(struct client *client)
{
	static const struct h2_field fields[] = {
		{ ":method", { (const uint8_t *)"POST", 4 } },
		{ ":scheme", { (const uint8_t *)"https", 5 } },
		{ ":authority", { (const uint8_t *)"dns.example", 11 } },
		{ ":path", { (const uint8_t *)"/dns-query", 10 } },
	};
	static const uint8_t query[128];

	if (h2_request(client->h2, &client->streams[client->count], fields, 4,
		    bytes_of(query, sizeof(query))) != 0)
		abort();
	client->known[client->count++] = true;
}

static void forget(struct client *client, size_t i)
{
	if (!client->known[i])
		return;
	h2_forget(client->h2, &client->streams[i]);
	client->known[i] = false;
}

/* False: it is of no more use. */
static bool put_out(struct client *client)
{
	struct bytes out;

	do {
		if (h2_output(client->h2, &out) != 0)
			return false;
		if (out.len > H2_OUTPUT_LEN)
			abort();
	} while (out.len > 0);
	return !h2_over(client->h2);
}

/* What every response is asked when it is over. */
static void look_at(const struct h2_stream *stream)
{
	struct record record = { .ttl_s = 300 };
	struct message message = { .records = &record, .count = 1 };
	struct exchange_result result = { 0 };
	char why[DOH_WHY_LEN] = "";

	if (!stream->over || stream->response.len > HTTP_BODY_LEN_MAX)
		abort();
	if (doh_outcome(stream, "/dns-query", &result, why)) {
		http_response_shorten(&stream->response, &message);
		if (record.ttl_s > 300 || stream->response.status != 200)
			abort();
	} else if (why[0] == '\0' || result.err == 0 || strlen(why) >= DOH_WHY_LEN) {
		abort();
	}
	for (const char *at = why; *at; at++) {
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
			abort();
	}
}

static bool feed(struct client *client, struct bytes piece)
{
	struct h2_stream *stream;
	const int err = h2_receive(client->h2, piece);
	const bool alive = err == 0 && put_out(client);
	size_t held = 0;

	while ((stream = h2_ended(client->h2)) != NULL) {
		look_at(stream);
		forget(client, (size_t)(stream - client->streams));
	}
	for (size_t i = 0; i < client->count; i++) {
		if (client->known[i])
			held += client->streams[i].response.len;
	}
	if (held > H2_WINDOW_LEN)
		abort();
	(void)h2_state(client->h2);
	return alive;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct client client;

	if (len < 2)
		return 0;
	client = (struct client){ .h2 = h2_new() };
	if (!client.h2)
		abort();
	for (size_t i = 0; i <= data[1] % STREAMS_MAX; i++)
		ask(&client);
	bool alive = put_out(&client);
	const struct bytes stream = bytes_of(data + 2, len - 2);
	const size_t piece = data[0] == 0 ? stream.len : data[0];
	for (size_t at = 0, turn = 0; alive && at < stream.len; at += piece, turn++) {
		const size_t left = stream.len - at;
		alive = feed(&client, bytes_of(stream.at + at, left < piece ? left : piece));
		if (alive && (data[1] & 0x40) && turn == 3)
			forget(&client, 0);
		if (alive && (data[1] & 0x80) && turn % 16 == 0)
			alive = h2_ping(client.h2) == 0 && put_out(&client);
	}
	for (size_t i = 0; i < client.count; i++)
		forget(&client, i);
	h2_free(client.h2);
	return 0;
}

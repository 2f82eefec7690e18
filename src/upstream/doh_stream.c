/* SPDX-License-Identifier: MIT */
#include "upstream/doh_inside.h"

#include <stdio.h>
#include <stdlib.h>

struct doh_stream *doh_oldest_forsaken(const struct doh *doh)
{
	return list_empty(&doh->forsaken)
		       ? NULL
		       : CONTAINER_OF(doh->forsaken.next, struct doh_stream, forsaken);
}

void doh_free_stream(struct doh *doh, struct doh_stream *stream)
{
	h2_forget(doh->h2, &stream->h2);
	list_unlink(&stream->link);
	list_unlink(&stream->forsaken);
	free(stream);
}

void doh_drop_stream(struct doh *doh, struct doh_stream *stream)
{
	doh->base.in_flight--;
	if (!stream->exchange)
		doh->base.cancelled--;
	doh_free_stream(doh, stream);
}

const char *doh_reason(const struct doh *doh, const char *why)
{
	return doh->shut_ms != 0 && doh->base.answers == 0 ? DOH_SHUT_WHY : why;
}

bool doh_judge(struct doh *doh, const struct h2_stream *stream, struct exchange_result *result)
{
	if (doh_outcome(stream, doh->base.endpoint->path, result, doh->why))
		return true;
	/* Who has answered others is not given up for one. */
	if (doh->base.answers > 0 && result->fault == FAULT_CERTAIN)
		result->fault = FAULT_LIKELY;
	if (stream->end == H2_END_RESET && h2_code_is_refusal(stream->code))
		result->why = doh_reason(doh, result->why);
	return false;
}

void doh_leave_stream(struct doh *doh, struct doh_stream *stream)
{
	stream->exchange = NULL;
	doh->base.cancelled++;
}

void doh_return(struct doh *doh, bool whatever, const char *why)
{
	struct list unanswered;

	list_init(&unanswered);
	for (struct list *link = doh->streams.next; link != &doh->streams; link = link->next) {
		struct doh_stream *stream = CONTAINER_OF(link, struct doh_stream, link);
		const bool passed_over = stream->h2.over && stream->h2.end == H2_END_UNPROCESSED;
		if (!stream->exchange || !(passed_over || whatever))
			continue;
		list_unlink(&stream->exchange->link);
		list_push_back(&unanswered, &stream->exchange->link);
		doh_leave_stream(doh, stream);
	}
	doh->base.events->returned(doh->base.owner, &doh->base, ERR_CLOSED, why, &unanswered);
}

void doh_pass_over(struct doh *doh)
{
	snprintf(doh->why, sizeof(doh->why),
		"it closes the connection (GOAWAY, %s) and has not looked at the query",
		h2_code_text(h2_state(doh->h2)->leaving_code));
	doh_return(doh, false, doh_reason(doh, doh->why));
}

struct doh_stream *doh_new_stream(
	struct doh *doh, const struct doh_request *request, struct exchange *exchange)
{
	struct doh_stream *stream = malloc(sizeof(*stream) + request->query_len);
	if (!stream)
		return NULL;
	memcpy(stream->query, request->query, request->query_len);
	stream->len = request->query_len;
	stream->exchange = exchange;
	list_init(&stream->forsaken);
	list_init(&stream->link);
	list_push_back(&doh->streams, &stream->link);
	return stream;
}

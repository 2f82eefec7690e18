/* SPDX-License-Identifier: MIT */
#include "support/fake_tls.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 512

enum fake_state { FAKE_OPENING, FAKE_EARLY, FAKE_READY, FAKE_FAILED, FAKE_CLOSED };

struct tls {
	enum fake_state state;
	const struct tls_events *events;
	void *owner, *memory; /* what a real one would allocate */
	struct tls_peer peer;
	struct address address;
	int send_err, days_left;
	size_t early_room;
	bool astray;
	const char *why, *remark;
	struct bytes records[RECORDS_MAX];
	size_t record_count;
};

struct trust {
	size_t holds;
	uint8_t fingerprint[32];
};

static struct tls connections[FAKE_TLS_MAX];
static size_t connection_count, trust_holds;
static bool refusing;

void fake_tls_reset(void)
{
	assert(fake_tls_open_count() == 0);
	memset(connections, 0, sizeof(connections[0]) * connection_count);
	connection_count = 0;
	refusing = false;
}

size_t fake_tls_count(void)
{
	return connection_count;
}

struct tls *fake_tls_at(size_t i)
{
	assert(i < connection_count);
	return &connections[i];
}

size_t fake_tls_open_count(void)
{
	size_t open = 0;
	for (size_t i = 0; i < connection_count; i++)
		open += connections[i].state != FAKE_CLOSED;
	return open;
}

void fake_tls_refuse(bool refuse)
{
	refusing = refuse;
}

const struct address *fake_tls_address(const struct tls *tls)
{
	return &tls->address;
}

const struct tls_peer *fake_tls_peer(const struct tls *tls)
{
	return &tls->peer;
}

bool fake_tls_closed(const struct tls *tls)
{
	return tls->state == FAKE_CLOSED;
}

size_t fake_tls_records(const struct tls *tls)
{
	return tls->record_count;
}

struct bytes fake_tls_record(const struct tls *tls, size_t i)
{
	assert(i < tls->record_count);
	return tls->records[i];
}

/* Walks over all messages up to the wanted one; every record must hold whole messages. */
static size_t walk(const struct tls *tls, size_t wanted, struct bytes *out)
{
	size_t seen = 0;

	for (size_t i = 0; i < tls->record_count; i++) {
		struct bytes record = tls->records[i];
		while (record.len > 0) {
			assert(record.len >= 2);
			size_t len = u16_load(record.at);
			assert(record.len >= 2 + len);
			if (seen++ == wanted)
				*out = bytes_of(record.at + 2, len);
			record = bytes_of(record.at + 2 + len, record.len - 2 - len);
		}
	}
	return seen;
}

struct bytes fake_tls_message(const struct tls *tls, size_t i)
{
	struct bytes message = { 0 };
	(void)walk(tls, i, &message); /* the count is not asked for */
	return message;
}

size_t fake_tls_messages(const struct tls *tls)
{
	struct bytes none;
	return walk(tls, SIZE_MAX, &none);
}

void fake_tls_send_gives(struct tls *tls, int err)
{
	tls->send_err = err;
}

void fake_tls_set_days_left(struct tls *tls, int days)
{
	tls->days_left = days;
}

void fake_tls_set_remark(struct tls *tls, const char *remark)
{
	tls->remark = remark;
}

void fake_tls_early(struct tls *tls, size_t room)
{
	assert(tls->state == FAKE_OPENING);
	tls->state = FAKE_EARLY;
	tls->early_room = room;
	tls->events->early(tls->owner, room);
	if (tls->state == FAKE_EARLY)
		tls->state = FAKE_OPENING;
}

void fake_tls_ready(struct tls *tls)
{
	assert(tls->state == FAKE_OPENING);
	tls->state = FAKE_READY;
	tls->events->ready(tls->owner);
}

void fake_tls_feed(struct tls *tls, struct bytes data)
{
	assert(tls->state == FAKE_READY);
	/* Its own piece of memory, so that a sanitizer sees who looks beyond or later; not by
	 * malloc(), which failmalloc may make fail. */
	void *copy;
	int err = posix_memalign(&copy, sizeof(void *), data.len > 0 ? data.len : 1);
	assert(err == 0);
	(void)err;
	memcpy(copy, data.at, data.len);
	tls->events->received(tls->owner, bytes_of(copy, data.len));
	free(copy);
}

void fake_tls_fail(struct tls *tls, int err, const char *why)
{
	assert(tls->state == FAKE_OPENING || tls->state == FAKE_READY);
	tls->state = FAKE_FAILED;
	tls->why = why;
	tls->events->failed(tls->owner, err);
}

struct tls *tls_connect(struct loop *loop, const struct tls_peer *peer,
	const struct address *address, const struct tls_events *events, void *owner)
{
	(void)loop; /* events come from the test */
	assert(connection_count < FAKE_TLS_MAX);
	void *memory = refusing ? NULL : malloc(1);
	if (!memory)
		return NULL;
	struct tls *tls = &connections[connection_count++];
	*tls = (struct tls){
		.events = events,
		.owner = owner,
		.memory = memory,
		.peer = *peer,
		.address = *address,
		.days_left = INT_MAX,
		.why = "",
		.remark = "",
	};
	return tls;
}

int tls_send(struct tls *tls, struct bytes data)
{
	assert(tls->state == FAKE_READY || tls->state == FAKE_EARLY);
	assert(data.len > 0 && data.len <= 16384);
	assert(tls->record_count < RECORDS_MAX);
	if (tls->send_err != 0)
		return tls->send_err;
	if (tls->state == FAKE_EARLY && data.len > tls->early_room)
		return ERR_LIMIT;
	if (tls->state == FAKE_EARLY)
		tls->early_room -= data.len;
	uint8_t *copy = malloc(data.len);
	if (!copy)
		return ERR_NOMEM;
	memcpy(copy, data.at, data.len);
	tls->records[tls->record_count++] = bytes_of(copy, data.len);
	return 0;
}

bool fake_tls_is_ready(const struct tls *tls)
{
	return tls->state == FAKE_READY;
}

void tls_close(struct tls *tls)
{
	if (!tls)
		return;
	assert(tls->state != FAKE_CLOSED);
	for (size_t i = 0; i < tls->record_count; i++) {
		union {
			const uint8_t *at;
			void *memory;
		} record = { .at = tls->records[i].at };
		free(record.memory);
	}
	tls->record_count = 0;
	free(tls->memory);
	tls->state = FAKE_CLOSED;
}

const char *tls_failure(const struct tls *tls)
{
	return tls->why;
}

const char *tls_description(const struct tls *tls)
{
	(void)tls; /* all alike */
	return "fake";
}

const char *tls_remark(const struct tls *tls)
{
	return tls->remark;
}

bool tls_report(const struct tls *tls, struct tls_report *out)
{
	(void)tls; /* nobody asks here */
	(void)out;
	return false;
}

const struct credential *tls_credential(void *session)
{
	(void)session; /* there is none */
	return NULL;
}

int tls_days_left(const struct tls *tls)
{
	return tls->days_left;
}

const char *tls_library_version(void)
{
	return "fake";
}

int trust_new(
	const struct trust_options *options, struct trust **out, char why[static TRUST_TEXT_LEN])
{
	(void)options; /* everybody is believed */
	struct trust *trust = malloc(sizeof(*trust));
	if (!trust) {
		why[0] = '\0';
		return ERR_NOMEM;
	}
	trust->holds = 1;
	memset(trust->fingerprint, 1, sizeof(trust->fingerprint));
	trust_holds++;
	*out = trust;
	return 0;
}

struct trust *trust_hold(struct trust *trust)
{
	if (trust) {
		trust->holds++;
		trust_holds++;
	}
	return trust;
}

void trust_release(struct trust *trust)
{
	if (!trust)
		return;
	trust_holds--;
	if (--trust->holds == 0)
		free(trust);
}

void *trust_credentials(const struct trust *trust)
{
	(void)trust; /* nobody checks anything here */
	return NULL;
}

size_t fake_trust_holds(void)
{
	return trust_holds;
}

const uint8_t *trust_fingerprint(const struct trust *trust)
{
	return trust->fingerprint;
}

bool tls_way_stands(const struct tls *tls)
{
	return !tls->astray;
}

void fake_tls_lead_astray(struct tls *tls)
{
	tls->astray = true;
}

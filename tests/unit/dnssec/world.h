/* SPDX-License-Identifier: MIT */
/* A small DNS in memory: signed and unsigned zones, and a recursive resolver that answers from them
 * as an honest upstream would. What a test wants broken, it breaks in the reply. */
#pragma once

#include "dnssec/validator.h"
#include "signer.h"

#define WORLD_WALL_S 1800000000 /* when all of it happens */
#define WORLD_NOW_S  1000	/* the same, monotonic */
#define WORLD_TTL_S  3600
#define WORLD_DAY_S  86400

enum world_denial { WORLD_NSEC, WORLD_NSEC3, WORLD_OPTOUT };

struct world_record {
	struct world_record *next;
	struct name owner;
	uint16_t type;
	struct bytes rdata;
};

struct world_zone {
	struct world_zone *next;
	struct name name;
	const struct signer_key *key; /* NULL: not signed */
	enum world_denial denial;
	uint16_t iterations;
	uint32_t inception, expiration;
	struct world_record *records;
};

/* A response as a list that can be edited. */
struct world_reply {
	struct question question;
	uint16_t rcode;
	struct record records[128];
	size_t count;
};

struct world {
	struct arena arena; /* of the zones */
	struct world_zone *zones;
	struct crypto crypto;
	struct anchors *anchors;
	struct keycache *keycache;
	int64_t wall_s;
	uint32_t now_s;
	/* Where replies come from; NULL: world_answer(). */
	const struct world_reply *(*answer)(struct name name, uint16_t type);
	/* Called for each reply before it is handed out. */
	void (*tamper)(struct world_reply *reply, void *with);
	void *with;
	/* Called with true and false around all that the validator itself does. */
	void (*guard)(bool inside);
	struct trace *trace; /* told of each validation; NULL: none */
	bool one_by_one;     /* hand out one want at a time, the last one first */
	bool foresee;	     /* ask for what is foreseen along with the question */
	size_t wants_max;    /* 0: many */
	unsigned turn_max;   /* of the budget */
};

/* What became of a validation. */
struct world_trial {
	struct validator_result result;
	int err;
	unsigned queries; /* replies supplied */
	unsigned rounds;  /* of queries that go out together, the question's own among them */
	unsigned pauses;
	struct budget budget;
	char text[REASON_TEXT_LEN];
};

void world_init(struct world *world);
void world_done(struct world *world);

/* world_init() and, below a signed root and "example": n1 (NSEC), n3 (NSEC3), oo (opt-out), un (not
 * signed), kid.oo (not signed, in the opt-out span), deep.kid.oo (an island), each with the same
 * names in it; each zone has another algorithm. The root is the anchor. */
void world_usual(struct world *world);

/* A name that lives as long as the world. */
struct name world_name(struct world *world, const char *text);

/* With SOA and NS; in the zone above an NS and, if it is signed, a DS of digest 2. Algorithm 0: not
 * signed. The root comes first. */
struct world_zone *world_zone(
	struct world *world, const char *name, uint8_t algorithm, enum world_denial denial);

/* The zone of exactly that name. */
struct world_zone *world_zone_at(struct world *world, const char *name);

void world_add(struct world *world, const char *owner, uint16_t type, struct bytes rdata);
void world_add_a(struct world *world, const char *owner);
void world_add_name(struct world *world, const char *owner, uint16_t type, const char *target);

/* Takes all records of that owner and type away. */
void world_remove(struct world *world, const char *owner, uint16_t type);

/* The root zone's DS as the only anchor; and any zone's. */
void world_anchor(struct world *world, const char *zone);

/* The honest answer. */
void world_answer(struct world *world, struct name name, uint16_t type, struct world_reply *reply);

/* Signs the RRset at owner in reply once more, by that key and on those terms. */
void world_sign(struct world *world, struct world_reply *reply, const struct rrset *rrset,
	const struct signer_key *key, const struct signer_terms *terms);

void world_put(struct world_reply *reply, enum section section, struct name owner, uint16_t type,
	struct bytes rdata);

/* As a message; lives as long as the reply and the arena. */
void world_message(const struct world_reply *reply, struct arena *arena, struct message *out);

/* As octets; returns how many. */
size_t world_compose(const struct world_reply *reply, uint16_t id, bool truncated,
	uint8_t wire[static MESSAGE_LEN_MAX]);

/* Asks, tampers, validates until there is a verdict. */
void world_validate(struct world *world, const char *name, uint16_t type, struct world_trial *out);

/* The same in an arena of the caller's, from a reply that is there already. */
void world_validate_reply(struct world *world, const struct world_reply *reply, struct arena *arena,
	struct world_trial *out);

/* Editing of replies: each returns how many records it touched. */
size_t reply_drop(struct world_reply *reply, uint16_t type);
size_t reply_drop_signatures(struct world_reply *reply, uint16_t covers);
/* The last octet of each rdata of that type changes. */
size_t reply_spoil(struct world_reply *reply, uint16_t type);
size_t reply_spoil_signatures(struct world_reply *reply, uint16_t covers);

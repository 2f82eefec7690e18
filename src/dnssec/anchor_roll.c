/* SPDX-License-Identifier: MIT */
/*
 *      START ── new key ──► ADDPEND ── 30 days ──► VALID ◄── seen ─── MISSING
 *        ▲                     │                   │   └── not seen ──►  │
 *        └───── not seen ──────┘                   │ revoked             │ revoked
 *                                                  ▼                     ▼
 *                                               REVOKED ◄────────────────┘
 *                                                  │ 30 days
 *                                                  ▼
 *                                               REMOVED
 * RFC 5011 section 4.2 */
#include "dnssec/anchor_roll.h"

#include <assert.h>
#include <stdlib.h>

#include "dnssec/rrsig.h"
#include "wire/rdata.h"

static const char *const state_names[] = { "START", "ADDPEND", "VALID", "MISSING", "REVOKED",
	"REMOVED" };

static const uint8_t legal[ROLL_REMOVED + 1] = {
	[ROLL_START] = 1 << ROLL_ADDPEND | 1 << ROLL_VALID, /* VALID: by the anchor */
	[ROLL_ADDPEND] = 1 << ROLL_START | 1 << ROLL_VALID,
	[ROLL_VALID] = 1 << ROLL_MISSING | 1 << ROLL_REVOKED,
	[ROLL_MISSING] = 1 << ROLL_VALID | 1 << ROLL_REVOKED,
	[ROLL_REVOKED] = 1 << ROLL_REMOVED,
};

static void roll_move(struct roll_key *key, enum roll_state to, int64_t wall_s)
{
	assert(legal[key->state] & 1 << to);
	key->state = to;
	key->since_s = wall_s;
}

void anchor_roll_init(struct anchor_roll *roll, struct name name, const struct anchor *anchor)
{
	memset(roll, 0, sizeof(*roll));
	roll->anchor = anchor;
	roll->name = name_fold(name, &roll->space);
}

static bool is_trusted(const struct roll_key *key)
{
	return key->state == ROLL_VALID || key->state == ROLL_MISSING;
}

/* Equal but for the REVOKE flag, which is in the second octet. */
static bool same_key(const struct roll_key *key, struct bytes rdata)
{
	return key->len == rdata.len && key->rdata[0] == rdata.at[0] &&
	       key->rdata[1] == (rdata.at[1] & ~DNSKEY_FLAG_REVOKE) &&
	       memcmp(key->rdata + 2, rdata.at + 2, rdata.len - 2) == 0;
}

static struct roll_key *roll_find(struct anchor_roll *roll, struct bytes rdata)
{
	for (size_t i = 0; i < roll->count; i++) {
		if (same_key(&roll->keys[i], rdata))
			return &roll->keys[i];
	}
	return NULL;
}

/* NULL if there is no room, or it is too long: such a key is not looked at. */
static struct roll_key *roll_add(struct anchor_roll *roll, struct bytes rdata)
{
	if (roll->count == ROLL_KEYS_MAX || rdata.len > ROLL_KEY_LEN || rdata.len < 5)
		return NULL;
	struct roll_key *key = &roll->keys[roll->count++];
	memset(key, 0, sizeof(*key));
	key->len = (uint16_t)rdata.len;
	memcpy(key->rdata, rdata.at, rdata.len);
	key->rdata[1] &= (uint8_t)~DNSKEY_FLAG_REVOKE;
	return key;
}

static bool stands_for(
	const struct anchor_record *record, struct name name, const struct dnskey *key)
{
	struct ds ds;

	if (record->type == TYPE_DNSKEY)
		return bytes_equal(record->rdata, key->rdata);
	return ds_read(record->rdata, &ds) == 0 && ds_matches(&ds, name, key);
}

static bool anchor_has(const struct anchor *anchor, const struct dnskey *key)
{
	for (const struct anchor_record *r = anchor ? anchor->records : NULL; r; r = r->next) {
		if (stands_for(r, anchor->name, key))
			return true;
	}
	return false;
}

static bool has_trusted(const struct anchor_roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		if (is_trusted(&roll->keys[i]))
			return true;
	}
	return false;
}

/* Is key one that may vouch for the others? */
static bool may_vouch(struct anchor_roll *roll, const struct dnskey *key)
{
	const struct roll_key *known = roll_find(roll, key->rdata);

	if (!dnskey_signs_zones(key))
		return false;
	if (known && known->state != ROLL_ADDPEND)
		return is_trusted(known);
	return anchor_has(roll->anchor, key);
}

/* Is the set signed by one of keys? */
static int signed_by(const struct anchor_roll *roll, const struct checker *checker,
	const struct zone *by, const struct rrset *const sets[static 2], struct signature *out)
{
	struct zone zone = *by;
	zone.name = roll->name;
	*out = (struct signature){ 0 };
	return signature_check(checker, &zone, sets[0], sets[1], out);
}

static void key_seen(struct roll_key *key, int64_t wall_s)
{
	key->seen = true;
	if (key->state == ROLL_MISSING)
		roll_move(key, ROLL_VALID, wall_s);
	else if (key->state == ROLL_ADDPEND && wall_s - key->since_s >= key->hold_s)
		roll_move(key, ROLL_VALID, wall_s);
}

static size_t count_revoked(const struct anchor_roll *roll)
{
	size_t count = 0;

	for (size_t i = 0; i < roll->count; i++)
		count += roll->keys[i].state == ROLL_REVOKED;
	return count;
}

/* Removed ones are kept: they must never be trusted again. */
static void drop_unknown(struct anchor_roll *roll)
{
	size_t kept = 0;

	for (size_t i = 0; i < roll->count; i++) {
		if (roll->keys[i].state != ROLL_START)
			roll->keys[kept++] = roll->keys[i];
	}
	roll->count = kept;
}

/* What was not in the set. */
static void keys_sweep(struct anchor_roll *roll, int64_t wall_s)
{
	for (size_t i = 0; i < roll->count; i++) {
		struct roll_key *key = &roll->keys[i];
		if (!key->seen && key->state == ROLL_VALID)
			roll_move(key, ROLL_MISSING, wall_s);
		else if (!key->seen && key->state == ROLL_ADDPEND)
			roll_move(key, ROLL_START, wall_s);
		else if (key->state == ROLL_REVOKED && wall_s - key->since_s >= ROLL_REMOVE_HOLD_S)
			roll_move(key, ROLL_REMOVED, wall_s);
		key->seen = false;
	}
	drop_unknown(roll);
}

/* Is it one that the anchor stands for, as it was before it was revoked? */
static bool is_anchored(const struct anchor_roll *roll, const struct roll_key *known)
{
	struct dnskey key;
	return dnskey_read(bytes_of(known->rdata, known->len), &key) == 0 &&
	       anchor_has(roll->anchor, &key);
}

static int revoke(struct anchor_roll *roll, const struct checker *checker, const struct dnskey *key,
	const struct rrset *const sets[static 2])
{
	struct roll_key *known = roll_find(roll, key->rdata);
	const struct zone self = { .keys = key, .key_count = 1 };
	struct signature signature = { .reason.code = REASON_DNSKEY_NO_MATCH };
	int err = 0;

	/* One of the anchor's that was never seen whole must not come back with the next start. */
	if (!known)
		known = roll_add(roll, key->rdata);
	if (!known)
		return 0;
	const bool untried = known->state == ROLL_START || known->state == ROLL_ADDPEND;
	if (is_trusted(known) || (untried && is_anchored(roll, known)))
		err = signed_by(roll, checker, &self, sets, &signature);
	if (!err && signature.reason.code == REASON_NONE) {
		if (untried)
			roll_move(known, ROLL_VALID, checker->wall_s);
		roll_move(known, ROLL_REVOKED, checker->wall_s);
	}
	/* What is still in START is dropped afterwards. */
	return err;
}

static void learn(
	struct anchor_roll *roll, const struct dnskey *key, int64_t hold_s, int64_t wall_s)
{
	struct roll_key *known = roll_find(roll, key->rdata);

	if (!(key->flags & DNSKEY_FLAG_SEP) || !dnskey_signs_zones(key))
		return;
	if (!known) {
		known = roll_add(roll, key->rdata);
		if (!known)
			return;
		roll_move(known, ROLL_ADDPEND, wall_s);
		known->hold_s = hold_s;
	}
	if (known->state == ROLL_ADDPEND && anchor_has(roll->anchor, key))
		roll_move(known, ROLL_VALID, wall_s);
	key_seen(known, wall_s);
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
	if (value > max)
		value = max;
	return value < min ? min : value;
}

void anchor_roll_retry(struct anchor_roll *roll, int64_t wall_s, uint32_t ttl_s)
{
	roll->next_s = wall_s + clamp(ttl_s / 10, ROLL_QUERY_MIN_S, ROLL_RETRY_MAX_S);
}

/* by is what vouches for the set. */
static int apply(struct anchor_roll *roll, const struct checker *checker,
	const struct rrset *const sets[static 2], const struct signature *by)
{
	const int64_t hold_s =
		by->original_ttl_s > ROLL_ADD_HOLD_S ? by->original_ttl_s : ROLL_ADD_HOLD_S;

	for (size_t i = 0; i < sets[0]->count; i++) {
		struct dnskey key;
		int err = 0;
		if (dnskey_read(sets[0]->rdata[i], &key) != 0)
			continue;
		if (key.flags & DNSKEY_FLAG_REVOKE)
			err = revoke(roll, checker, &key, sets);
		else
			learn(roll, &key, hold_s, checker->wall_s);
		if (err)
			return err;
	}
	keys_sweep(roll, checker->wall_s);
	if (has_trusted(roll))
		roll->anchor = NULL;
	if (by->begins_s >= roll->signed_s + ROLL_SIGNED_STEP_S)
		roll->signed_s = by->begins_s;
	roll->next_s = checker->wall_s + clamp(by->ttl_s / 2, ROLL_QUERY_MIN_S, ROLL_QUERY_MAX_S);
	return 0;
}

/* No trusted key vouches for the set, but one that it revokes needs none but itself. Of the others
 * it says nothing.                                                   RFC 5011 section 2.1 */
static int apply_revocations(struct anchor_roll *roll, const struct checker *checker,
	const struct rrset *const sets[static 2], bool *any)
{
	const size_t before = count_revoked(roll);

	for (size_t i = 0; i < sets[0]->count; i++) {
		struct dnskey key;
		if (dnskey_read(sets[0]->rdata[i], &key) != 0 || !(key.flags & DNSKEY_FLAG_REVOKE))
			continue;
		int err = revoke(roll, checker, &key, sets);
		if (err)
			return err;
	}
	drop_unknown(roll);
	*any = count_revoked(roll) > before;
	return 0;
}

int anchor_roll_see(struct anchor_roll *roll, const struct checker *checker,
	const struct rrset *keys, const struct rrset *signatures, struct reason *reason)
{
	const struct rrset *const sets[2] = { keys, signatures };
	struct dnskey vouchers[ROLL_KEYS_MAX];
	struct signature signature;
	struct zone by = { .keys = vouchers };

	for (size_t i = 0; i < keys->count && by.key_count < ROLL_KEYS_MAX; i++) {
		struct dnskey key;
		if (dnskey_read(keys->rdata[i], &key) == 0 && may_vouch(roll, &key))
			vouchers[by.key_count++] = key;
	}
	int err = signed_by(roll, checker, &by, sets, &signature);
	if (err)
		return err;
	*reason = signature.reason;
	if (reason->code == REASON_NONE)
		return apply(roll, checker, sets, &signature);
	anchor_roll_retry(roll, checker->wall_s, keys->ttl_s);
	bool any = false;
	err = apply_revocations(roll, checker, sets, &any);
	if (any)
		reason->code = REASON_NONE;
	return err;
}

/* Has the key of that record been revoked? */
static bool is_withdrawn(const struct anchor_roll *roll, const struct anchor_record *record)
{
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_key *known = &roll->keys[i];
		struct dnskey key;
		if ((known->state == ROLL_REVOKED || known->state == ROLL_REMOVED) &&
			dnskey_read(bytes_of(known->rdata, known->len), &key) == 0 &&
			stands_for(record, roll->name, &key))
			return true;
	}
	return false;
}

int anchor_roll_anchors(const struct anchor_roll *roll, struct anchors *anchors)
{
	const struct anchor *anchor = roll->anchor;
	int err = anchors_add_point(anchors, roll->name);

	for (const struct anchor_record *r = anchor ? anchor->records : NULL; !err && r;
		r = r->next) {
		if (!is_withdrawn(roll, r))
			err = anchors_add(anchors, roll->name, r->type, r->rdata);
	}
	for (size_t i = 0; i < roll->count && !err; i++) {
		const struct roll_key *key = &roll->keys[i];
		if (is_trusted(key))
			err = anchors_add(
				anchors, roll->name, TYPE_DNSKEY, bytes_of(key->rdata, key->len));
	}
	return err;
}

/* Begins a line of its own, with a time behind it. */
#define SIGNED "; signed "

void anchor_roll_write(const struct anchor_roll *roll, FILE *out)
{
	char name[NAME_TEXT_LEN];

	if (roll->signed_s > 0)
		fprintf(out, SIGNED "%lld\n", (long long)roll->signed_s);
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_key *key = &roll->keys[i];
		fprintf(out, "%s%s IN DNSKEY ", is_trusted(key) ? "" : "; ",
			name_print(roll->name, name));
		rdata_print(out, TYPE_DNSKEY, bytes_of(key->rdata, key->len));
		fprintf(out, " ;; %s %lld %lld\n", state_names[key->state], (long long)key->since_s,
			(long long)key->hold_s);
	}
}

/* The comment that anchor_roll_write() puts behind a key. */
static int state_read(const char *text, struct roll_key *key)
{
	char name[16];
	long long since_s, hold_s;
	int end = 0;

	if (sscanf(text, ";; %15s %lld %lld%n", name, &since_s, &hold_s, &end) != 3 || text[end])
		return ERR_FORMAT;
	for (int state = ROLL_ADDPEND; state <= ROLL_REMOVED; state++) {
		if (strcmp(name, state_names[state]) != 0)
			continue;
		key->state = (enum roll_state)state;
		key->since_s = since_s;
		key->hold_s = hold_s;
		return 0;
	}
	return ERR_FORMAT;
}

static int signed_read(struct anchor_roll *roll, const char *text)
{
	long long signed_s;
	int end = 0;

	if (sscanf(text, SIGNED "%lld%n", &signed_s, &end) != 1 || text[end] || signed_s <= 0)
		return ERR_FORMAT;
	roll->signed_s = signed_s;
	return 0;
}

/* One line, which it may change. */
static int line_read(struct anchor_roll *roll, char *line)
{
	if (strncmp(line, SIGNED, strlen(SIGNED)) == 0)
		return signed_read(roll, line);
	char *comment = strstr(line, ";;");
	struct anchors *anchors = anchors_new();
	struct anchor_fault fault;
	struct roll_key *key = NULL;
	int err = anchors && comment ? 0 : comment ? ERR_NOMEM : ERR_FORMAT;

	if (!err) {
		line += strncmp(line, "; ", 2) == 0 ? 2 : 0;
		err = anchors_parse(anchors, line, &fault);
	}
	const struct anchor *anchor = err ? NULL : anchors_closest(anchors, roll->name);
	if (!err && (!anchor || !name_equal(anchor->name, roll->name) ||
			    anchor->records->type != TYPE_DNSKEY))
		err = ERR_FORMAT;
	if (!err) {
		key = roll_add(roll, anchor->records->rdata);
		err = key ? state_read(comment, key) : ERR_FORMAT;
	}
	anchors_free(anchors);
	return err;
}

int anchor_roll_read(struct anchor_roll *roll, const char *text)
{
	struct anchor_roll *made = malloc(sizeof(*made));
	char *copy = malloc(strlen(text) + 1), *rest = copy;
	int err = made && copy ? 0 : ERR_NOMEM;

	if (!err) {
		anchor_roll_init(made, roll->name, roll->anchor);
		memcpy(copy, text, strlen(text) + 1);
	}
	for (char *line; !err && (line = strsep(&rest, "\n"));) {
		if (*line)
			err = line_read(made, line);
	}
	if (!err) {
		memcpy(roll->keys, made->keys, sizeof(roll->keys));
		roll->count = made->count;
		roll->signed_s = made->signed_s;
	}
	free(copy);
	free(made);
	return err;
}

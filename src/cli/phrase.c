/* SPDX-License-Identifier: MIT */
#include "cli/phrase.h"

#include <stdio.h>
#include <time.h>

#include "wire/rdata.h"

#define DAY_S  86400
#define HOUR_S 3600

const char *phrase_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SECURE: return "secure";
	case VERDICT_INSECURE: return "insecure";
	case VERDICT_BOGUS: return "bogus";
	case VERDICT_INDETERMINATE: break;
	}
	return "indeterminate";
}

enum verdict phrase_state_verdict(enum zone_state state)
{
	switch (state) {
	case ZONE_SECURE:
	case ZONE_INSIDE: return VERDICT_SECURE;
	case ZONE_INSECURE: return VERDICT_INSECURE;
	case ZONE_BOGUS: return VERDICT_BOGUS;
	case ZONE_UNKNOWN: break;
	}
	return VERDICT_INDETERMINATE;
}

const char *phrase_state(enum zone_state state)
{
	return state == ZONE_INSIDE ? "no zone of its own"
				    : phrase_verdict(phrase_state_verdict(state));
}

const char *phrase_algorithm(uint8_t algorithm, char text[static PHRASE_WORD_LEN])
{
	/* IANA "DNS Security Algorithm Numbers" */
	static const char *const names[] = { [1] = "RSAMD5",
		[3] = "DSA",
		[5] = "RSASHA1",
		[6] = "DSA-NSEC3-SHA1",
		[7] = "RSASHA1-NSEC3-SHA1",
		[8] = "RSASHA256",
		[10] = "RSASHA512",
		[12] = "ECC-GOST",
		[13] = "ECDSAP256SHA256",
		[14] = "ECDSAP384SHA384",
		[15] = "ED25519",
		[16] = "ED448" };

	if (algorithm < sizeof(names) / sizeof(names[0]) && names[algorithm])
		snprintf(text, PHRASE_WORD_LEN, "%s", names[algorithm]);
	else
		snprintf(text, PHRASE_WORD_LEN, "algorithm %u", algorithm);
	return text;
}

const char *phrase_digest(uint8_t digest_type, char text[static PHRASE_WORD_LEN])
{
	switch (digest_type) {
	case DIGEST_SHA1: return strcpy(text, "SHA-1");
	case DIGEST_SHA256: return strcpy(text, "SHA-256");
	case DIGEST_SHA384: return strcpy(text, "SHA-384");
	default: snprintf(text, PHRASE_WORD_LEN, "digest type %u", digest_type); return text;
	}
}

const char *phrase_time(int64_t when_s, char text[static PHRASE_WORD_LEN])
{
	const time_t when = (time_t)when_s;
	struct tm tm;

	if (!gmtime_r(&when, &tm) ||
		strftime(text, PHRASE_WORD_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, PHRASE_WORD_LEN, "%lld", (long long)when_s);
	return text;
}

const char *phrase_question(struct name name, uint16_t type, char text[static PHRASE_LEN])
{
	char owner[NAME_TEXT_LEN], word[TYPE_TEXT_LEN];

	snprintf(text, PHRASE_LEN, "%s %s", name_print(name, owner), type_print(type, word));
	return text;
}

const char *phrase_record(uint16_t type, struct bytes rdata, char text[static PHRASE_LEN])
{
	char word[TYPE_TEXT_LEN], shown[PHRASE_RDATA_LEN] = "";
	/* A stream over a buffer cuts what is too long. */
	FILE *out = fmemopen(shown, sizeof(shown), "w");

	if (out) {
		rdata_print(out, type, rdata);
		(void)fclose(out); /* a text that is cut is still a text */
		shown[sizeof(shown) - 1] = '\0';
	}
	snprintf(text, PHRASE_LEN, "%s %s%s", type_print(type, word), shown,
		strlen(shown) == sizeof(shown) - 1 ? "..." : "");
	return text;
}

const struct trace_key *phrase_key_of(
	struct name owner, uint16_t type, struct bytes rdata, const struct trace_key *keys)
{
	struct ds ds;

	if (type == TYPE_DS && ds_read(rdata, &ds) != 0)
		return NULL;
	for (; keys; keys = keys->next) {
		if (type == TYPE_DS ? ds_matches(&ds, owner, &keys->key)
				    : bytes_equal(rdata, keys->key.rdata))
			return keys;
	}
	return NULL;
}

const char *phrase_ds(struct name owner, struct bytes rdata, const struct trace_key *keys,
	char text[static PHRASE_LEN])
{
	char algorithm[PHRASE_WORD_LEN], digest[PHRASE_WORD_LEN];
	struct ds ds;

	if (ds_read(rdata, &ds) != 0) {
		snprintf(text, PHRASE_LEN, "DS, malformed");
		return text;
	}
	const struct trace_key *key = phrase_key_of(owner, TYPE_DS, rdata, keys);
	int len = snprintf(text, PHRASE_LEN, "DS %u, %s, %s", ds.key_tag,
		phrase_algorithm(ds.algorithm, algorithm), phrase_digest(ds.digest_type, digest));
	if (key)
		snprintf(text + len, PHRASE_LEN - (size_t)len, ": fits DNSKEY %u%s",
			key->key.key_tag, key->trusted ? "" : ", which does not count");
	else if (keys)
		snprintf(text + len, PHRASE_LEN - (size_t)len, ": fits no DNSKEY");
	return text;
}

const char *phrase_key(const struct trace_key *key, char text[static PHRASE_LEN])
{
	char algorithm[PHRASE_WORD_LEN];
	const char *what = "";

	if (key->trusted)
		what = ": trusted";
	else if (key->key.flags & DNSKEY_FLAG_REVOKE)
		what = ": revoked";
	else if (!key->signs)
		what = ": not a zone's key";
	snprintf(text, PHRASE_LEN, "DNSKEY %u, %s, flags %u%s", key->key.key_tag,
		phrase_algorithm(key->key.algorithm, algorithm), key->key.flags, what);
	return text;
}

/* The few codes that a signature can get. */
const char *phrase_fit(enum reason_code code)
{
	static const struct {
		enum reason_code code;
		const char *text;
	} words[] = {
		{ REASON_NONE, "fits" },
		{ REASON_RRSIG_MALFORMED, "malformed" },
		{ REASON_RRSIG_EXPIRED, "expired" },
		{ REASON_RRSIG_NOT_YET_VALID, "not yet valid" },
		{ REASON_RRSIG_NO_KEY, "by a key that the zone does not have" },
		{ REASON_RRSIG_LABELS, "for a name with more labels" },
		{ REASON_RRSIG_ALGORITHM, "of an unsupported algorithm" },
		{ REASON_RRSIG_WRONG, "does not fit the data" },
		{ REASON_RRSIG_EXPANDED, "for a wildcard, which this type must not be made from" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].code == code)
			return words[i].text;
	}
	return "not tried, as too many did not fit";
}

int64_t phrase_unfold_s(uint32_t then, int64_t wall_s)
{
	return wall_s + (int32_t)(then - (uint32_t)wall_s);
}

/* "ends in 12 d" */
static void left_print(const struct rrsig *rrsig, int64_t wall_s, char text[static PHRASE_WORD_LEN])
{
	const int64_t begins_s = phrase_unfold_s(rrsig->inception, wall_s) - wall_s;
	const int64_t ends_s = phrase_unfold_s(rrsig->expiration, wall_s) - wall_s;
	const int64_t distance_s = begins_s > 0 ? begins_s : ends_s < 0 ? -ends_s : ends_s;
	long long count = distance_s / DAY_S;
	const char *unit = "d";

	if (distance_s < 2 * HOUR_S) {
		count = distance_s / 60;
		unit = "min";
	} else if (distance_s < 2 * DAY_S) {
		count = distance_s / HOUR_S;
		unit = "h";
	}
	const char *what = begins_s > 0 ? "begins in" : ends_s < 0 ? "ended" : "ends in";
	snprintf(text, PHRASE_WORD_LEN, "%s %lld %s%s", what, count, unit,
		begins_s <= 0 && ends_s < 0 ? " ago" : "");
}

const char *phrase_signature(const struct trace_signature *signature, struct name zone,
	int64_t wall_s, char text[static PHRASE_LEN])
{
	char name[NAME_TEXT_LEN], algorithm[PHRASE_WORD_LEN], left[PHRASE_WORD_LEN];
	char inception[PHRASE_WORD_LEN], expiration[PHRASE_WORD_LEN], type[TYPE_TEXT_LEN];
	const struct rrsig *rrsig = &signature->rrsig;

	if (!rrsig->signature.at) {
		snprintf(text, PHRASE_LEN, "RRSIG, malformed");
		return text;
	}
	left_print(rrsig, wall_s, left);
	snprintf(text, PHRASE_LEN, "RRSIG %s by %s key %u, %s: %s, %s to %s, %s",
		type_print(rrsig->covers, type), name_print(zone, name), rrsig->key_tag,
		phrase_algorithm(rrsig->algorithm, algorithm), phrase_fit(signature->code),
		phrase_time(phrase_unfold_s(rrsig->inception, wall_s), inception),
		phrase_time(phrase_unfold_s(rrsig->expiration, wall_s), expiration), left);
	return text;
}

const char *phrase_denial(const struct trace_denial *denial, char text[static PHRASE_LEN])
{
	char name[NAME_TEXT_LEN], type[TYPE_TEXT_LEN];
	const char *proven = "not proven";

	if (denial->code == REASON_NONE)
		proven = "proven";
	else if (reason_verdict(denial->code) == VERDICT_INSECURE)
		proven = denial->code == REASON_OPTOUT ? "proven but for unsigned names (opt-out)"
						       : "not checked";
	(void)name_print(denial->name, name);
	switch (denial->goal) {
	case TRACE_NO_NAME:
		snprintf(text, PHRASE_LEN, "%s: %s does not exist", proven, name);
		break;
	case TRACE_NO_TYPE:
		snprintf(text, PHRASE_LEN, "%s: %s has no %s", proven, name,
			type_print(denial->type, type));
		break;
	case TRACE_NO_CLOSER:
		snprintf(text, PHRASE_LEN, "%s: %s does not exist, so that the wildcard counts",
			proven, name);
		break;
	}
	return text;
}

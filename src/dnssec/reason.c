/* SPDX-License-Identifier: MIT */
#include "dnssec/reason.h"

#include <stdio.h>
#include <time.h>

#include "wire/edns.h"
#include "wire/type.h"

/* What a sentence goes on with, behind "NAME TYPE: ". */
enum detail { DETAIL_NONE, DETAIL_ZONE, DETAIL_KEY, DETAIL_TIME };

struct sentence {
	enum verdict verdict;
	uint16_t ede;
	enum detail detail;
	const char *text; /* of DETAIL_ZONE and beyond: in front of the zone's name */
	const char *rest; /* behind the detail */
};

/* Shorter lines in the table. */
#define BOGUS	      VERDICT_BOGUS, EDE_DNSSEC_BOGUS
#define BOGUS_EDE(e)  VERDICT_BOGUS, e
#define INSECURE      VERDICT_INSECURE, EDE_OTHER
#define INDETERMINATE VERDICT_INDETERMINATE, EDE_NETWORK_ERROR

static const struct sentence sentences[REASON_COUNT] = {
	[REASON_NONE] = { VERDICT_SECURE, EDE_OTHER, DETAIL_NONE, "the chain of trust holds", "" },

	[REASON_RRSIG_MISSING] = { BOGUS_EDE(EDE_RRSIGS_MISSING), DETAIL_ZONE,
		"there is no signature by ", ", which is a signed zone" },
	[REASON_RRSIG_MALFORMED] = { BOGUS, DETAIL_ZONE, "the signature by ", " is malformed" },
	[REASON_RRSIG_EXPIRED] = { BOGUS_EDE(EDE_SIGNATURE_EXPIRED), DETAIL_TIME,
		"the signature by ", " expired at " },
	[REASON_RRSIG_NOT_YET_VALID] = { BOGUS_EDE(EDE_SIGNATURE_NOT_YET_VALID), DETAIL_TIME,
		"the signature by ", " is not valid before " },
	[REASON_RRSIG_NO_KEY] = { BOGUS, DETAIL_KEY, "the signature by ",
		" is by a key that the zone does not have" },
	[REASON_RRSIG_LABELS] = { BOGUS, DETAIL_KEY, "the signature by ",
		" is for a name with more labels" },
	[REASON_RRSIG_ALGORITHM] = { BOGUS, DETAIL_ZONE, "all signatures by ",
		" are of unsupported algorithms, though the zone has keys of others" },
	[REASON_RRSIG_WRONG] = { BOGUS, DETAIL_KEY, "the signature by ", " does not fit the data" },
	[REASON_RRSIG_EXPANDED] = { BOGUS, DETAIL_ZONE, "the signature by ",
		" is for a wildcard, which this type must not be made from" },

	[REASON_DNSKEY_MISSING] = { BOGUS_EDE(EDE_DNSKEY_MISSING), DETAIL_NONE,
		"the zone has a DS but no DNSKEY", "" },
	[REASON_DNSKEY_NO_MATCH] = { BOGUS_EDE(EDE_DNSKEY_MISSING), DETAIL_NONE,
		"no DNSKEY of the zone fits its DS", "" },
	[REASON_DNSKEY_UNSIGNED] = { BOGUS_EDE(EDE_RRSIGS_MISSING), DETAIL_NONE,
		"the keys are not signed by one that fits the zone's DS", "" },
	[REASON_ANCHOR_REVOKED] = { BOGUS, DETAIL_NONE,
		"all keys of it that were trusted here have been revoked", "" },

	[REASON_DENIAL_MISSING] = { BOGUS_EDE(EDE_NSEC_MISSING), DETAIL_ZONE,
		"there is no signed NSEC or NSEC3 of ", ", which is a signed zone" },
	[REASON_NAME_NOT_DENIED] = { BOGUS_EDE(EDE_NSEC_MISSING), DETAIL_ZONE,
		"no NSEC or NSEC3 of ", " proves that the name does not exist" },
	[REASON_NAME_EXISTS] = { BOGUS, DETAIL_ZONE, "an NSEC or NSEC3 of ",
		" proves that the name exists" },
	[REASON_TYPE_NOT_DENIED] = { BOGUS_EDE(EDE_NSEC_MISSING), DETAIL_ZONE,
		"no NSEC or NSEC3 of ", " proves that the type does not exist" },
	[REASON_TYPE_EXISTS] = { BOGUS, DETAIL_ZONE, "an NSEC or NSEC3 of ",
		" proves that the type, or a CNAME, exists" },
	[REASON_WILDCARD_NOT_DENIED] = { BOGUS_EDE(EDE_NSEC_MISSING), DETAIL_ZONE,
		"no NSEC or NSEC3 of ", " proves that no wildcard stands for the name" },
	[REASON_DENIAL_PARENT_SIDE] = { BOGUS, DETAIL_ZONE, "the NSEC or NSEC3 of ",
		" is the parent's side of a delegation and says nothing of the child" },
	[REASON_DENIAL_CHILD_SIDE] = { BOGUS, DETAIL_ZONE, "the NSEC or NSEC3 of ",
		" is the child's apex and says nothing of its DS" },
	[REASON_DENIAL_BELOW_CUT] = { BOGUS, DETAIL_ZONE, "the NSEC or NSEC3 of ",
		" is of a delegation or DNAME above the name" },
	[REASON_ENCLOSER_NOT_PROVEN] = { BOGUS_EDE(EDE_NSEC_MISSING), DETAIL_ZONE, "no NSEC3 of ",
		" proves the closest encloser" },
	[REASON_EXPANSION_NOT_PROVEN] = { BOGUS_EDE(EDE_NSEC_MISSING), DETAIL_ZONE,
		"made from a wildcard, but no NSEC or NSEC3 of ",
		" proves that nothing closer exists" },
	[REASON_NSEC3_COSTLY] = { BOGUS_EDE(EDE_UNSUPPORTED_NSEC3_ITERATIONS), DETAIL_ZONE,
		"NSEC3 of ", " asks for more iterations than will be done" },

	[REASON_CNAME_NOT_OF_DNAME] = { BOGUS, DETAIL_ZONE, "the CNAME does not follow from ",
		"'s DNAME" },
	[REASON_RCODE_FALSE] = { BOGUS, DETAIL_NONE,
		"the response code contradicts the signed data", "" },
	[REASON_MESSAGE_MALFORMED] = { BOGUS, DETAIL_NONE, "the response is malformed", "" },

	[REASON_SPENT_SIGNATURES] = { BOGUS, DETAIL_ZONE, "none of the first 8 signatures by ",
		" fits, and there are more" },
	[REASON_SPENT_KEYS] = { BOGUS, DETAIL_KEY, "the signature by ",
		" fits none of the first 4 keys with that tag, and there are more" },
	[REASON_SPENT_CHECKS] = { BOGUS, DETAIL_ZONE,
		"the checks of signatures cost too much; the last was by ", "" },
	[REASON_SPENT_HASHES] = { BOGUS, DETAIL_ZONE, "the NSEC3 proof of ",
		" asks for too many hashes" },
	[REASON_SPENT_QUERIES] = { BOGUS, DETAIL_ZONE, "the chain of trust is too long below ",
		"" },
	[REASON_SPENT_HOPS] = { BOGUS, DETAIL_NONE, "the chain of CNAMEs is too long", "" },

	[REASON_NO_ANCHOR] = { INSECURE, DETAIL_NONE, "there is no trust anchor above", "" },
	[REASON_NTA] = { INSECURE, DETAIL_ZONE, "there is a negative trust anchor at ", "" },
	[REASON_NO_DS] = { INSECURE, DETAIL_ZONE, "unsigned: it is proven that there is no DS by ",
		"" },
	[REASON_OPTOUT] = { INSECURE, DETAIL_ZONE, "unsigned: an opt-out NSEC3 of ",
		" covers the name" },
	[REASON_DS_ALGORITHM] = { VERDICT_INSECURE, EDE_UNSUPPORTED_DNSKEY_ALGORITHM, DETAIL_ZONE,
		"the DS by ", " has unsupported algorithms only" },
	[REASON_DS_DIGEST] = { VERDICT_INSECURE, EDE_UNSUPPORTED_DS_DIGEST, DETAIL_ZONE,
		"the DS by ", " has unsupported digests only" },
	[REASON_NSEC3_ITERATIONS] = { VERDICT_INSECURE, EDE_UNSUPPORTED_NSEC3_ITERATIONS,
		DETAIL_ZONE, "NSEC3 of ", " has more than 50 iterations" },
	[REASON_NSEC3_NO_HASH] = { INSECURE, DETAIL_ZONE, "NSEC3 of ",
		" cannot be checked: this system refuses SHA-1" },
	[REASON_RRSIG_ASKED] = { INSECURE, DETAIL_NONE, "signatures are not signed", "" },

	[REASON_NO_RESPONSE] = { INDETERMINATE, DETAIL_NONE, "what proves it could not be had",
		"" },
	[REASON_RCODE] = { INDETERMINATE, DETAIL_NONE, "the response tells of a failure", "" },
};

enum verdict reason_verdict(enum reason_code code)
{
	return sentences[code].verdict;
}

uint16_t reason_ede(enum reason_code code)
{
	return sentences[code].ede;
}

static void print_time(FILE *out, int64_t when_s)
{
	const time_t when = (time_t)when_s;
	struct tm tm;

	if (!gmtime_r(&when, &tm)) {
		fprintf(out, "%lld", (long long)when_s);
		return;
	}
	fprintf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void print_all(FILE *out, const struct reason *reason)
{
	const struct sentence *sentence = &sentences[reason->code];
	char name[NAME_TEXT_LEN], type[TYPE_TEXT_LEN];

	if (reason->name.octets)
		fprintf(out, "%s %s: ", name_print(reason->name, name),
			type_print(reason->type, type));
	fputs(sentence->text, out);
	if (sentence->detail == DETAIL_NONE)
		return;
	fputs(reason->zone.octets ? name_print(reason->zone, name) : "the zone", out);
	if (sentence->detail != DETAIL_ZONE && reason->algorithm != 0)
		fprintf(out, " (key %u, algorithm %u)", reason->key_tag, reason->algorithm);
	fputs(sentence->rest, out);
	if (sentence->detail == DETAIL_TIME)
		print_time(out, reason->when_s);
}

const char *reason_print(const struct reason *reason, char text[static REASON_TEXT_LEN])
{
	/* A stream over the caller's buffer cuts what is too long and allocates little. */
	FILE *out = fmemopen(text, REASON_TEXT_LEN, "w");

	text[0] = '\0';
	if (!out)
		return text;
	print_all(out, reason);
	(void)fclose(out); /* a text that is cut is still a text */
	text[REASON_TEXT_LEN - 1] = '\0';
	return text;
}

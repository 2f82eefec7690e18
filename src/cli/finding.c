/* SPDX-License-Identifier: MIT */
#include "cli/finding.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "upstream/unfound.h"

static_assert(FINDING_TEXT_LEN >= UNFOUND_LEN, "its sentences are passed on");

#define DAY_S 86400

/* Days before a certificate's end from which on it is a problem, as the daemon warns. */
#define EXPIRY_DAYS 14

struct collecting {
	struct findings *out;
	const struct probed *probed;
	size_t address;
	enum finding_level unsigned_level; /* of what only validation suffers from */
};

PRINTF(4, 5)
static void add(struct collecting *collecting, enum finding_level level,
	const char *const words[static 3], const char *format, ...)
{
	struct findings *out = collecting->out;
	struct finding *finding = &out->items[out->count];
	va_list list;

	*finding = (struct finding){ .level = level,
		.code = words[0],
		.cause = words[1],
		.remedy = words[2],
		.addresses = 1U << collecting->address };
	va_start(list, format);
	vsnprintf(finding->text, sizeof(finding->text), format, list);
	va_end(list);
	for (size_t i = 0; i < out->count; i++) {
		struct finding *other = &out->items[i];
		if (strcmp(other->code, finding->code) == 0 &&
			strcmp(other->text, finding->text) == 0) {
			other->addresses |= finding->addresses;
			return;
		}
	}
	out->count++;
}

#define WORDS(code, cause, remedy)                                                                 \
	(const char *const[3])                                                                     \
	{                                                                                          \
		code, cause, remedy                                                                \
	}

static void collect_reach(struct collecting *collecting, const struct facts *facts)
{
	if (!facts->reached) {
		add(collecting, FINDING_PROBLEM,
			WORDS(facts->seen ? "refused" : "unreachable", "", ""), "%s", facts->why);
		return;
	}
	if (facts->why[0] != '\0' && facts->answered == 0)
		add(collecting, FINDING_PROBLEM,
			collecting->probed->endpoint->kind == TRANSPORT_DOH
				? WORDS("silent",
					  "the URL's path is not that of its DNS, or there is no "
					  "resolver behind it",
					  "look up the URL that its operator tells, and what the "
					  "server passes questions on to")
				: WORDS("silent",
					  "the server has the TLS, but no resolver behind it",
					  "look at what it forwards to, and at its access list"),
			"it answered no question: %s", facts->why);
	else if (facts->why[0] != '\0')
		add(collecting, FINDING_PROBLEM,
			WORDS("unsteady", "the server is overloaded, or limits a client's queries",
				"look at its limits, or try again later"),
			"it answered %u of %u questions: %s", facts->answered, facts->asked,
			facts->why);
	if (facts->remark[0] != '\0')
		add(collecting, FINDING_PROBLEM, WORDS("unproven", "", ""), "%s", facts->remark);
}

static void collect_session(struct collecting *collecting, const struct facts *facts)
{
	const int64_t days = facts_days_left(facts, collecting->probed->wall_s);

	if (facts->seen && days >= 0 && days < EXPIRY_DAYS)
		add(collecting, FINDING_PROBLEM,
			WORDS("expires-soon",
				"its owner has not renewed it, or not loaded the new one",
				"tell them; have another upstream ready"),
			"its certificate expires in %lld day%s", (long long)days,
			days == 1 ? "" : "s");
	if (facts->seen && strcmp(facts->tls.version, "TLS1.3") != 0)
		add(collecting, FINDING_NOTE,
			WORDS("old-tls", "the server, or its library, is old",
				"ask its owner for TLS 1.3, whose handshake is shorter and hides "
				"the certificate"),
			"it does not offer TLS 1.3");
	if (facts->resumed == MARK_NO)
		add(collecting, FINDING_NOTE,
			WORDS("not-resumed",
				"tickets are off, or several servers share the address but not "
				"their keys",
				"none is needed; each connection takes a full handshake"),
			"a second connection did not resume the first one's session");
	if (facts->padded == MARK_NO)
		add(collecting, FINDING_NOTE,
			WORDS("not-padded", "the server does not pad (RFC 8467), or is told not to",
				"none is needed; lengths may tell a watcher which names are asked"),
			"its answers are not padded");
}

static void collect_dnssec(struct collecting *collecting, const struct facts *facts)
{
	const enum finding_level level = collecting->unsigned_level;

	if (facts->signatures == MARK_NO)
		add(collecting, level,
			WORDS("no-signatures",
				"the server or one behind it leaves DNSSEC records out, or refuses "
				"the root's",
				"turn DNSSEC on there, or take another upstream; what comes from "
				"here cannot be validated"),
			"asked for the root's keys and SOA with signatures, it answered %s",
			facts->unsigned_reply);
	if (facts->denial == MARK_NO)
		add(collecting, level,
			WORDS("no-denial", "the server or one behind it leaves NSEC records out",
				"turn DNSSEC on there, or take another upstream; a name that does "
				"not exist cannot be told from one that is hidden"),
			"its denial of a name has no signed proof");
	if (facts->ds == MARK_NO)
		add(collecting, level,
			WORDS("wrong-ds",
				"the server asks the child zone for DS, or leaves signatures out",
				"update it, or take another upstream; signed zones look bogus "
				"through it"),
			"asked for the DS of a signed zone, it does not give the parent's");
}

static void collect_names(struct collecting *collecting, const struct facts *facts)
{
	if (facts->honest == MARK_NO)
		add(collecting, FINDING_PROBLEM,
			WORDS("nxdomain",
				"the server, or the network behind it, rewrites or blocks answers",
				"turn that off there, or take another upstream"),
			"asked for a name that does not exist, it did not say NXDOMAIN but %s",
			facts->instead);
	else if (facts->honest == MARK_UNKNOWN && facts->instead[0] != '\0')
		add(collecting, FINDING_PROBLEM,
			WORDS("no-recursion",
				"it does not resolve for us, or cannot reach the servers that know",
				"look at its access list and at what it forwards to, or take "
				"another upstream"),
			"asked for a name that does not exist, it cannot tell: %s", facts->instead);
}

bool probed_is_reachable(const struct probed *probed)
{
	for (size_t i = 0; i < probed->endpoint->address_count; i++) {
		if (probed->facts[i].reached)
			return true;
	}
	return false;
}

int64_t facts_days_left(const struct facts *facts, int64_t wall_s)
{
	const int64_t left_s = facts->tls.expires_s - wall_s;

	return left_s >= 0 ? left_s / DAY_S : -1 - (-left_s - 1) / DAY_S;
}

void findings_collect(const struct probed *probed, struct findings *out)
{
	struct collecting collecting = {
		.out = out,
		.probed = probed,
		.unsigned_level = probed->validated ? FINDING_PROBLEM : FINDING_NOTE,
	};

	out->count = 0;
	if (probed->endpoint->address_count == 0) {
		add(&collecting, FINDING_PROBLEM, WORDS("not-found", "", ""), "%s",
			probed->unfound);
		out->items[0].addresses = 0;
	}
	for (size_t i = 0; i < probed->endpoint->address_count; i++) {
		const struct facts *facts = &probed->facts[i];
		collecting.address = i;
		collect_reach(&collecting, facts);
		if (!facts->reached)
			continue;
		collect_session(&collecting, facts);
		collect_dnssec(&collecting, facts);
		collect_names(&collecting, facts);
	}
}

size_t findings_problems(const struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].level == FINDING_PROBLEM;
	return count;
}

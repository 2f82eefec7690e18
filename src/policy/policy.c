/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include <stdlib.h>

#include "policy/special.h"
#include "policy/suffix.h"

/* Seconds that a client may remember not to ask for ANY: long, as nothing ever changes. */
#define ANY_TTL_S 3600

struct policy {
	/* Routes by their number; behind them, from route_count on, special names by theirs. */
	struct suffix_set *suffixes;
	size_t route_count;
};

MUST_USE static int add_routes(struct policy *policy, const struct policy_options *options)
{
	for (size_t i = 0; i < options->route_count; i++) {
		const struct policy_route *route = &options->routes[i];
		for (size_t j = 0; j < route->domain_count; j++) {
			if (special_never_forwarded(route->domains[j]))
				continue;
			int err = suffix_set_add(policy->suffixes, route->domains[j], i);
			if (err != 0)
				return err;
		}
	}
	policy->route_count = options->route_count;
	return 0;
}

MUST_USE static int add_specials(struct policy *policy)
{
	for (size_t i = 0; i < special_count(); i++) {
		int err =
			suffix_set_add(policy->suffixes, special_name(i), policy->route_count + i);
		/* ERR_FORMAT: the user has routed that very name, and a route outweighs us. */
		if (err != 0 && err != ERR_FORMAT)
			return err;
	}
	return 0;
}

int policy_new(const struct policy_options *options, struct policy **out)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	int err = ERR_NOMEM;

	if (!policy)
		return ERR_NOMEM;
	policy->suffixes = suffix_set_new();
	if (policy->suffixes)
		err = add_routes(policy, options);
	if (err == 0)
		err = add_specials(policy);
	if (err != 0) {
		policy_free(policy);
		return err;
	}
	*out = policy;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	suffix_set_free(policy->suffixes);
	free(policy);
}

static void refuse(struct decision *out, uint16_t rcode, uint16_t ede_code, const char *text)
{
	out->verb = POLICY_ANSWER;
	out->rcode = rcode;
	out->ede = (struct ede){ .present = true, .code = ede_code, .text = text };
}

/* The names at which servers tell what they are (RFC 4892 and habit). */
static bool is_identity(struct name name)
{
	static const char *const names[] = { "\007version\004bind", "\007version\006server",
		"\002id\006server", "\010hostname\004bind" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct name identity = { .octets = (const uint8_t *)names[i],
			.len = (uint8_t)(strlen(names[i]) + 1) };
		if (name_equal(name, identity))
			return true;
	}
	return false;
}

static void decide_class(const struct question *question, struct decision *out)
{
	if (question->class == CLASS_CH && is_identity(question->name))
		refuse(out, RCODE_REFUSED, EDE_PROHIBITED,
			"what this resolver is, it does not tell");
	else
		refuse(out, RCODE_NOTIMP, EDE_NOT_SUPPORTED, "only class IN is served");
}

/* RFC 8482 section 4.2 */
static void answer_any(const struct question *question, struct decision *out)
{
	/* CPU "RFC8482", OS "". */
	static const struct bytes hinfo = { .at = (const uint8_t *)"\007RFC8482", .len = 9 };

	out->verb = POLICY_ANSWER;
	out->rcode = RCODE_NOERROR;
	out->rrset_count = 1;
	out->rrsets[0] = (struct rrset){
		.owner = question->name,
		.type = TYPE_HINFO,
		.class = CLASS_IN,
		.section = SECTION_ANSWER,
		.ttl_s = ANY_TTL_S,
		.count = 1,
		.rdata = &hinfo,
	};
}

/* False when the type is one that can be asked for. */
static bool decide_type(const struct question *question, struct decision *out)
{
	switch (question->type) {
	case TYPE_AXFR:
	case TYPE_IXFR:
		refuse(out, RCODE_REFUSED, EDE_INVALID_QUERY_TYPE,
			"zones are not transferred from a resolver");
		return true;
	case TYPE_MAILA:
	case TYPE_MAILB:
		refuse(out, RCODE_REFUSED, EDE_INVALID_QUERY_TYPE,
			"obsolete query type, RFC 1035 section 3.2.3");
		return true;
	case 0:
	case TYPE_OPT:
	case TYPE_NXNAME:
	case TYPE_TKEY:
	case TYPE_TSIG:
		refuse(out, RCODE_FORMERR, EDE_INVALID_QUERY_TYPE, "this type cannot be asked for");
		return true;
	case TYPE_ANY: answer_any(question, out); return true;
	default: return false;
	}
}

void policy_decide(
	const struct policy *policy, const struct question *question, struct decision *out)
{
	size_t value;

	*out = (struct decision){ .verb = POLICY_PASS };
	if (question->class != CLASS_IN) {
		decide_class(question, out);
		return;
	}
	if (decide_type(question, out))
		return;
	if (!suffix_set_find(policy->suffixes, question->name, &value, NULL))
		return;
	if (value < policy->route_count) {
		out->verb = POLICY_ROUTE;
		out->route = value;
		return;
	}
	special_decide(value - policy->route_count, question, out);
}

/* SPDX-License-Identifier: MIT */
/* What is wrong with an upstream, or worth a word, with its likely cause and the remedy. */
#pragma once

#include "cli/facts.h"

#define FINDING_TEXT_LEN (FACTS_WHY_LEN + 128)
#define FINDINGS_EACH	 12 /* of one address at most */

enum finding_level { FINDING_NOTE, FINDING_PROBLEM };

struct finding {
	enum finding_level level;
	const char *code; /* for machines: "unreachable" */
	char text[FINDING_TEXT_LEN];
	const char *cause, *remedy; /* "" where the text has both already */
	uint32_t addresses;	    /* bits: of which of the upstream's */
};

/* One upstream that was probed. */
struct probed {
	const struct endpoint *endpoint;
	const char *asked;	   /* where it was looked up, or "" */
	const char *unfound;	   /* why no address is known; "" if one is */
	const struct facts *facts; /* by address */
	bool validated;		   /* its answers are to be validated, so that signatures matter */
	int64_t wall_s;
};

struct findings {
	struct finding items[ENDPOINT_ADDRESSES_MAX * FINDINGS_EACH];
	size_t count;
};

/* Of all addresses, in their order; what is the same for several stands once. Not small: keep it
 * off the stack. */
void findings_collect(const struct probed *probed, struct findings *out);

size_t findings_problems(const struct findings *findings);

bool probed_is_reachable(const struct probed *probed);

/* Days until the certificate expires, negative if it has. tls must be known. */
int64_t facts_days_left(const struct facts *facts, int64_t wall_s);

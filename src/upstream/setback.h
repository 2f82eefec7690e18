/* SPDX-License-Identifier: MIT */
/* A response that is no answer: its rcode says that an upstream cannot or will not tell. It is told
 * when nobody else does better. */
#pragma once

#include "wire/message.h"

struct pool;

/* Octets kept of an Extended DNS Error: option code, length, INFO-CODE and a sentence (RFC 8914
 * section 2). */
#define SETBACK_TEXT_KEPT   160
#define SETBACK_OPTION_KEPT (6 + SETBACK_TEXT_KEPT)

/* Just the rcode and the first octets of its Extended DNS Error, as a whole response would take the
 * memory that an answer needs. */
struct setback {
	struct pool *of; /* NULL: there was none */
	uint16_t rcode;
	uint8_t options[SETBACK_OPTION_KEPT];
	size_t options_len;
};

void setback_keep(struct setback *setback, struct pool *of, const struct message *message);

/* A message without records that says the same; its options view the setback. */
struct message setback_message(const struct setback *setback, const struct question *question);

/* Is it more than one upstream's trouble, so that no other is to be asked? It is if the answer was
 * withheld on purpose, which is what an upstream that blocks names was chosen for; and if it is
 * bogus and the upstream was to check it: another one might not. By its Extended DNS Error. */
bool setback_is_final(const struct message *message, bool checking_disabled);

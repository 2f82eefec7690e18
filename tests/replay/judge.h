/* SPDX-License-Identifier: MIT */
/* Listens to what the validator decides. A client is told why its answer is refused, but not why it
 * is merely unsigned; the story may ask for that too. To be linked with
 * -Wl,--wrap=validator_result. */
#pragma once

/* Why the last verdict is what it is, as reason_print() says it; "" before the first one. */
const char *judge_last(void);

void judge_reset(void);

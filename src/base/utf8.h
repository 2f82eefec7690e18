/* SPDX-License-Identifier: MIT */
/* Which octets are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
 *                                                                     RFC 3629 section 4 */
#pragma once

#include "base/bytes.h"

/* Octets of the character that text, which must not be empty, begins with; 0: not UTF-8. */
size_t utf8_char_len(struct bytes text);

/* How many octets from the start are valid; text.len when all are. */
size_t utf8_valid_len(struct bytes text);

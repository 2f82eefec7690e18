/* SPDX-License-Identifier: MIT */
/* Text in JSON. */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

/* The octets as a JSON string with its quotes; what is not valid UTF-8 is escaped as
 * \u00XX.                                                            RFC 8259 section 7 */
void json_string_print(FILE *out, struct bytes text);

/* SPDX-License-Identifier: MIT */
/* Presentation form of records and messages, as zone files and dig have it. */
#pragma once

#include <stdio.h>

#include "wire/message.h"

/* "owner TTL class type rdata" and a newline.                        RFC 1035 section 5.1 */
void record_print(FILE *out, const struct record *record);

/* The octets as a JSON string with its quotes; what is not valid UTF-8 is escaped as
 * \u00XX.                                                            RFC 8259 section 7 */
void json_string_print(FILE *out, struct bytes text);

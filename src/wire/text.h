/* SPDX-License-Identifier: MIT */
/* Records in presentation form, as zone files and dig have it. */
#pragma once

#include <stdio.h>

#include "wire/message.h"

/* "owner TTL class type rdata" and a newline.                        RFC 1035 section 5.1 */
void record_print(FILE *out, const struct record *record);

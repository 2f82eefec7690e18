/* SPDX-License-Identifier: MIT */
/* The parameters of SVCB and HTTPS records (RFC 9460). */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

/* Keys in ascending order, each value of the form that its key asks for?   RFC 9460 section 2.2 */
bool svcparams_valid(struct bytes params);

/* " key" or " key=value" for each. params must be valid.                   RFC 9460 section 2.1 */
void svcparams_print(FILE *out, struct bytes params);

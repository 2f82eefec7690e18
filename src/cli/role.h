/* SPDX-License-Identifier: MIT */
/* What an NSEC or NSEC3 record contributes to a proof: which name it stands at, and which it
 * covers. The verdict is the validator's; this only explains it. */
#pragma once

#include "dnssec/trace.h"

/* Room for a text: four names at most. What is longer is cut. */
#define ROLE_LEN 2560

/* " at www.example., covers *.example.", or "" where it contributes nothing. evidence is what rrset
 * was checked in and denial is of. Returns text. */
const char *role_print(const struct trace_evidence *evidence, const struct trace_denial *denial,
	const struct rrset *rrset, char text[static ROLE_LEN]);

/* SPDX-License-Identifier: MIT */
/* Is it true? The four states of RFC 4035 section 4.3, and why. Never mixed with "int err". */
#pragma once

#include <stdint.h>

enum verdict {
	VERDICT_SECURE,	       /* a chain of trust from an anchor, every link checked */
	VERDICT_INSECURE,      /* proven: no such chain exists, or none that we can check; or no
				* anchor above, or trust told to end there */
	VERDICT_BOGUS,	       /* there should be a chain, and it does not hold */
	VERDICT_INDETERMINATE, /* what was needed could not be fetched */
};

/* SPDX-License-Identifier: MIT */
/* What can go wrong when something is done. "Is it true?" is enum verdict, never one of these. */
#pragma once

#define MUST_USE	__attribute__((warn_unused_result))
#define PRINTF(fmt, at) __attribute__((format(printf, fmt, at)))

enum {
	ERR_NOMEM = -1,	      /* an allocation failed */
	ERR_FORMAT = -2,      /* octets or text that are not what they should be */
	ERR_LIMIT = -3,	      /* a bound of ours is reached */
	ERR_SPACE = -4,	      /* the caller's buffer is too small */
	ERR_SYSTEM = -5,      /* a system call failed; errno says how */
	ERR_CLOSED = -6,      /* the peer ended the connection */
	ERR_TIMEOUT = -7,     /* a deadline passed */
	ERR_CANCELLED = -8,   /* the owner does not want it any more */
	ERR_UNREACHABLE = -9, /* no connection could be made */
	ERR_TLS = -10,	      /* the peer's identity or its TLS is not acceptable */
	ERR_PROTOCOL = -11,   /* the peer broke the rules of the protocol */
	ERR_NOT_FOUND = -12,
	ERR_AGAIN = -13, /* not yet: to be called again */
};

/* A short phrase for a person, never NULL; unknown codes have one too. */
const char *err_text(int err);

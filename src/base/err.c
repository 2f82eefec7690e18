/* SPDX-License-Identifier: MIT */
#include "base/err.h"

const char *err_text(int err)
{
	switch (err) {
	case 0: return "no error";
	case ERR_NOMEM: return "out of memory";
	case ERR_FORMAT: return "malformed data";
	case ERR_LIMIT: return "limit reached";
	case ERR_SPACE: return "buffer too small";
	case ERR_SYSTEM: return "system call failed";
	case ERR_CLOSED: return "connection closed by peer";
	case ERR_TIMEOUT: return "timed out";
	case ERR_CANCELLED: return "cancelled";
	case ERR_UNREACHABLE: return "unreachable";
	case ERR_TLS: return "TLS failure";
	case ERR_PROTOCOL: return "protocol violation";
	case ERR_NOT_FOUND: return "not found";
	case ERR_AGAIN: return "not yet";
	}
	return "unknown error";
}

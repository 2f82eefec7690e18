/* SPDX-License-Identifier: MIT */
/* Who has the port that we want? From /proc, for an error message. */
#pragma once

#include <stdbool.h>

#include "base/address.h"

#define PORT_HOLDER_LEN 96

/* When it cannot be told; a service that sees no processes but its own never can. */
#define PORT_HOLDER_UNKNOWN "another program (\"ss -lntup\", as root, names it)"

/* "dnsmasq (process 812)", or PORT_HOLDER_UNKNOWN. Returns text. */
const char *port_holder_find(
	const struct address *address, bool udp, char text[static PORT_HOLDER_LEN]);

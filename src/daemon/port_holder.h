/* SPDX-License-Identifier: MIT */
/* Who has the port that we want? From /proc, for an error message. */
#pragma once

#include <stdbool.h>

#include "base/address.h"

#define PORT_HOLDER_LEN 96

/* "dnsmasq (process 812)", or "another program" when it cannot be told. Returns text. */
const char *port_holder_find(
	const struct address *address, bool udp, char text[static PORT_HOLDER_LEN]);

/* SPDX-License-Identifier: MIT */
/* Who may ask. */
#pragma once

#include "base/address.h"

struct client_options {
	const struct prefix *allow;
	size_t allow_count;
};

bool client_allowed(const struct client_options *options, const struct address *peer);

/* SPDX-License-Identifier: MIT */
#include "serve/client.h"

bool client_allowed(const struct client_options *options, const struct address *peer)
{
	for (size_t i = 0; i < options->allow_count; i++) {
		if (prefix_contains(&options->allow[i], peer))
			return true;
	}
	return false;
}

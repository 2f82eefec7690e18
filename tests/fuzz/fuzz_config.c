/* SPDX-License-Identifier: MIT */
/* Any octets as a configuration: read whole, or refused with a reason. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *errors = NULL;
	size_t errors_len = 0;
	FILE *out = open_memstream(&errors, &errors_len);
	if (!out)
		abort();
	struct config *config = config_parse("f", (const char *)data, len, out);
	if (fclose(out) != 0)
		abort();
	assert((config != NULL) == (errors_len == 0));
	if (config)
		assert(config->listen_count > 0 && config->upstream_count > 0 &&
			config->upstreams[config->upstream_count - 1]);
	config_free(config);
	free(errors);
	return 0;
}

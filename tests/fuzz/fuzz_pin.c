/* SPDX-License-Identifier: MIT */
/* Any text as a pin: what is accepted is written in the same way. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/pin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char again[PIN_TEXT_LEN];
	struct pin pin;
	char *text = malloc(len + 1);
	if (!text)
		abort();
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (pin_parse(text, &pin) == 0) {
		pin_write(&pin, again);
		assert(strcmp(again, text) == 0);
	}
	free(text);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Any octets as a message with certificates: nothing counts more than its octets. */
#include <assert.h>

#include "net/burden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	for (enum burden_kind kind = BURDEN_CERTIFICATES_1_2; kind <= BURDEN_STATUS; kind++)
		assert(burden_of(kind, bytes_of(data, len)) <= len);
	return 0;
}

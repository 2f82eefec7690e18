/* SPDX-License-Identifier: MIT */
/* Octets going out, into a buffer of the caller's. A write that does not fit writes nothing and
 * marks the writer failed; it stays failed. */
#pragma once

#include "base/bytes.h"

struct writer {
	uint8_t *base;
	size_t len; /* octets written */
	size_t cap; /* octets that fit */
	bool failed;
};

struct writer writer_into(uint8_t *base, size_t cap);

void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_bytes(struct writer *w, struct bytes data);

/* Overwrites two octets already written; at + 2 <= len. */
void writer_patch_u16(struct writer *w, size_t at, uint16_t value);

/* Back to an earlier length; a failure after it is forgotten. */
void writer_rewind(struct writer *w, size_t len);

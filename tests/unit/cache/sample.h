/* SPDX-License-Identifier: MIT */
/* Names, RRsets and entries that the tests of the cache put together from text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cache/cache.h"

#define SAMPLE_RECORDS_MAX 8

struct sample_rrset {
	struct name_space space;
	struct bytes rdata[SAMPLE_RECORDS_MAX];
	struct rrset rrset;
};

static const struct hash_key sample_hash_key = { 1, 2 };

static inline struct name sample_name(struct name_space *space, const char *text)
{
	struct name name;
	assert_int_equal(name_parse(text, space, &name), 0);
	return name;
}

/* One record; more by sample_add(). rdata is borrowed. */
static inline void sample_rrset(struct sample_rrset *sample, const char *owner, uint16_t type,
	enum section section, uint32_t ttl_s, const void *rdata, size_t len)
{
	sample->rdata[0] = bytes_of(rdata, len);
	sample->rrset = (struct rrset){
		.owner = sample_name(&sample->space, owner),
		.type = type,
		.class = CLASS_IN,
		.section = section,
		.ttl_s = ttl_s,
		.count = 1,
		.rdata = sample->rdata,
	};
}

static inline void sample_add(struct sample_rrset *sample, const void *rdata, size_t len)
{
	assert_true(sample->rrset.count < SAMPLE_RECORDS_MAX);
	sample->rdata[sample->rrset.count++] = bytes_of(rdata, len);
}

static inline struct question sample_question(
	struct name_space *space, const char *name, uint16_t type)
{
	return (struct question){
		.name = sample_name(space, name), .type = type, .class = CLASS_IN
	};
}

static inline struct cache_key sample_key(const char *name, uint16_t type, bool cd)
{
	struct name_space space;
	struct question question = sample_question(&space, name, type);
	struct cache_key key;
	cache_key_init(&key, &sample_hash_key, &question, cd);
	return key;
}

/* An answer with one A record, or NULL when memory ran out. */
static inline struct entry *sample_entry(const char *name, uint32_t address, uint32_t ttl_s)
{
	struct name_space space;
	struct sample_rrset a;
	uint8_t rdata[4];
	struct entry *entry = NULL;

	u32_store(rdata, address);
	sample_rrset(&a, name, TYPE_A, SECTION_ANSWER, ttl_s, rdata, sizeof(rdata));
	struct entry_source source = {
		.question = sample_question(&space, name, TYPE_A),
		.rrsets = &a.rrset,
		.rrset_count = 1,
		.ttl_s = ttl_s,
	};
	int err = entry_new(&source, &entry);
	assert_true(err == 0 || err == ERR_NOMEM);
	return entry;
}

/* The address of such an answer: its last four octets. */
static inline uint32_t sample_address(const struct entry *entry)
{
	struct form form = entry_form(entry, false);
	return u32_load(form.body + form.len - HEADER_LEN - 4);
}

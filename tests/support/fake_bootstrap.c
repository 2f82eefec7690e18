/* SPDX-License-Identifier: MIT */
#include "support/fake_bootstrap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bootstrap {
	bool open, told[2];
	char host[256];
	struct bootstrap_servers servers;
	const char *asked, *left_out;
	void *memory; /* what a real one would allocate */
	void (*answered)(void *owner, const struct bootstrap_answer *answer);
	void *owner;
};

static struct bootstrap lookups[FAKE_BOOTSTRAP_MAX];
static size_t lookup_count;
static bool refusing;
static const char *now_asked = "192.0.2.53:53", *now_left_out = "";

void fake_bootstrap_reset(void)
{
	assert(fake_bootstrap_open_count() == 0);
	lookup_count = 0;
	refusing = false;
	fake_bootstrap_servers("192.0.2.53:53", "");
}

void fake_bootstrap_refuse(bool refuse)
{
	refusing = refuse;
}

void fake_bootstrap_servers(const char *asked, const char *left_out)
{
	now_asked = asked;
	now_left_out = left_out;
}

size_t fake_bootstrap_count(void)
{
	return lookup_count;
}

size_t fake_bootstrap_open_count(void)
{
	size_t open = 0;
	for (size_t i = 0; i < lookup_count; i++)
		open += lookups[i].open;
	return open;
}

static struct bootstrap *last(void)
{
	assert(lookup_count > 0);
	return &lookups[lookup_count - 1];
}

const char *fake_bootstrap_host(void)
{
	return last()->host;
}

const struct bootstrap_servers *fake_bootstrap_asked_of(void)
{
	return &last()->servers;
}

static void tell(const struct bootstrap_answer *answer)
{
	struct bootstrap *lookup = last();

	assert(lookup->open && !lookup->told[answer->family]);
	lookup->told[answer->family] = true;
	lookup->answered(lookup->owner, answer);
}

void fake_bootstrap_found(enum bootstrap_family family, const char *addresses, uint32_t ttl_s)
{
	struct bootstrap_answer answer = { .family = family, .why = "", .ttl_s = ttl_s };
	char text[512], *rest = NULL;

	snprintf(text, sizeof(text), "%s", addresses);
	for (char *at = strtok_r(text, " ", &rest); at; at = strtok_r(NULL, " ", &rest)) {
		assert(answer.count < BOOTSTRAP_ADDRESSES_MAX);
		int err = address_parse(at, 0, &answer.addresses[answer.count++]);
		assert(err == 0);
		(void)err;
	}
	tell(&answer);
}

void fake_bootstrap_failed(enum bootstrap_family family, int err, const char *why)
{
	const struct bootstrap_answer answer = { .family = family, .err = err, .why = why };
	tell(&answer);
}

struct bootstrap *bootstrap_begin(const struct bootstrap_options *options,
	void (*answered)(void *owner, const struct bootstrap_answer *answer), void *owner)
{
	assert(lookup_count < FAKE_BOOTSTRAP_MAX);
	void *memory = refusing ? NULL : malloc(1);
	if (!memory)
		return NULL;
	struct bootstrap *lookup = &lookups[lookup_count++];
	*lookup = (struct bootstrap){
		.open = true,
		.servers = *options->servers,
		.asked = now_asked,
		.left_out = now_left_out,
		.memory = memory,
		.answered = answered,
		.owner = owner,
	};
	snprintf(lookup->host, sizeof(lookup->host), "%s", options->host);
	return lookup;
}

void bootstrap_free(struct bootstrap *bootstrap)
{
	if (!bootstrap)
		return;
	assert(bootstrap->open);
	bootstrap->open = false;
	free(bootstrap->memory);
}

const char *bootstrap_asked(const struct bootstrap *bootstrap)
{
	return bootstrap->asked;
}

const char *bootstrap_left_out(const struct bootstrap *bootstrap)
{
	return bootstrap->left_out;
}

const char *bootstrap_library_version(void)
{
	return "fake";
}

/* SPDX-License-Identifier: MIT */
#include "unit/resolve/validating.h"

#include "support/failmalloc.h"

struct world world;
struct resolving r;
struct asker a, b;

int validating_setup(void **state)
{
	(void)state;
	world_usual(&world);
	return resolving_init_validating(&r, &world.crypto, world.anchors) ? 0 : -1;
}

int validating_teardown(void **state)
{
	(void)state;
	resolving_done(&r);
	world_done(&world);
	return 0;
}

void answer_unsettled(void)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	static struct world_reply reply;
	const struct ask_options *asked = fake_group_first(r.group);
	char name[NAME_TEXT_LEN];

	failmalloc_pause(true);
	/* What we cannot check ourselves the upstream must not withhold. */
	assert_true(asked->dnssec_ok && asked->checking_disabled);
	world_answer(&world, world_name(&world, name_print(asked->question.name, name)),
		asked->question.type, &reply);
	if (world.tamper)
		world.tamper(&reply, world.with);
	const size_t len = world_compose(&reply, 0, false, wire);
	failmalloc_pause(false);
	fake_group_answer(r.group, bytes_of(wire, len));
}

void answer_one(void)
{
	answer_unsettled();
	fake_loop_settle(r.loop);
}

unsigned answer_all(void)
{
	unsigned rounds = 0;

	fake_loop_settle(r.loop);
	for (; fake_group_waiting(r.group) > 0; rounds++) {
		for (size_t n = fake_group_waiting(r.group); n > 0; n--) {
			if (fake_group_waiting(r.group) > 0)
				answer_one();
		}
	}
	return rounds;
}

enum asker_state ask(struct asker *asker, const char *name, const char *type)
{
	asker_init(asker, &r, 7, name, type);
	asker->asked.head.edns = (struct edns){ .present = true, .dnssec_ok = true };
	asker->asked.limit = 4096;
	return asker_ask(asker);
}

struct header header_of(const struct asker *asker)
{
	struct header header;

	assert_int_equal(asker->replies, 1);
	assert_int_equal(header_read(bytes_of(asker->reply, asker->reply_len), &header), 0);
	return header;
}

void assert_secure(const struct asker *asker)
{
	assert_true(header_of(asker).ad);
	assert_int_equal(header_of(asker).rcode, RCODE_NOERROR);
	assert_int_equal(asker_ede(asker), -1);
}

void assert_bogus(const struct asker *asker, int ede)
{
	assert_int_equal(header_of(asker).rcode, RCODE_SERVFAIL);
	assert_false(header_of(asker).ad);
	assert_int_equal(header_of(asker).record_count[SECTION_ANSWER], 0);
	assert_int_equal(asker_ede(asker), ede);
}

void spoil(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type == TYPE_A)
		reply_spoil(reply, TYPE_A);
}

void spoil_first(struct world_reply *reply, void *with)
{
	(void)with;
	if (!fake_group_first(r.group)->avoid)
		spoil(reply, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "cli/whereabouts.h"

#include <stdio.h>
#include <stdlib.h>

#include "upstream/roll.h"

struct search;

/* The look-up of one upstream. */
struct quest {
	struct search *search;
	struct whereabouts *of;
	struct bootstrap *lookup; /* NULL: none is under way */
	struct bootstrap_answer came[2];
	unsigned answers;
};

struct search {
	struct loop *loop;
	bool written, broken;
	struct count sent;
	struct quest *quests;
	size_t count, under_way;
};

static void explain(const struct quest *quest)
{
	const bool written = quest->search->written;
	const struct unfound unfound = {
		.host = quest->of->endpoint->host,
		.asked = quest->of->asked,
		.left_out = bootstrap_left_out(quest->lookup),
		.v4 = &quest->came[BOOTSTRAP_V4],
		.v6 = &quest->came[BOOTSTRAP_V6],
		.by_addresses = written ? "addresses: [ADDRESS, ...] for this upstream"
					: "--address ADDRESS",
		.by_servers = written ? "bootstrap: [SERVER]" : "--bootstrap SERVER",
	};

	unfound_write(&unfound, quest->of->why);
}

static void locate(const struct quest *quest, const struct roll *roll)
{
	struct endpoint *named = quest->of->endpoint;
	struct endpoint *located = endpoint_located(named, roll->addresses, roll->count);

	if (!located) {
		quest->search->broken = true;
		return;
	}
	quest->of->endpoint = located;
	endpoint_release(named);
}

/* Both families are known. */
static void settle(struct quest *quest)
{
	const struct bootstrap_answer *v4 = &quest->came[BOOTSTRAP_V4];
	const struct bootstrap_answer *v6 = &quest->came[BOOTSTRAP_V6];
	struct roll roll = { 0 };

	roll_add_both(&roll, v6->addresses, v6->count, v4->addresses, v4->count);
	for (size_t i = 0; i < roll.count; i++)
		address_set_port(&roll.addresses[i], quest->of->endpoint->port);
	if (roll.count > 0)
		locate(quest, &roll);
	else
		explain(quest);
	bootstrap_free(quest->lookup);
	quest->lookup = NULL;
	if (--quest->search->under_way == 0)
		loop_stop(quest->search->loop);
}

static void answered(void *owner, const struct bootstrap_answer *answer)
{
	struct quest *quest = owner;

	quest->came[answer->family] = *answer;
	if (++quest->answers == 2)
		settle(quest);
}

static int begin(struct search *search, const struct config *config, struct whereabouts *of)
{
	const struct bootstrap_servers servers = {
		.servers = config->bootstrap,
		.server_count = config->bootstrap_count,
		.own = config->listen,
		.own_count = config->listen_count,
	};
	const struct bootstrap_options options = {
		.loop = search->loop,
		.servers = &servers,
		.host = of->endpoint->host,
		.sent = &search->sent,
	};
	struct quest *quest = &search->quests[search->count];

	*quest = (struct quest){ .search = search, .of = of };
	quest->lookup = bootstrap_begin(&options, answered, quest);
	if (!quest->lookup)
		return ERR_NOMEM;
	snprintf(of->asked, sizeof(of->asked), "%s", bootstrap_asked(quest->lookup));
	search->count++;
	search->under_way++;
	return 0;
}

int whereabouts_find(
	const struct config *config, bool written, struct loop *loop, struct whereabouts *out)
{
	struct search search = { .loop = loop, .written = written };

	for (size_t i = 0; i < config->upstream_count; i++)
		out[i] = (struct whereabouts){ .endpoint = endpoint_hold(config->upstreams[i]) };
	search.quests = calloc(config->upstream_count + 1, sizeof(*search.quests));
	int err = search.quests ? 0 : ERR_NOMEM;
	for (size_t i = 0; err == 0 && i < config->upstream_count; i++) {
		if (out[i].endpoint->address_count == 0)
			err = begin(&search, config, &out[i]);
	}
	if (err == 0 && search.under_way > 0)
		loop_run(loop);
	for (size_t i = 0; i < search.count; i++)
		bootstrap_free(search.quests[i].lookup);
	free(search.quests);
	return err == 0 && search.broken ? ERR_NOMEM : err;
}

void whereabouts_done(struct whereabouts *whereabouts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		endpoint_release(whereabouts[i].endpoint);
}

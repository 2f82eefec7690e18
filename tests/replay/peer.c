/* SPDX-License-Identifier: MIT */
#include "replay/peer.h"

#include <stdio.h>
#include <string.h>

#include "wire/compose.h"

/* Octets of a response with its length and, perhaps, somebody else's question. */
#define OUT_MAX (2 + MESSAGE_LEN_MAX)

void peer_init(struct peer *peer, const struct line *line, const char *name, const char *address)
{
	char url[64], why[ENDPOINT_WHY_LEN];
	const struct endpoint_options options = {
		.url = url,
		.name = peer->name,
		.addresses = &address,
		.address_count = 1,
	};

	*peer = (struct peer){ .mood = PEER_ACCEPTS };
	if ((size_t)snprintf(peer->name, sizeof(peer->name), "%s", name) >= sizeof(peer->name))
		line_fail(line, "the name is too long");
	snprintf(url, sizeof(url), "tls://%s.example", name);
	if (endpoint_new(&options, &peer->endpoint, why) != 0)
		line_fail(line, "%s", why);
}

void peer_done(struct peer *peer, const struct line *line)
{
	if (peer->doubted)
		line_fail(line, "upstream %s is doubted", peer->name);
	if (peer->verdict[0])
		line_fail(line, "upstream %s was judged: %s", peer->name, peer->verdict);
	lies_end(&peer->lies);
	endpoint_release(peer->endpoint);
}

bool peer_owns(const struct peer *peer, const struct tls *tls)
{
	return address_same_host(fake_tls_address(tls), &peer->endpoint->addresses[0]);
}

/* U2: nothing of the client but its question, and its length tells nothing about that. */
static void check_query(const struct line *line, struct bytes wire, const struct message_head *head)
{
	struct bytes option;

	if (!head->header.rd || head->header.ad || head->header.qr)
		line_fail(line, "a query upstream with wrong flags");
	if (!head->edns.present || !head->edns.dnssec_ok)
		line_fail(line, "a query upstream without EDNS or DO");
	if (wire.len % PADDING_BLOCK_LEN != 0)
		line_fail(line, "a query upstream of %zu octets, which is not padded", wire.len);
	if (!edns_option(&head->edns, EDNS_OPTION_CLIENT_SUBNET, &option) || option.at[2] != 0)
		line_fail(line, "a query upstream that does not opt out of client subnet");
	if (edns_option(&head->edns, EDNS_OPTION_COOKIE, &option))
		line_fail(line, "a query upstream with a cookie");
}

/* What an answer is like besides what it says. */
struct manner {
	bool truncated, wrong_id, wrong_question, pieces, half;
};

static void send_answer(
	struct peer_question *question, const struct manner *manner, uint8_t *out, size_t len)
{
	struct tls *tls = question->tls;

	question->seen = question->answered = true;
	u16_store(out, (uint16_t)len);
	if (manner->pieces || manner->half)
		fake_tls_feed(tls, bytes_of(out, 9));
	if (manner->pieces)
		fake_tls_feed(tls, bytes_of(out + 9, len - 7));
	if (!manner->pieces && !manner->half)
		fake_tls_feed(tls, bytes_of(out, len + 2));
}

static void answer_probe(struct peer_question *question)
{
	static uint8_t out[OUT_MAX];
	const struct written written = { .id = question->id, .question = question->question };
	const struct manner plain = { 0 };

	send_answer(question, &plain, out, written_compose(&written, out + 2));
}

/* Is it asked for a sign of life? A validator asks with DO. */
static bool is_probe(const struct message_head *head)
{
	return name_is_root(head->question.name) && head->question.type == TYPE_NS &&
	       head->edns.present && !head->edns.dnssec_ok;
}

static void take_question(
	struct peer *peer, struct tls *tls, size_t message, const struct line *line)
{
	struct bytes wire = fake_tls_message(tls, message);
	struct message_head head;

	if (peer->question_count == PEER_QUESTIONS_MAX)
		line_fail(line, "upstream %s is asked too much", peer->name);
	if (message_head_read(wire, &head) != 0)
		line_fail(line, "upstream %s is asked something malformed", peer->name);
	const bool probe = is_probe(&head);
	if (!probe)
		check_query(line, wire, &head);
	struct peer_question *question = &peer->questions[peer->question_count++];
	*question = (struct peer_question){
		.tls = tls,
		.message = message,
		.id = head.header.id,
		.checking_disabled = head.header.cd,
	};
	/* The connection's memory goes when it is closed. */
	memcpy(question->space.octets, head.question.name.octets, head.question.name.len);
	question->question = head.question;
	question->question.name.octets = question->space.octets;
	/* The story does not see it. */
	question->seen = question->answered = probe;
	if (probe && peer->alive)
		answer_probe(question);
}

/* Messages of that connection that were taken already. */
static size_t taken_of(const struct peer *peer, const struct tls *tls)
{
	size_t count = 0;
	for (size_t i = 0; i < peer->question_count; i++)
		count += peer->questions[i].tls == tls;
	return count;
}

/* What the world says, and the lies about it. */
static void answer_truly(struct peer *peer, struct peer_question *question,
	const struct manner *manner, const struct line *line)
{
	static uint8_t out[OUT_MAX];
	static struct world_reply reply;

	truth_answer(peer->truth, line, &question->question, &reply);
	lies_tell(&peer->lies, peer->truth, &reply);
	if (peer->strips) {
		(void)reply_drop(&reply, TYPE_RRSIG);
		(void)reply_drop(&reply, TYPE_NSEC);
		(void)reply_drop(&reply, TYPE_NSEC3);
	}
	const uint16_t id = (uint16_t)(question->id + manner->wrong_id);
	const size_t len = world_compose(&reply, id, manner->truncated, out + 2);
	send_answer(question, manner, out, len);
}

/* An answer is still possible. */
static bool is_open(const struct peer_question *question)
{
	return !question->answered && !fake_tls_closed(question->tls);
}

/* The next one of those that are answered as they come. */
static bool answer_next(struct peer *peer, const struct line *line)
{
	const struct manner plain = { 0 };

	for (size_t i = 0; peer->answers_all && i < peer->question_count; i++) {
		struct peer_question *question = &peer->questions[i];
		if (!is_open(question) ||
			(peer->spares && question_equal(&question->question, &peer->spared)))
			continue;
		answer_truly(peer, question, &plain, line);
		return true;
	}
	return false;
}

bool peer_attend(struct peer *peer, struct tls *tls, const struct line *line)
{
	if (answer_next(peer, line))
		return true;
	if (fake_tls_closed(tls))
		return false;
	if (!fake_tls_is_ready(tls)) {
		if (peer->mood == PEER_STALLS || tls_failure(tls)[0] != '\0')
			return false;
		if (peer->mood == PEER_ACCEPTS)
			fake_tls_ready(tls);
		else
			fake_tls_fail(tls, ERR_UNREACHABLE, "the connection was refused");
		return true;
	}
	size_t taken = taken_of(peer, tls);
	if (taken >= fake_tls_messages(tls))
		return false;
	take_question(peer, tls, taken, line);
	return true;
}

static size_t open_connections(const struct peer *peer, bool ever)
{
	size_t count = 0;
	for (size_t i = 0; i < fake_tls_count(); i++) {
		const struct tls *tls = fake_tls_at(i);
		count += peer_owns(peer, tls) && (ever || !fake_tls_closed(tls));
	}
	return count;
}

static const char *question_print(const struct question *question, char text[NAME_TEXT_LEN + 32])
{
	char name[NAME_TEXT_LEN], type[TYPE_TEXT_LEN];
	snprintf(text, NAME_TEXT_LEN + 32, "%s %s", name_print(question->name, name),
		type_print(question->type, type));
	return text;
}

static struct peer_question *first_unseen(struct peer *peer)
{
	for (size_t i = 0; i < peer->question_count; i++) {
		if (!peer->questions[i].seen)
			return &peer->questions[i];
	}
	return NULL;
}

/* "sees nothing", "sees NAME TYPE [+cd]" */
static void run_sees(struct peer *peer, struct line *line)
{
	struct peer_question *unseen = first_unseen(peer);
	char text[NAME_TEXT_LEN + 32];

	if (line_take(line, "nothing")) {
		if (unseen)
			line_fail(line, "upstream %s was asked %s", peer->name,
				question_print(&unseen->question, text));
		return;
	}
	struct name_space space;
	const char *name = line_next(line);
	struct question expected = written_question(name, line_next(line), &space);
	bool cd = line_take(line, "+cd");
	if (!unseen)
		line_fail(line, "upstream %s was not asked", peer->name);
	if (!question_equal(&expected, &unseen->question))
		line_fail(line, "upstream %s was asked %s", peer->name,
			question_print(&unseen->question, text));
	if (cd != unseen->checking_disabled)
		line_fail(line, "CD is %d", unseen->checking_disabled);
	unseen->seen = true;
}

/* The one that is named, or the one that has waited longest. */
static struct peer_question *find_question(struct peer *peer, struct line *line)
{
	struct name_space space;
	struct question wanted;
	bool named = line_take(line, "to");

	if (named) {
		const char *name = line_next(line);
		wanted = written_question(name, line_next(line), &space);
	}
	for (size_t i = 0; i < peer->question_count; i++) {
		struct peer_question *question = &peer->questions[i];
		if (is_open(question) && (!named || question_equal(&question->question, &wanted)))
			return question;
	}
	line_fail(line, "upstream %s has no such question on an open connection", peer->name);
}

/* "[wrong-id] [wrong-question] [truncated] [ede N] [in-two-pieces] [half]" */
static void read_manner(struct line *line, struct manner *manner, struct ede *ede)
{
	while (!line_at_end(line)) {
		if (line_take(line, "wrong-id"))
			manner->wrong_id = true;
		else if (line_take(line, "wrong-question"))
			manner->wrong_question = true;
		else if (line_take(line, "truncated"))
			manner->truncated = true;
		else if (line_take(line, "in-two-pieces"))
			manner->pieces = true;
		else if (line_take(line, "half"))
			manner->half = true;
		else if (line_take(line, "ede"))
			*ede = (struct ede){ .present = true, .code = (uint16_t)line_number(line) };
		else
			line_end(line);
	}
}

/* "answers all [but NAME TYPE]" */
static void run_answers_all(struct peer *peer, struct line *line)
{
	peer->answers_all = true;
	peer->spares = line_take(line, "but");
	if (peer->spares) {
		const char *name = line_next(line);
		peer->spared = written_question(name, line_next(line), &peer->spared_space);
	}
}

/* "answers RCODE [RECORDS] [to NAME TYPE] ..." */
static void run_answers(struct peer *peer, struct line *line)
{
	static uint8_t out[OUT_MAX];
	struct written written = { .rcode = written_rcode(line_next(line)) };
	struct manner manner = { 0 };
	struct name_space other;

	if (!line_at_end(line) && strchr(line->word[line->at], ' '))
		written.records = line_next(line);
	struct peer_question *question = find_question(peer, line);
	read_manner(line, &manner, &written.ede);
	written.truncated = manner.truncated;
	written.id = (uint16_t)(question->id + manner.wrong_id);
	written.question = manner.wrong_question ? written_question("bank.example.", "A", &other)
						 : question->question;
	send_answer(question, &manner, out, written_compose(&written, out + 2));
}

/* "answers truly [to NAME TYPE] ..." */
static void run_answers_truly(struct peer *peer, struct line *line)
{
	struct peer_question *question = find_question(peer, line);
	struct manner manner = { 0 };
	struct ede ede = { 0 };

	read_manner(line, &manner, &ede);
	if (ede.present || manner.wrong_question)
		line_fail(line, "no true answer is like that");
	answer_truly(peer, question, &manner, line);
}

static void run_any_answer(struct peer *peer, struct line *line)
{
	if (line_take(line, "all"))
		run_answers_all(peer, line);
	else if (line_take(line, "none"))
		peer->answers_all = false;
	else if (line_take(line, "truly"))
		run_answers_truly(peer, line);
	else
		run_answers(peer, line);
}

/* "closes": in order, all of its connections. "breaks": with a reset. */
static void run_closes(struct peer *peer, int err, const char *why)
{
	for (size_t i = 0; i < fake_tls_count(); i++) {
		struct tls *tls = fake_tls_at(i);
		if (peer_owns(peer, tls) && fake_tls_is_ready(tls))
			fake_tls_fail(tls, err, why);
	}
}

void peer_judged(struct peer *peer, const char *why)
{
	snprintf(peer->verdict, sizeof(peer->verdict), "%s", why ? why : "fit");
}

/* "is unfit WHY", "is fit": it was judged so, and not told of yet. */
static void run_verdict(struct peer *peer, struct line *line)
{
	const char *expected = line->at < line->count ? line_next(line) : "fit";

	if (strcmp(peer->verdict, expected) != 0)
		line_fail(line, "upstream %s was judged: \"%s\"", peer->name, peer->verdict);
	peer->verdict[0] = '\0';
}

/* "is up", "is down": what was said of it last; nothing said is up. "is doubted": that was said
 * since this was asked last. "is honest": no more lies. "is alive": it gives signs of life. */
static void run_is(struct peer *peer, struct line *line)
{
	if (line_take(line, "alive")) {
		peer->alive = true;
		return;
	}
	if (line_take(line, "honest")) {
		lies_end(&peer->lies);
		peer->strips = false;
		return;
	}
	if (line_take(line, "unfit") || line_take(line, "fit")) {
		run_verdict(peer, line);
		return;
	}
	if (line_take(line, "doubted")) {
		if (!peer->doubted)
			line_fail(line, "upstream %s is not doubted", peer->name);
		peer->doubted = false;
		return;
	}
	bool down = line_take(line, "down");
	if (!down && !line_take(line, "up"))
		line_fail(line, "up or down?");
	if (down != (peer->reported == PEER_DOWN))
		line_fail(line, "upstream %s is %s", peer->name, down ? "up" : "down");
}

/* "has N connections", "had N connections": open now, opened ever. */
static void run_connections(const struct peer *peer, struct line *line, bool ever)
{
	size_t expected = line_number(line), count = open_connections(peer, ever);

	if (!line_take(line, "connections") && !line_take(line, "connection"))
		line_fail(line, "connections?");
	if (count != expected)
		line_fail(line, "they are %zu", count);
}

void peer_run(struct peer *peer, struct line *line)
{
	if (line_take(line, "accepts"))
		peer->mood = PEER_ACCEPTS;
	else if (line_take(line, "refuses"))
		peer->mood = PEER_REFUSES;
	else if (line_take(line, "stalls"))
		peer->mood = PEER_STALLS;
	else if (line_take(line, "sees"))
		run_sees(peer, line);
	else if (line_take(line, "answers"))
		run_any_answer(peer, line);
	else if (line_take(line, "on"))
		lies_add(&peer->lies, line);
	else if (line_take(line, "strips"))
		peer->strips = true;
	else if (line_take(line, "closes"))
		run_closes(peer, ERR_CLOSED, "");
	else if (line_take(line, "breaks"))
		run_closes(peer, ERR_SYSTEM, "the connection was reset");
	else if (line_take(line, "is"))
		run_is(peer, line);
	else if (line_take(line, "has"))
		run_connections(peer, line, false);
	else if (line_take(line, "had"))
		run_connections(peer, line, true);
	else
		line_fail(line, "what does upstream %s do?", peer->name);
	line_end(line);
}

/* SPDX-License-Identifier: MIT */
#include "cli/query_trace.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/drawing.h"
#include "cli/lookup.h"
#include "cli/trace_json.h"
#include "cli/tree.h"
#include "daemon/config.h"
#include "net/sentence.h"

/* What fetching works with. */
struct asking {
	const struct query_trace *trace;
	struct lookup lookup;
};

/* A response that only says what was wrong with the query may lack the question. */
static int response_read(const struct question *question, struct bytes wire, struct arena *arena,
	struct message *out)
{
	struct header header;
	int err = header_read(wire, &header);

	if (err)
		return err;
	if (header.question_count > 0 || wire.len > HEADER_LEN)
		return message_read(wire, arena, out);
	*out = (struct message){ .head = { .header = header, .question = *question },
		.rcode = header.rcode };
	return 0;
}

static int fetch(
	void *with, const struct question *question, struct arena *arena, struct message *out)
{
	struct asking *asking = with;
	struct lookup *lookup = &asking->lookup;

	lookup->server = asking->trace->server;
	lookup->tcp = asking->trace->tcp;
	lookup->question = *question;
	lookup->dnssec_ok = true;
	lookup->unchecked = true;
	int err = lookup_run(lookup);
	if (err)
		return err;
	const uint8_t *wire = arena_copy(arena, lookup->reply, lookup->reply_len);
	if (!wire)
		return ERR_NOMEM;
	err = response_read(question, bytes_of(wire, lookup->reply_len), arena, out);
	if (err)
		snprintf(lookup->why, sizeof(lookup->why), "the answer cannot be read");
	return err;
}

/* Trust anchors */

static int anchor_fail(const char *argument, const struct anchor_fault *fault, int err)
{
	const char *what = fault->what;

	if (!what || what[0] == '\0')
		what = err == ERR_SYSTEM ? strerror(errno) : err_text(err);
	fprintf(stderr, "stubborn query: --trust-anchor %s: ", argument);
	if (fault->line > 1)
		fprintf(stderr, "line %u: ", fault->line);
	fprintf(stderr, "%s\n", what);
	return EXIT_USAGE;
}

/* A record has blanks between its fields, and the name of a file hardly ever. -1: go on; otherwise
 * the exit code. */
static int anchors_take(struct anchors *anchors, const char *argument)
{
	struct anchor_fault fault = { 0 };
	const size_t before = anchors_count(anchors);

	int err = strpbrk(argument, " \t") ? anchors_parse(anchors, argument, &fault)
					   : anchors_load(anchors, argument, &fault);
	if (err)
		return anchor_fail(argument, &fault, err);
	if (anchors_count(anchors) == before) {
		fault.what = "there is no DS or DNSKEY record in it";
		return anchor_fail(argument, &fault, ERR_FORMAT);
	}
	return -1;
}

static int anchors_from_arguments(const struct query_trace *trace, struct anchors **out)
{
	int code = -1;

	*out = anchors_new();
	if (!*out)
		return EXIT_NO_ANSWER;
	for (size_t i = 0; i < trace->anchor_count && code < 0; i++)
		code = anchors_take(*out, trace->anchors[i]);
	return code;
}

/* With the eyes of the daemon that has this configuration. One that validates nothing has none to
 * lend. */
static int anchors_from_config(const char *path, struct anchors **out)
{
	char note[CONFIG_NOTE_LEN];
	struct config *config = config_read(path, stderr);

	if (!config)
		return EXIT_USAGE;
	int err = config_anchors(config, NULL, out, note);
	config_free(config);
	if (err)
		return EXIT_NO_ANSWER;
	if (note[0])
		fprintf(stderr, "stubborn query: %s\n", note);
	return -1;
}

/* -1: go on; otherwise the exit code. *out is the caller's in either case. */
static int anchors_make(const struct query_trace *trace, struct anchors **out)
{
	const char *path = trace->config_file ? trace->config_file : config_default_file();
	int code = -1;

	if (trace->anchor_count > 0)
		return anchors_from_arguments(trace, out);
	if (trace->config_file || path[0] == '\0' || access(path, R_OK) == 0)
		code = anchors_from_config(path, out);
	if (code >= 0 || *out)
		return code;
	*out = anchors_new();
	return *out && anchors_add_root(*out) == 0 ? -1 : EXIT_NO_ANSWER;
}

/* Showing */

static bool is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

	if (!locale)
		return false;
	const bool utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return utf8;
}

static int draw(const struct inspection *inspection, const char *path)
{
	FILE *out = fopen(path, "we");

	if (!out) {
		fprintf(stderr, "stubborn query: --svg %s: %s\n", path, strerror(errno));
		return EXIT_BAD;
	}
	int err = drawing_print(inspection, out);
	if (fclose(out) != 0 && !err)
		err = ERR_SYSTEM;
	if (!err)
		return EXIT_GOOD;
	fprintf(stderr, "stubborn query: --svg %s: %s\n", path,
		err == ERR_SYSTEM ? strerror(errno) : err_text(err));
	return EXIT_BAD;
}

static int code_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SECURE:
	case VERDICT_INSECURE: return EXIT_GOOD;
	case VERDICT_BOGUS: return EXIT_BOGUS;
	case VERDICT_INDETERMINATE: break;
	}
	return EXIT_BAD;
}

static int show(const struct query_trace *trace, const struct inspection *inspection)
{
	int err = 0, code = EXIT_GOOD;

	if (trace->json)
		trace_json_print(inspection, stdout);
	else
		err = tree_print(inspection, is_utf8(), stdout);
	if (err) {
		fprintf(stderr, "stubborn query: %s\n", err_text(err));
		return EXIT_NO_ANSWER;
	}
	if (trace->svg)
		code = draw(inspection, trace->svg);
	return code != EXIT_GOOD ? code : code_of(inspection->result.verdict);
}

static int run(const struct query_trace *trace, const struct anchors *anchors)
{
	struct asking asking = { .trace = trace };
	struct crypto crypto;
	struct inspection inspection = { .question = trace->question,
		.anchors = anchors,
		.crypto = &crypto,
		.wall_s = clock_wall_s(),
		.clock_unset = !clock_is_set(),
		.fetch = fetch,
		.with = &asking };
	char server[ADDRESS_TEXT_LEN], clock[SENTENCE_CLOCK_LEN];
	int code = EXIT_NO_ANSWER;

	if (sentence_clock(clock))
		fprintf(stderr, "stubborn query: %s\n", clock);
	crypto_init(&crypto, NULL);
	int err = inspection_run(&inspection);
	if (!err)
		code = show(trace, &inspection);
	else if (err == ERR_NOMEM)
		fprintf(stderr, "stubborn query: %s\n", err_text(err));
	else
		fprintf(stderr, "stubborn query: %s: %s; does a resolver run there?\n",
			address_write(&trace->server, server), asking.lookup.why);
	inspection_done(&inspection);
	crypto_done(&crypto);
	return code;
}

int query_trace_run(const struct query_trace *trace)
{
	struct anchors *anchors = NULL;
	int code = anchors_make(trace, &anchors);

	if (code == EXIT_NO_ANSWER)
		fprintf(stderr, "stubborn query: %s\n", err_text(ERR_NOMEM));
	if (code < 0)
		code = run(trace, anchors);
	anchors_free(anchors);
	return code;
}

/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/lookup.h"
#include "cli/query_trace.h"
#include "cli/reply.h"
#include "daemon/config.h"

#define DEFAULT_SERVER "127.0.0.1"

static const char help[] =
	"Usage: stubborn query [OPTION...] NAME [TYPE] [@SERVER[:PORT]]\n"
	"       stubborn query [OPTION...] -x ADDRESS [@SERVER[:PORT]]\n"
	"\n"
	"Asks the running resolver as a client would and shows the answer. TYPE is A when\n"
	"left out; SERVER is 127.0.0.1 port 53.\n"
	"\n"
	"  -c, --config FILE      ask where the resolver configured by FILE listens first\n"
	"  -x, --reverse ADDRESS  ask for the name of an address\n"
	"      --tcp              ask over TCP, not only when the answer is too long for UDP\n"
	"      --dnssec           ask for the signatures too\n"
	"      --json             show one JSON object\n"
	"      --trace            validate the answer with DNSSEC here, and show how, from the\n"
	"                         root down\n"
	"      --svg FILE         draw the trace to FILE, too\n"
	"      --trust-anchor TEXT|FILE\n"
	"                         begin the trace at these DS or DNSKEY records, and not at\n"
	"                         those of the configuration\n"
	"  -h, --help             this text\n"
	"\n"
	"Exit codes: 0 the name exists or does not; 1 the answer is an error, as SERVFAIL, or\n"
	"a trace cannot be finished; 2 wrong usage; 3 no answer; 4 a trace finds the answer\n"
	"bogus.\n";

struct query_options {
	const char *name, *type, *server, *config_file, *reverse;
	bool tcp, dnssec, json, traced;
	struct query_trace trace; /* its anchors and drawing; the rest when it is run */
	/* Where the question's name lies. */
	struct name_space space;
};

enum { OPTION_TCP = 256, OPTION_DNSSEC, OPTION_JSON, OPTION_TRACE, OPTION_SVG, OPTION_ANCHOR };

static int usage_error(const char *what, const char *argument)
{
	fprintf(stderr, "stubborn query: %s%s; see stubborn query --help\n", what, argument);
	return EXIT_USAGE;
}

/* NAME, TYPE and @SERVER, the last in any place. */
static int read_arguments(int argc, char **argv, struct query_options *options)
{
	for (int i = optind; i < argc; i++) {
		if (argv[i][0] == '@' && !options->server)
			options->server = argv[i] + 1;
		else if (!options->name && !options->reverse)
			options->name = argv[i];
		else if (!options->type && !options->reverse)
			options->type = argv[i];
		else
			return usage_error("one argument too many: ", argv[i]);
	}
	if (!options->name && !options->reverse)
		return usage_error("a NAME is missing", "");
	return -1;
}

static int add_anchor(struct query_trace *trace, const char *argument)
{
	if (trace->anchor_count == QUERY_TRACE_ANCHORS_MAX)
		return usage_error("too many trust anchors; write them into one file: ", argument);
	trace->anchors[trace->anchor_count++] = argument;
	return -1;
}

/* What only a trace uses, it must be asked for with. */
static int check_options(const struct query_options *options)
{
	if (options->traced)
		return -1;
	if (options->trace.svg)
		return usage_error("--svg draws a trace, and needs --trace", "");
	if (options->trace.anchor_count > 0)
		return usage_error("--trust-anchor is for a trace, and needs --trace", "");
	return -1;
}

/* -1: go on; otherwise the exit code. */
static int read_options(int argc, char **argv, struct query_options *options)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "reverse", required_argument, NULL, 'x' },
		{ "tcp", no_argument, NULL, OPTION_TCP },
		{ "dnssec", no_argument, NULL, OPTION_DNSSEC },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "trace", no_argument, NULL, OPTION_TRACE },
		{ "svg", required_argument, NULL, OPTION_SVG },
		{ "trust-anchor", required_argument, NULL, OPTION_ANCHOR },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, code;

	while ((option = getopt_long(argc, argv, "c:x:h", known, NULL)) != -1) {
		switch (option) {
		case 'c': options->config_file = optarg; break;
		case 'x': options->reverse = optarg; break;
		case OPTION_TCP: options->tcp = true; break;
		case OPTION_DNSSEC: options->dnssec = true; break;
		case OPTION_JSON: options->json = true; break;
		case OPTION_TRACE: options->traced = true; break;
		case OPTION_SVG: options->trace.svg = optarg; break;
		case OPTION_ANCHOR:
			code = add_anchor(&options->trace, optarg);
			if (code >= 0)
				return code;
			break;
		case 'h': fputs(help, stdout); return EXIT_GOOD;
		default: fputs(help, stderr); return EXIT_USAGE;
		}
	}
	code = check_options(options);
	return code >= 0 ? code : read_arguments(argc, argv, options);
}

/* RFC 1035 section 3.5, RFC 3596 section 2.5 */
static int reverse_name(const char *text, struct name_space *space, struct name *out)
{
	char name[sizeof("f.") * 32 + sizeof("ip6.arpa")];
	struct address address;
	size_t len = 0;

	if (address_parse(text, 0, &address) != 0 || address_port(&address) != 0)
		return ERR_FORMAT;
	if (address.any.sa_family == AF_INET) {
		const uint8_t *octets = (const uint8_t *)&address.v4.sin_addr;
		snprintf(name, sizeof(name), "%u.%u.%u.%u.in-addr.arpa", octets[3], octets[2],
			octets[1], octets[0]);
		return name_parse(name, space, out);
	}
	const uint8_t *octets = address.v6.sin6_addr.s6_addr;
	for (int i = 15; i >= 0; i--)
		len += (size_t)snprintf(
			name + len, sizeof(name) - len, "%x.%x.", octets[i] & 15, octets[i] >> 4);
	snprintf(name + len, sizeof(name) - len, "ip6.arpa");
	return name_parse(name, space, out);
}

static int read_question(struct query_options *options, struct question *out)
{
	out->class = CLASS_IN;
	out->type = options->reverse ? TYPE_PTR : TYPE_A;
	if (options->type && type_parse(options->type, &out->type) != 0)
		return usage_error("no record type, after NAME comes TYPE: ", options->type);
	if (options->reverse) {
		if (reverse_name(options->reverse, &options->space, &out->name) != 0)
			return usage_error("no address: ", options->reverse);
	} else if (config_name_parse(options->name, &options->space, &out->name) != 0) {
		return usage_error("no domain name: ", options->name);
	}
	return -1;
}

/* Where a client on this machine reaches the first listener. */
static int configured_server(const char *path, struct address *out)
{
	struct config *config = config_read(path, stderr);
	if (!config)
		return EXIT_BAD;
	*out = config->listen[0];
	config_free(config);
	if (address_is_any(out)) {
		if (out->any.sa_family == AF_INET)
			out->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		else
			out->v6.sin6_addr = in6addr_loopback;
	}
	return -1;
}

static int read_server(const struct query_options *options, struct address *out)
{
	if (!options->server && options->config_file)
		return configured_server(options->config_file, out);
	const char *text = options->server ? options->server : DEFAULT_SERVER;
	if (address_parse(text, DNS_PORT, out) != 0)
		return usage_error("no server's address, with :PORT or without: @", text);
	return -1;
}

static int show(const struct query_options *options, const struct lookup *lookup)
{
	struct reply reply = {
		.wire = bytes_of(lookup->reply, lookup->reply_len),
		.server = lookup->server,
		.tcp = lookup->tcp,
		.took_us = lookup->took_us,
	};
	struct arena arena;
	int code = EXIT_NO_ANSWER;

	arena_init(&arena, REPLY_MEMORY_MAX);
	int err = reply_read(&reply, &arena);
	if (err == 0) {
		code = reply_is_good(&reply) ? EXIT_GOOD : EXIT_BAD;
		if (options->json)
			err = reply_print_json(&reply, stdout);
		else
			reply_print(&reply, stdout);
	}
	if (err != 0) {
		fprintf(stderr, "stubborn query: the answer cannot be read: %s\n", err_text(err));
		code = EXIT_NO_ANSWER;
	}
	arena_done(&arena);
	return code;
}

int cli_query(int argc, char **argv)
{
	struct query_options options = { 0 };
	struct lookup lookup = { 0 };
	char server[ADDRESS_TEXT_LEN];

	int code = read_options(argc, argv, &options);
	if (code < 0)
		code = read_question(&options, &lookup.question);
	if (code < 0)
		code = read_server(&options, &lookup.server);
	if (code >= 0)
		return code;
	if (options.traced) {
		options.trace.question = lookup.question;
		options.trace.server = lookup.server;
		options.trace.tcp = options.tcp;
		options.trace.json = options.json;
		options.trace.config_file = options.config_file;
		return query_trace_run(&options.trace);
	}
	lookup.tcp = options.tcp;
	lookup.dnssec_ok = options.dnssec;
	if (lookup_run(&lookup) != 0) {
		fprintf(stderr, "stubborn query: %s: %s; does a resolver run there?\n",
			address_write(&lookup.server, server), lookup.why);
		return EXIT_NO_ANSWER;
	}
	return show(&options, &lookup);
}

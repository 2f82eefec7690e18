/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/probe_json.h"
#include "cli/probe_report.h"
#include "cli/visit.h"
#include "cli/whereabouts.h"
#include "daemon/config.h"
#include "net/sentence.h"

/* Values of one option, and URLs. */
#define VALUES_MAX ENDPOINT_ADDRESSES_MAX

/* Addresses visited at once, so that what is measured is not how busy we are. */
#define VISITS_MAX 16

static const char help[] =
	"Usage: stubborn probe [-c FILE] [--json]\n"
	"       stubborn probe [OPTION...] URL...\n"
	"\n"
	"Connects to every configured upstream, or to those URLs (tls://NAME or "
	"https://NAME/PATH),\n"
	"on all their addresses, and tells what they are like: TLS, certificate and pin, speed,\n"
	"whether DNSSEC works through them, what is wrong and what to do about it. Nothing is "
	"sent\n"
	"to anybody else, but the question where a NAME is whose addresses are not known.\n"
	"\n"
	"  -c, --config FILE       the configuration (default: " CONFIG_DEFAULT_FILE ";\n"
	"                          built-in defaults when there is none)\n"
	"      --json              show one JSON object\n"
	"  -h, --help              this text\n"
	"\n"
	"With URLs, and then for each of them:\n"
	"      --address ADDRESS   where it is, with an optional @PORT; may be repeated;\n"
	"                          without it a NAME is looked up\n"
	"      --bootstrap SERVER  who is asked then, in clear; may be repeated (default:\n"
	"                          those of /etc/resolv.conf)\n"
	"      --ca-file FILE      authorities instead of the system's, or none with pins alone\n"
	"      --pin PIN           the server's key, sha256/BASE64=; may be repeated\n"
	"      --client-cert FILE  who we are, a file or a pkcs11: URI, and\n"
	"      --client-key FILE   its key\n"
	"\n"
	"Exit codes: 0 all are fit, 1 some problem, 2 wrong usage, 3 none can be reached.\n";

struct values {
	const char *items[VALUES_MAX];
	size_t count;
};

struct probe_options {
	const char *config_file, *ca_file, *client_cert, *client_key;
	struct values urls, addresses, servers, pins;
	bool json;
};

enum {
	OPTION_JSON = 256,
	OPTION_ADDRESS,
	OPTION_BOOTSTRAP,
	OPTION_CA_FILE,
	OPTION_PIN,
	OPTION_CERT,
	OPTION_KEY
};

struct probe {
	struct config *config;
	struct loop *loop;
	struct rand rand;
	struct whereabouts *places;	/* of every upstream */
	struct facts *facts;		/* of every upstream's addresses, one behind the other */
	size_t upstream, address, next; /* whom to visit next, and its facts */
	size_t running;
	bool broken; /* out of memory */
	struct caller *callers;
};

/* A visit's place. */
struct caller {
	struct probe *probe;
	struct visit *visit; /* NULL: free */
};

static int usage_error(const char *what, const char *argument)
{
	fprintf(stderr, "stubborn probe: %s%s; see stubborn probe --help\n", what, argument);
	return EXIT_USAGE;
}

static int add_value(struct values *values, const char *value)
{
	if (values->count == VALUES_MAX)
		return usage_error("one too many of its kind: ", value);
	values->items[values->count++] = value;
	return -1;
}

/* What only URLs use needs one; they need no file. */
static int check_options(const struct probe_options *options)
{
	const bool special = options->ca_file || options->client_cert || options->client_key ||
			     options->addresses.count > 0 || options->servers.count > 0 ||
			     options->pins.count > 0;

	if (options->urls.count > 0 && options->config_file)
		return usage_error("it is either a URL or --config: ", options->urls.items[0]);
	if (options->urls.count == 0 && special)
		return usage_error(
			"--address, --bootstrap, --ca-file, --pin, --client-cert and --client-key "
			"are for a URL, and there is none",
			"");
	return -1;
}

/* -1: go on; otherwise the exit code. */
static int read_options(int argc, char **argv, struct probe_options *options)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "address", required_argument, NULL, OPTION_ADDRESS },
		{ "bootstrap", required_argument, NULL, OPTION_BOOTSTRAP },
		{ "ca-file", required_argument, NULL, OPTION_CA_FILE },
		{ "pin", required_argument, NULL, OPTION_PIN },
		{ "client-cert", required_argument, NULL, OPTION_CERT },
		{ "client-key", required_argument, NULL, OPTION_KEY },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, code = -1;

	while (code < 0 && (option = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		switch (option) {
		case 'c': options->config_file = optarg; break;
		case OPTION_JSON: options->json = true; break;
		case OPTION_ADDRESS: code = add_value(&options->addresses, optarg); break;
		case OPTION_BOOTSTRAP: code = add_value(&options->servers, optarg); break;
		case OPTION_CA_FILE: options->ca_file = optarg; break;
		case OPTION_PIN: code = add_value(&options->pins, optarg); break;
		case OPTION_CERT: options->client_cert = optarg; break;
		case OPTION_KEY: options->client_key = optarg; break;
		case 'h': fputs(help, stdout); return EXIT_GOOD;
		default: fputs(help, stderr); return EXIT_USAGE;
		}
	}
	for (int i = optind; code < 0 && i < argc; i++)
		code = add_value(&options->urls, argv[i]);
	return code >= 0 ? code : check_options(options);
}

static void put_values(struct json *json, const char *key, const struct values *values)
{
	if (values->count == 0)
		return;
	json_open(json, key, '[');
	for (size_t i = 0; i < values->count; i++)
		json_text(json, NULL, values->items[i]);
	json_close(json, ']');
}

static void put_option(struct json *json, const char *key, const char *value)
{
	if (value)
		json_text(json, key, value);
}

/* The command line as a configuration, JSON being YAML: what it means is decided in one place. */
static void write_config(const struct probe_options *options, FILE *out)
{
	struct json json = { .out = out };
	char name[24];

	json_open(&json, NULL, '{');
	json_open(&json, "upstreams", '[');
	for (size_t i = 0; i < options->urls.count; i++) {
		json_open(&json, NULL, '{');
		json_text(&json, "url", options->urls.items[i]);
		if (options->urls.count > 1) {
			snprintf(name, sizeof(name), "#%zu", i + 1);
			json_text(&json, "name", name);
		}
		put_values(&json, "addresses", &options->addresses);
		put_option(&json, "ca-file", options->ca_file);
		put_values(&json, "pins", &options->pins);
		put_option(&json, "client-cert", options->client_cert);
		put_option(&json, "client-key", options->client_key);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	put_values(&json, "bootstrap", &options->servers);
	json_close(&json, '}');
}

/* NULL: errors are told. */
static struct config *read_urls(const struct probe_options *options, const char *name)
{
	struct config *config = NULL;
	char *text = NULL;
	size_t len;

	FILE *out = open_memstream(&text, &len);
	if (out) {
		write_config(options, out);
		if (fclose(out) == 0)
			config = config_parse(name, text, len, stderr);
	}
	free(text);
	return config;
}

/* -1: go on; otherwise the exit code. */
static int read_config(struct probe *probe, const struct probe_options *options)
{
	const bool urls = options->urls.count > 0;
	const char *path = options->config_file ? options->config_file : config_default_file();
	const char *name = path[0] != '\0' ? path : "built-in defaults";

	if (urls)
		name = "command line";
	probe->config = urls ? read_urls(options, name) : config_read(path, stderr);
	if (!probe->config || config_trust_load(probe->config, name, NULL, stderr) != 0)
		return urls ? EXIT_USAGE : EXIT_BAD;
	return -1;
}

static void visit_more(struct probe *probe);

static void on_visited(void *owner)
{
	struct caller *caller = owner;

	visit_free(caller->visit);
	caller->visit = NULL;
	caller->probe->running--;
	visit_more(caller->probe);
}

/* Passes over those of which no address, or no other one, is known. False: there is no more. */
static bool find_next(struct probe *probe)
{
	while (probe->upstream < probe->config->upstream_count &&
		probe->address == probe->places[probe->upstream].endpoint->address_count) {
		probe->address = 0;
		probe->upstream++;
	}
	return probe->upstream < probe->config->upstream_count;
}

static void visit_next(struct probe *probe)
{
	struct caller *caller = probe->callers;

	while (caller->visit)
		caller++;
	const struct visit_options options = {
		.loop = probe->loop,
		.rand = &probe->rand,
		.endpoint = probe->places[probe->upstream].endpoint,
		.address = probe->address,
		.facts = &probe->facts[probe->next],
		.done = on_visited,
		.owner = caller,
	};
	caller->visit = visit_new(&options);
	if (!caller->visit) {
		probe->broken = true;
		return;
	}
	probe->running++;
	probe->next++;
	probe->address++;
}

/* As many as may be at once; the loop ends with the last. */
static void visit_more(struct probe *probe)
{
	while (!probe->broken && probe->running < VISITS_MAX && find_next(probe))
		visit_next(probe);
	if (probe->running == 0)
		loop_stop(probe->loop);
}

/* written: as of whereabouts_find(). */
static int visit_all(struct probe *probe, bool written)
{
	struct caller callers[VISITS_MAX];
	size_t addresses = 0;

	probe->places = calloc(probe->config->upstream_count + 1, sizeof(*probe->places));
	probe->loop = loop_new();
	if (!probe->places || !probe->loop)
		return ERR_NOMEM;
	int err = whereabouts_find(probe->config, written, probe->loop, probe->places);
	if (err != 0)
		return err;
	for (size_t i = 0; i < probe->config->upstream_count; i++)
		addresses += probe->places[i].endpoint->address_count;
	probe->facts = calloc(addresses + 1, sizeof(*probe->facts));
	if (!probe->facts)
		return ERR_NOMEM;
	for (size_t i = 0; i < VISITS_MAX; i++)
		callers[i] = (struct caller){ .probe = probe };
	probe->callers = callers;
	rand_init(&probe->rand);
	visit_more(probe);
	if (probe->running > 0)
		loop_run(probe->loop);
	probe->callers = NULL;
	return probe->broken ? ERR_NOMEM : 0;
}

/* Tells all of them; the exit code. */
static int tell(const struct probe *probe, bool as_json, struct findings *findings)
{
	struct json json = { .out = stdout };
	const struct facts *facts = probe->facts;
	bool reachable = false, problem = false;

	if (as_json) {
		json_open(&json, NULL, '{');
		json_open(&json, "upstreams", '[');
	}
	for (size_t i = 0; i < probe->config->upstream_count; i++) {
		const struct probed probed = {
			.endpoint = probe->places[i].endpoint,
			.asked = probe->places[i].asked,
			.unfound = probe->places[i].why,
			.facts = facts,
			.validated = probe->config->validate,
			.wall_s = clock_wall_s(),
		};
		findings_collect(&probed, findings);
		reachable = reachable || probed_is_reachable(&probed);
		problem = problem || findings_problems(findings) > 0;
		if (as_json)
			probe_json_print(&json, &probed, findings);
		else
			probe_report_print(stdout, &probed, findings);
		if (!as_json && i + 1 < probe->config->upstream_count)
			putchar('\n');
		facts += probed.endpoint->address_count;
	}
	if (as_json) {
		json_close(&json, ']');
		json_close(&json, '}');
		putchar('\n');
	}
	if (!reachable)
		return EXIT_NO_ANSWER;
	return problem ? EXIT_BAD : EXIT_GOOD;
}

int cli_probe(int argc, char **argv)
{
	struct probe_options options = { 0 };
	struct probe probe = { 0 };
	struct findings *findings = NULL;
	char clock[SENTENCE_CLOCK_LEN];

	int code = read_options(argc, argv, &options);
	if (code >= 0)
		return code;
	/* A server that hangs up is told about, and does not end us. */
	signal(SIGPIPE, SIG_IGN);
	code = read_config(&probe, &options);
	if (code < 0 && sentence_clock(clock))
		fprintf(stderr, "stubborn probe: %s\n", clock);
	if (code < 0) {
		findings = malloc(sizeof(*findings));
		if (findings && visit_all(&probe, options.urls.count == 0) == 0) {
			code = tell(&probe, options.json, findings);
		} else {
			fputs("stubborn probe: out of memory or descriptors\n", stderr);
			code = EXIT_BAD;
		}
	}
	free(findings);
	if (probe.loop)
		loop_free(probe.loop);
	free(probe.facts);
	if (probe.places)
		whereabouts_done(probe.places, probe.config->upstream_count);
	free(probe.places);
	config_free(probe.config);
	return code;
}

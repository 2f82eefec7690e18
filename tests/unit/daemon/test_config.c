/* SPDX-License-Identifier: MIT */
#include "unit/daemon/parsed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/failmalloc.h"

/* The program runs without a file; these are the defaults that the manual names. */
static void test_defaults(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n", "{}\n", "cache:\ntls:\n" };
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct parsed parsed = good(texts[i]);
		const struct config *config = parsed.config;
		assert_int_equal(config->listen_count, 2);
		assert_false(config->listen_written);
		assert_address(&config->listen[0], "127.0.0.1:53");
		assert_address(&config->listen[1], "[::1]:53");
		assert_int_equal(config->serve.clients.allow_count, 2);
		assert_int_equal(config->workers, 1);
		assert_string_equal(config->user, "stubborn");
		assert_string_equal(config->state_dir, "/var/lib/stubborn");
		assert_int_equal(config->upstream_count, 2);
		assert_string_equal(config->upstreams[0]->name, "quad9");
		assert_string_equal(config->upstreams[0]->host, "dns.quad9.net");
		assert_int_equal(config->upstreams[0]->address_count, 4);
		assert_address(&config->upstreams[0]->addresses[0], "9.9.9.9:853");
		assert_string_equal(config->upstreams[0]->ca_file, "");
		assert_int_equal(config->upstreams[0]->min_version, TLS_VERSION_1_2);
		assert_string_equal(config->upstreams[1]->name, "cloudflare");
		assert_string_equal(config->upstreams[1]->host, "one.one.one.one");
		assert_int_equal(config->lines[0].ca_file, 0);
		assert_int_equal(config->strategy, STRATEGY_FASTEST);
		assert_int_equal(config->route_count, 0);
		assert_int_equal(config->resolve.query_time_ms, 5000);
		assert_int_equal(config->resolve.in_flight_max, 4096);
		assert_int_equal(config->serve.in_flight_max, 4096);
		assert_int_equal(config->serve.tcp_clients, 256);
		assert_int_equal(config->serve.tcp_idle_ms, 10000);
		assert_int_equal(config->serve.udp_size, 1232);
		assert_int_equal(config->cache.size, 16 * 1024 * 1024);
		assert_int_equal(config->cache.shards, 1);
		assert_int_equal(config->resolve.ttl.min_s, 0);
		assert_int_equal(config->resolve.ttl.max_s, 86400);
		assert_int_equal(config->resolve.ttl.max_negative_s, 3600);
		assert_int_equal(config->resolve.serve_stale_s, 86400);
		assert_true(config->resolve.prefetch);
		assert_true(config->persist);
		assert_true(config->validate);
		assert_int_equal(anchors_count(config->anchors), 0);
		assert_int_equal(config->negative_count, 0);
		assert_int_equal(config->log_level, LOG_LEVEL_INFO);
		assert_int_equal(config->log_queries, LOG_QUERIES_OFF);
		parsed_free(&parsed);
	}
}

static const char every_key[] =
	"listen: [192.0.2.1, \"[2001:db8::1]:5300\", 10.0.0.1@54]\n"
	"allow: [192.0.2.0/24, \"::1\"]\n"
	"workers: 2\n"
	"user: \"\"\n"
	"state-dir: \"\"\n"
	"upstreams:\n"
	"  - url: tls://dns.example:8853\n"
	"    name: lab\n"
	"    addresses: [192.0.2.53, \"2001:db8::53@853\"]\n"
	"    ca-file: /dev/null\n"
	"  - tls://192.0.2.54\n"
	"bootstrap: [192.0.2.55, \"2001:db8::55@5353\"]\n"
	"strategy: ordered\n"
	"tls: { ca-file: /dev/zero, min-version: 1.3 }\n"
	"limits:\n"
	"  query-time: 2500ms\n"
	"  tcp-clients: 7\n"
	"  tcp-idle: 1m\n"
	"  in-flight: 9\n"
	"  udp-size: 4096\n"
	"cache: { size: 1GiB, min-ttl: 10s, max-ttl: 2h, "
	"max-negative-ttl: 0, serve-stale: 2h, prefetch: false, persist: false }\n"
	"routes:\n"
	"  - domains: [corp.example, 10.in-addr.arpa.]\n"
	"    upstreams: [lab, 192.0.2.54]\n"
	"  - { domains: example, upstreams: lab, insecure: true }\n"
	"dnssec:\n"
	"  validate: false\n"
	"  trust-anchors: \". DS 1 8 1 "
	"0123456789012345678901234567890123456789\"\n"
	"  negative-trust-anchors: {name: a.example, until: 2027-01-31}\n"
	"log: { level: debug, queries: failed }\n";

/* Everything that can be written has its effect. */
static void test_every_key(void **state)
{
	(void)state;
	struct parsed parsed = good(every_key);
	const struct config *config = parsed.config;
	char text[NAME_TEXT_LEN];

	assert_int_equal(config->listen_count, 3);
	assert_true(config->listen_written);
	assert_address(&config->listen[0], "192.0.2.1:53");
	assert_address(&config->listen[1], "[2001:db8::1]:5300");
	assert_address(&config->listen[2], "10.0.0.1:54");
	assert_ptr_equal(config->serve.clients.allow, config->allow);
	assert_int_equal(config->allow[0].bits, 24);
	assert_int_equal(config->allow[1].bits, 128);
	assert_int_equal(config->workers, 2);
	assert_int_equal(config->cache.shards, 16);
	assert_string_equal(config->user, "");
	assert_string_equal(config->state_dir, "");
	assert_int_equal(config->bootstrap_count, 2);
	assert_address(&config->bootstrap[0], "192.0.2.55:53");
	assert_address(&config->bootstrap[1], "[2001:db8::55]:5353");
	assert_int_equal(config->resolve.query_time_ms, 2500);
	assert_int_equal(config->serve.tcp_clients, 7);
	assert_int_equal(config->serve.tcp_idle_ms, 60000);
	assert_int_equal(config->serve.in_flight_max, 9);
	assert_int_equal(config->resolve.in_flight_max, 9);
	assert_int_equal(config->serve.udp_size, 4096);
	assert_int_equal(config->cache.size, 1 << 30);
	assert_int_equal(config->resolve.ttl.min_s, 10);
	assert_int_equal(config->resolve.ttl.max_s, 7200);
	assert_int_equal(config->resolve.ttl.max_negative_s, 0);
	assert_int_equal(config->resolve.serve_stale_s, 7200);
	assert_false(config->resolve.prefetch);
	assert_false(config->persist);
	assert_int_equal(config->route_count, 2);
	assert_int_equal(config->routes[0].domain_count, 2);
	assert_string_equal(name_print(config->routes[0].domains[1], text), "10.in-addr.arpa.");
	assert_int_equal(config->routes[0].upstream_count, 2);
	assert_ptr_equal(config->routes[0].upstreams[1], config->upstreams[1]);
	assert_int_equal(config->routes[1].upstream_count, 1);
	assert_ptr_equal(config->routes[1].upstreams[0], config->upstreams[0]);
	assert_false(config->routes[0].insecure);
	assert_true(config->routes[1].insecure);
	assert_false(config->validate);
	assert_int_equal(anchors_count(config->anchors), 1);
	assert_int_equal(config->negative_count, 1);
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config->log_queries, LOG_QUERIES_FAILED);
	parsed_free(&parsed);
}

static void test_every_key_of_upstreams(void **state)
{
	(void)state;
	struct parsed parsed = good(every_key);
	const struct config *config = parsed.config;
	const struct endpoint *lab = config->upstreams[0], *other = config->upstreams[1];

	assert_int_equal(config->upstream_count, 2);
	assert_string_equal(lab->name, "lab");
	assert_string_equal(lab->host, "dns.example");
	assert_address(&lab->addresses[0], "192.0.2.53:8853");
	assert_address(&lab->addresses[1], "[2001:db8::53]:853");
	assert_string_equal(lab->ca_file, "/dev/null");
	assert_int_equal(config->lines[0].ca_file, 10);
	assert_int_equal(lab->min_version, TLS_VERSION_1_3);
	assert_string_equal(other->name, "192.0.2.54");
	assert_string_equal(other->ca_file, "/dev/zero");
	assert_int_equal(config->lines[1].ca_file, 14);
	parsed_free(&parsed);
}

/* What people write without looking it up. */
static void test_small_things(void **state)
{
	static const struct {
		const char *text, *address;
	} listens[] = {
		{ "listen: 127.0.0.1\n", "127.0.0.1:53" },
		{ "listen: 127.0.0.1:5300\n", "127.0.0.1:5300" },
		{ "listen: ::1\n", "[::1]:53" },
		{ "listen: \"[::1]\"\n", "[::1]:53" },
		{ "listen: ['[::1]:54']\n", "[::1]:54" },
		{ "listen:\n  - ::1\n", "[::1]:53" },
		{ "\xef\xbb\xbflisten: 127.0.0.1\r\nworkers: 1\r\n", "127.0.0.1:53" },
		{ "{\"listen\": [\"127.0.0.1:53\"], \"log\": {\"level\": \"debug\"}}\n",
			"127.0.0.1:53" },
	};
	char text[NAME_TEXT_LEN];
	(void)state;

	for (size_t i = 0; i < sizeof(listens) / sizeof(listens[0]); i++) {
		struct parsed parsed = good(listens[i].text);
		assert_int_equal(parsed.config->listen_count, 1);
		assert_address(&parsed.config->listen[0], listens[i].address);
		parsed_free(&parsed);
	}
	struct parsed parsed = good("upstreams: tls://9.9.9.9\n"
				    "routes: {domains: b\xc3\xbc"
				    "cher.example, upstreams: 9.9.9.9}\n");
	assert_int_equal(parsed.config->upstream_count, 1);
	assert_string_equal(
		name_print(parsed.config->routes[0].domains[0], text), "xn--bcher-kva.example.");
	parsed_free(&parsed);

	parsed = good("upstreams: {url: \"tls://b\xc3\xbc"
		      "cher.example:8853\", addresses: 192.0.2.1}\n");
	assert_string_equal(parsed.config->upstreams[0]->host, "xn--bcher-kva.example");
	assert_int_equal(parsed.config->upstreams[0]->port, 8853);
	parsed_free(&parsed);

	parsed = good("workers: auto\n");
	assert_in_range(parsed.config->workers, 1, CONFIG_WORKERS_AUTO);
	parsed_free(&parsed);
}

/* A person who makes five mistakes learns of all five, in the order of the file. */
static void test_all_at_once(void **state)
{
	(void)state;
	wrong("workers: many\n"
	      "listen: 300.0.0.1\n"
	      "cahce: {size: 1MiB}\n"
	      "cache:\n"
	      "  size: 16MB\n"
	      "  min-ttl: 1500ms\n"
	      "limits: {udp-size: 100, query-time: 5}\n"
	      "log:\n"
	      "  level: loud\n",
		"f:1: workers: \"many\" is not understood; write a number or auto\n"
		"f:2: listen: \"300.0.0.1\" is no address; write 127.0.0.1, 127.0.0.1:53 or "
		"\"[::1]:53\"\n"
		"f:3: unknown key \"cahce\"; did you mean \"cache\"?\n"
		"f:5: cache.size: \"16MB\" is not understood; write a number with KiB, MiB or GiB, "
		"as in 16MiB\n"
		"f:6: cache.min-ttl: 1500ms is no whole second; write 2s\n"
		"f:7: limits.udp-size: 100 is out of range; 512 to 4096\n"
		"f:7: limits.query-time: \"5\" is not understood; write a number with ms, s, m, h "
		"or d, as in 5s\n"
		"f:9: log.level: \"loud\" is not understood; write error, warning, info or "
		"debug\n");
}

/* Nobody believes in a protection that is not there. */
static void test_unknown_keys(void **state)
{
	static const char *const later[] = {
		"discover: true\n",
		"local: {hosts: [/etc/hosts]}\n",
		"block: {answer: nxdomain}\n",
		"rebind-protection: {enabled: true}\n",
		"dns64: {prefix: \"64:ff9b::/96\"}\n",
		"control: {socket: /run/x}\n",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		WRONG_WITH(later[i], "f:1: unknown key", "not built yet");
	WRONG_WITH("strategy: best\n", "f:1: strategy", "fastest, ordered, spread or parallel");
	WRONG_WITH("\nlisten-on: x\n", "f:2: ", "unknown key \"listen-on\"");
	WRONG_WITH("state_dir: /x\n", "did you mean \"state-dir\"?");
	WRONG_WITH("LISTEN: ::1\n", "did you mean \"listen\"?");
	WRONG_WITH(
		"log: {levle: info}\n", "unknown key \"log.levle\"; did you mean \"log.level\"?");
	WRONG_WITH("upstreams: [{url: tls://9.9.9.9, adresses: 9.9.9.9}]\n",
		"did you mean \"upstreams.addresses\"?");
	WRONG_WITH("colour: blue\n", "unknown key \"colour\"; known here are listen, allow,");
	WRONG_WITH("workers: 1\nlog: {}\nworkers: 2\n",
		"f:3: \"workers\" stands twice, first on line 1");
	WRONG_WITH("cache: {size: 1MiB, size: 2MiB}\n", "\"size\" stands twice");
}

/* A wrong type or value is told with what would be right. */
static void test_values(void **state)
{
	(void)state;
	WRONG_WITH("listen:\n", "f:1: listen has no value");
	WRONG_WITH("listen: []\n", "empty list");
	WRONG_WITH("listen: {a: b}\n", "listen is a map; write a list of texts");
	WRONG_WITH("listen: [127.0.0.1, [a]]\n", "f:1: a list in the list listen");
	WRONG_WITH("listen: 127.0.0.1:0\n", "no address");
	WRONG_WITH("listen: [127.0.0.1, 127.0.0.1:53]\n", "127.0.0.1:53 stands twice");
	WRONG_WITH("allow: 192.168.1.1/16\n", "192.168.0.0/16");
	WRONG_WITH("allow: 192.168.0.0/33\n", "no network");
	WRONG_WITH("allow: []\n", "empty list");
	WRONG_WITH("workers: 0\n", "out of range; 1 to 64");
	WRONG_WITH("workers: 1.5\n", "write a number or auto");
	WRONG_WITH("workers: [1]\n", "workers is a list; write a number or auto");
	WRONG_WITH("workers: 99999999999999999999\n", "out of range");
	WRONG_WITH("user:\n", "user has no value");
	WRONG_WITH("user: {}\n", "user is a map; write a text");
	WRONG_WITH("state-dir: var\n", "no absolute path");
	WRONG_WITH("tls: 1.2\n", "tls is a text; write keys of its own below it");
	WRONG_WITH("tls: {min-version: 1.1}\n", "write 1.2 or 1.3");
	WRONG_WITH("limits: {query-time: 10ms}\n", "10ms is out of range; 100ms to 1m");
	WRONG_WITH("limits: {query-time: 18446744073709551615d}\n", "out of range");
	WRONG_WITH("limits: {query-time: 5 sec}\n", "not understood");
	WRONG_WITH("limits: {tcp-clients: 0}\n", "out of range; 1 to 65536");
	WRONG_WITH("limits: {udp-size: 511}\n", "512 to 4096");
	WRONG_WITH("limits: {udp-size: 4097}\n", "512 to 4096");
	WRONG_WITH("limits: {in-flight: -1}\n", "not understood");
	WRONG_WITH("cache: {size: 16}\n", "16MiB");
	WRONG_WITH("cache: {size: 100KiB}\n", "out of range; 256KiB to 64GiB");
	WRONG_WITH("cache: {max-ttl: 8d}\n", "out of range; 1s to 7d");
	WRONG_WITH("cache: {max-ttl: 1m, min-ttl: 2m}\n", "min-ttl (120s) is above");
	WRONG_WITH("log: {queries: yes}\n", "write off, failed or all");
	WRONG_WITH("dnssec: {validate: yes}\n", "\"yes\" is not understood; write true or false");
	WRONG_WITH("dnssec: {validate: Off}\n", "\"Off\" is not understood; write true or false");
	WRONG_WITH("dnssec: {validate: }\n", "has no value; write true or false");
	WRONG_WITH("routes: {domains: a, upstreams: quad9, insecure: 1}\n",
		"f:1: routes.insecure: \"1\" is not understood; write true or false");
}

/* Who listens beyond this machine must say for whom. */
static void test_open_resolver(void **state)
{
	static const char *const open[] = { "listen: 0.0.0.0\n", "listen: \"::\"\n",
		"listen: 192.168.1.1\n", "listen: \"[2001:db8::1]:53\"\n" };
	(void)state;

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		WRONG_WITH(open[i], "f:1: listen: ", "beyond this machine",
			"allow: [127.0.0.0/8, \"::1/128\", 192.168.0.0/16]");
	}
	struct parsed parsed = good("listen: 0.0.0.0\n"
				    "allow: [127.0.0.0/8, \"::1/128\", 192.168.0.0/16]\n");
	parsed_free(&parsed);
	parsed = good("listen: 127.0.0.53\n");
	parsed_free(&parsed);
}

/* A small file must not become a huge one, and what is not YAML is told with its line. */
static void test_yaml(void **state)
{
	(void)state;
	WRONG_WITH("listen: &a 127.0.0.1\nuser: *a\n", "f:1: an anchor (&a)");
	WRONG_WITH("listen: 127.0.0.1\nuser: *a\n", "f:2: ");
	WRONG_WITH("workers: !!int 1\n", "f:1: a tag");
	WRONG_WITH("a: 1\n---\nb: 2\n", "f:2: a second document");
	WRONG_WITH("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", "16 deep");
	WRONG_WITH("listen: [::1]\n", "f:1: not YAML", "IPv6 addresses in quotes");
	WRONG_WITH("cache:\n\tsize: 1MiB\n", "f:2: not YAML", "tabs");
	WRONG_WITH("log:\n  level: info\n level: info\n", "not YAML");
	WRONG_WITH("user: \"x\n", "f:1: not YAML");
	WRONG_WITH("? [a]\n: b\n", "a key that is no text");
	WRONG_WITH("- a\n", "f:1: the file is a list");
	WRONG_WITH("text\n", "f:1: the file is a text");
	WRONG_WITH("log: {}\nuser: caf\xe9\n", "f:2: an octet (0xe9) that is not UTF-8");
	WRONG_WITH("user: \xed\xa0\x80\n", "not UTF-8");
	WRONG_WITH("user: \xc0\xaf\n", "not UTF-8");
	WRONG_WITH("log: {}\nuser: a\x01\n", "f:2: not YAML");
	WRONG_WITH("user: \"a\\0b\"\n", "NUL");
	WRONG_WITH("\"\\e[31mred\": 1\n", "unknown key \"?[31mred\"");

	struct parsed parsed = parse_len("a\0b", 3);
	assert_null(parsed.config);
	parsed_free(&parsed);
}

/* What is no configuration file does not take the machine's memory or a minute's time. */
static void test_bounds(void **state)
{
	const size_t len = CONFIG_FILE_LEN_MAX + 1;
	char *text = test_malloc(len);
	(void)state;

	memset(text, '#', len);
	struct parsed parsed = parse_len(text, len);
	assert_non_null(strstr(parsed.errors, "longer than 1024 KiB"));
	parsed_free(&parsed);
	parsed = parse_len(text, len - 1);
	assert_non_null(parsed.config);
	parsed_free(&parsed);

	size_t at = 0;
	for (unsigned i = 0; at < len - 20; i++)
		at += (size_t)sprintf(text + at, "k%u: 1\n", i);
	parsed = parse_len(text, at);
	assert_non_null(strstr(parsed.errors, "more than 256 keys"));
	parsed_free(&parsed);

	at = (size_t)sprintf(text, "listen:\n");
	for (unsigned i = 0; i < CONFIG_LISTEN_MAX + 1; i++)
		at += (size_t)sprintf(text + at, "- 127.0.0.%u\n", i);
	parsed = parse_len(text, at);
	assert_non_null(strstr(parsed.errors, "listen has 65 items; 64 at most"));
	parsed_free(&parsed);
	test_free(text);
}

static char *errors_of_file(const char *path, struct config **config)
{
	char *text = NULL;
	size_t len = 0;
	FILE *errors = open_memstream(&text, &len);
	assert_non_null(errors);
	*config = config_read(path, errors);
	assert_int_equal(fclose(errors), 0);
	return text;
}

/* A file that is not there or cannot be read is never taken for an empty one. */
static void test_file(void **state)
{
	char path[] = "/tmp/stubborn-config-XXXXXX";
	struct config *config = NULL;
	(void)state;

	char *errors = errors_of_file("", &config);
	assert_non_null(config);
	assert_string_equal(errors, "");
	config_free(config);
	free(errors);

	errors = errors_of_file("/no/such/file", &config);
	assert_null(config);
	assert_non_null(strstr(errors, "/no/such/file: cannot be read: No such file"));
	free(errors);

	errors = errors_of_file("/", &config);
	assert_null(config);
	assert_non_null(strstr(errors, "it is a device, a pipe or a directory"));
	free(errors);

	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "listen: 127.0.0.9\n", 18), 18);
	assert_int_equal(close(fd), 0);
	errors = errors_of_file(path, &config);
	assert_non_null(config);
	assert_address(&config->listen[0], "127.0.0.9:53");
	config_free(config);
	free(errors);
	assert_int_equal(unlink(path), 0);
}

/* Each allocation fails once. */
static void fail_each(const char *text, FILE *errors)
{
	bool failed = true;
	for (size_t n = 0; failed; n++) {
		failmalloc_arm(n);
		struct config *config = config_parse("f", text, strlen(text), errors);
		failed = failmalloc_disarm();
		assert_true(!failed || !config);
		config_free(config);
	}
}

/* Out of memory while reading is an error like others: no crash, no leak, no half of a file. */
static void test_out_of_memory(void **state)
{
	FILE *errors = fopen("/dev/null", "w");
	(void)state;
	assert_non_null(errors);
	fail_each("listen: [127.0.0.1, 127.0.0.2]\nallow: 10.0.0.0/8\n"
		  "upstreams: [tls://9.9.9.9, {url: tls://x.example, addresses: 1.1.1.1}]\n"
		  "routes: [{domains: b\xc3\xbc"
		  "cher.example, upstreams: x.example, insecure: true}]\n"
		  "dnssec: {trust-anchors: [\"b\xc3\xbc"
		  "cher.example DS 1 8 1 0123456789012345678901234567890123456789\"], "
		  "negative-trust-anchors: {name: a, until: 2027-01-31}}\n",
		errors);
	fail_each("unknown: 1\nlog: {levle: 1, level: loud}\nworkers: 0\n", errors);
	assert_int_equal(fclose(errors), 0);
}

/* The keys that stubborn check --keys tells are those of the manual. */
static void test_print_keys(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	(void)state;
	assert_non_null(out);
	config_print_keys(out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "limits.query-time\tduration\t5s\n"));
	assert_non_null(strstr(text, "upstreams.url\ttext\trequired\n"));
	assert_non_null(strstr(text, "workers\tnumber | auto\t1\n"));
	assert_non_null(strstr(text, "strategy\tfastest | ordered | spread | parallel\tfastest\n"));
	assert_non_null(strstr(text, "log.queries\toff | failed | all\toff\n"));
	assert_non_null(strstr(text, "dnssec.validate\ttrue | false\ttrue\n"));
	assert_non_null(strstr(text, "dnssec.time-servers\tlist of texts\t[pool.ntp.org]\n"));
	assert_null(strstr(text, "rebind-protection"));
	assert_non_null(strstr(text, "upstreams.early-data\ttrue | false\ttls.early-data\n"));
	free(text);
}

static void test_name(void **state)
{
	struct name_space space;
	struct name name;
	char text[NAME_TEXT_LEN];
	(void)state;

	assert_int_equal(config_name_parse("M\xc3\x9cNCHEN.example", &space, &name), 0);
	assert_string_equal(name_print(name, text), "xn--mnchen-3ya.example.");
	assert_int_equal(config_name_parse("_dmarc.Example", &space, &name), 0);
	assert_string_equal(name_print(name, text), "_dmarc.Example.");
	assert_int_equal(config_name_parse("a..b", &space, &name), ERR_FORMAT);
	assert_int_equal(config_name_parse("a\xff", &space, &name), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_every_key_of_upstreams),
		cmocka_unit_test(test_small_things),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_open_resolver),
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_print_keys),
		cmocka_unit_test(test_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "daemon/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/cache_file.h"
#include "daemon/clock_floor.h"
#include "daemon/clock_steps.h"
#include "daemon/clock_watch.h"
#include "daemon/memory_file.h"
#include "daemon/network_watch.h"
#include "daemon/notify.h"
#include "daemon/privileges.h"
#include "daemon/reroute.h"
#include "daemon/root_anchor.h"
#include "daemon/statistics.h"
#include "daemon/stop_limit.h"
#include "daemon/ticket_file.h"
#include "daemon/worker.h"
#include "net/netlink.h"

enum { EXIT_START_FAILED = 1, EXIT_WRONG_USAGE = 2 };

struct daemon_options {
	const char *file;   /* NULL: where it usually is, if it is there */
	const char *listen; /* NULL: as configured */
};

struct daemon {
	struct daemon_options options;
	struct tickets *tickets; /* outlives every snapshot */
	struct snapshot *snapshot;
	struct sockets sockets;
	struct state_dir state_dir;
	struct cache *cache;
	struct cache_file *cache_file;
	struct memory *memory;
	struct memory_file *memory_file;
	struct crypto crypto;
	struct worker **workers;
	unsigned worker_count;
	bool ready;
	struct loop *loop; /* the main thread's: signals, and what happens to the machine */
	struct signal_watch *reload, *terminate, *interrupt, *tell;
	struct network_watch *network; /* NULL: we may not listen */
	struct clock_watch *clock;
	struct clock_steps steps;
	struct clock_floor *floor;
	struct anchor_keeper *keeper;	  /* the first worker's, once it runs */
	struct anchors *root;		  /* what it trusts, as last told; held */
	_Atomic(struct anchors *) rolled; /* what it tells, on its way to this thread */
	struct wake *rolled_wake;
};

static const char help[] =
	"Usage: stubborn run [-c FILE] [--listen ADDRESS[:PORT]]\n"
	"\n"
	"Runs the resolver in the foreground, logging to standard error.\n"
	"\n"
	"  -c, --config FILE            configuration (default: " CONFIG_DEFAULT_FILE ";\n"
	"                               built-in defaults when there is none)\n"
	"  -l, --listen ADDRESS[:PORT]  listen there instead of where the configuration says\n"
	"  -h, --help                   this text\n"
	"\n"
	"SIGHUP reads the configuration again, SIGUSR1 logs statistics; SIGTERM and SIGINT stop\n"
	"within two seconds.\n";

/* -1: go on; otherwise the exit code. */
static int read_options(int argc, char **argv, struct daemon_options *options)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "listen", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*options = (struct daemon_options){ 0 };
	while ((option = getopt_long(argc, argv, "c:l:h", known, NULL)) != -1) {
		switch (option) {
		case 'c': options->file = optarg; break;
		case 'l': options->listen = optarg; break;
		case 'h': fputs(help, stdout); return EXIT_SUCCESS;
		default: fputs(help, stderr); return EXIT_WRONG_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "stubborn run: unexpected argument: %s\n%s", argv[optind], help);
		return EXIT_WRONG_USAGE;
	}
	return -1;
}

/* What is settled once and for all when the sockets are bound. */
static void warn_of_unchangeable(const struct config *now, const struct config *next)
{
	bool same = now->listen_count == next->listen_count;
	for (size_t i = 0; same && i < now->listen_count; i++)
		same = address_equal(&now->listen[i], &next->listen[i]);
	if (!same)
		log_warning("listen: has changed; that takes effect at the next start");
	if (now->workers != next->workers)
		log_warning("workers: has changed; that takes effect at the next start");
	if (strcmp(now->user, next->user) != 0)
		log_warning("user: has changed; that takes effect at the next start");
	if (strcmp(now->state_dir, next->state_dir) != 0)
		log_warning("state-dir: has changed; that takes effect at the next start");
}

/* What cannot be verified here is not bogus, and that is worth a word. */
static void warn_of_algorithm(uint8_t algorithm)
{
	log_warning(
		"GnuTLS does not verify DNSSEC's algorithm %u here: a zone signed with no other "
		"one is taken for unsigned; the system's crypto policy (update-crypto-policies, "
		"GNUTLS_SYSTEM_PRIORITY_FILE) may allow it",
		algorithm);
}

/* On the first worker's thread. */
static void root_rolled(void *owner, struct anchors *anchors_take)
{
	struct daemon *daemon = owner;

	anchors_free(atomic_exchange(&daemon->rolled, anchors_take));
	wake_up(daemon->rolled_wake);
}

/* The snapshot with the keys of the root that are trusted now, in place of the one given. NULL: out
 * of memory, and that one stays the caller's. */
static struct snapshot *rooted(struct daemon *daemon, struct snapshot *snapshot_take)
{
	struct snapshot *made = snapshot_with_root(snapshot_take, daemon->root);

	if (made)
		snapshot_release(snapshot_take);
	return made;
}

/* The workers begin validation with what is to be trusted now. */
static void renew_anchors(struct daemon *daemon)
{
	struct snapshot *next = rooted(daemon, daemon->snapshot);

	if (!next) {
		log_error("other trust anchors are not used until the configuration is read "
			  "again: out of memory");
		return;
	}
	daemon->snapshot = next;
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_reload(daemon->workers[i], next);
	cache_file_follow(daemon->cache_file, next);
}

/* Answers in the cache stay: the keys that they hang on have vouched for the new ones. */
static void follow_root(void *owner)
{
	struct daemon *daemon = owner;
	struct anchors *rolled = atomic_exchange(&daemon->rolled, NULL);

	if (!rolled)
		return;
	anchors_free(daemon->root);
	daemon->root = rolled;
	renew_anchors(daemon);
}

/* All dates were held against another time. */
static void validate_anew(void *owner)
{
	struct daemon *daemon = owner;

	daemon->steps = (struct clock_steps){ 0 };
	renew_anchors(daemon);
	cache_forget_within(daemon->cache, name_root());
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_tell(daemon->workers[i], WORKER_CLOCK_SET);
}

/* Looked for each time: the first configuration is written when the daemon already runs. */
static struct snapshot *load(const struct daemon *daemon, const char **file)
{
	*file = daemon->options.file ? daemon->options.file : config_default_file();
	return snapshot_load(*file, daemon->options.listen, daemon->tickets);
}

static void log_source(const char *what, const char *file)
{
	if (file[0] == '\0')
		log_info("%s: built-in defaults, as there is no " CONFIG_DEFAULT_FILE, what);
	else
		log_info("%s: %s", what, file);
}

static void reload(void *owner)
{
	struct daemon *daemon = owner;
	const char *file;

	notify_reloading();
	struct snapshot *loaded = load(daemon, &file);
	struct snapshot *next = loaded ? rooted(daemon, loaded) : NULL;
	if (!next) {
		snapshot_release(loaded);
		log_error("the configuration stays as it was: correct the errors above and send "
			  "SIGHUP again");
		notify_ready();
		return;
	}
	warn_of_unchangeable(daemon->snapshot->config, next->config);
	log_set_level(next->config->log_level);
	cache_configure(daemon->cache, &next->config->cache);
	cache_forget_failures(daemon->cache);
	struct snapshot *before = daemon->snapshot;
	daemon->snapshot = next;
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_reload(daemon->workers[i], next);
	reroute_forget(daemon->cache, before->config, next->config);
	cache_file_follow(daemon->cache_file, next);
	snapshot_release(before);
	log_source("configuration reloaded", file);
	notify_ready();
}

static void log_statistics(void *owner)
{
	const struct daemon *daemon = owner;
	const struct cache_usage cache = cache_usage(daemon->cache);
	struct worker_counts sums = { 0 };

	for (unsigned i = 0; i < daemon->worker_count; i++)
		statistics_add(&sums, worker_counts(daemon->workers[i]));
	statistics_log(&sums, &cache);
}

static void stop(void *owner)
{
	struct daemon *daemon = owner;
	loop_stop(daemon->loop);
}

/* What failed for want of the network, or before it was another one, is asked anew. */
static void tell_workers(struct daemon *daemon, enum worker_news news)
{
	cache_forget_failures(daemon->cache);
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_tell(daemon->workers[i], news);
}

static void network_changed(void *owner)
{
	tell_workers(owner, WORKER_NETWORK_CHANGED);
}

static void clock_changed(void *owner, const struct clock_change *change)
{
	struct daemon *daemon = owner;

	const int64_t sum_ms =
		clock_steps_add(&daemon->steps, change->stepped_ms, clock_read().boot_ms);

	if (!clock_floor_look(daemon->floor) && sum_ms != 0) {
		validate_anew(daemon);
		log_info("the clock was set %s by %lld s%s; all is validated anew",
			sum_ms > 0 ? "forward" : "back", llabs(sum_ms) / 1000,
			sum_ms != change->stepped_ms ? " in all" : "");
	}
	if (change->slept_ms == 0)
		return;
	log_info("awake again after %" PRIu64 " s of sleep", change->slept_ms / 1000);
	tell_workers(daemon, WORKER_RESUMED);
}

/* With what was kept of it. */
static int build_known(struct daemon *daemon)
{
	struct rand rand;

	rand_init(&rand);
	const struct hash_key key = rand_hash_key(&rand);
	daemon->cache = cache_new(&daemon->snapshot->config->cache, &key);
	daemon->memory = memory_new();
	if (!daemon->cache || !daemon->memory)
		return ERR_NOMEM;
	daemon->cache_file =
		cache_file_new(daemon->loop, &daemon->state_dir, daemon->cache, daemon->snapshot);
	daemon->memory_file = memory_file_new(daemon->loop, &daemon->state_dir, daemon->memory);
	return daemon->cache_file && daemon->memory_file ? 0 : ERR_NOMEM;
}

static int build_workers(struct daemon *daemon)
{
	const struct config *config = daemon->snapshot->config;

	daemon->workers = calloc(config->workers, sizeof(struct worker *));
	if (!daemon->workers)
		return ERR_NOMEM;
	for (; daemon->worker_count < config->workers; daemon->worker_count++) {
		const struct worker_setup setup = {
			.index = daemon->worker_count,
			.sockets = &daemon->sockets,
			.cache = daemon->cache,
			.memory = daemon->memory,
			.crypto = &daemon->crypto,
			.keeper = daemon->worker_count == 0 ? daemon->keeper : NULL,
			.rolled = root_rolled,
			.owner = daemon,
		};
		struct worker *worker = worker_new(&setup, daemon->snapshot);
		if (!worker)
			return ERR_NOMEM;
		daemon->workers[daemon->worker_count] = worker;
	}
	return 0;
}

/* As the user that will write them: what was kept of the root's keys counts from the start. */
static int build_root(struct daemon *daemon)
{
	const struct anchor_keeper_options options = {
		.state_dir = daemon->snapshot->config->state_dir,
		.system_dir = ROOT_ANCHOR_DIRECTORY,
		.crypto = &daemon->crypto,
	};

	crypto_init(&daemon->crypto, warn_of_algorithm);
	daemon->keeper = anchor_keeper_new(&options);
	daemon->root = anchors_new();
	if (daemon->keeper)
		clock_raise_floor(anchor_keeper_signed_s(daemon->keeper));
	daemon->floor = clock_floor_new(daemon->loop, validate_anew, daemon);
	if (!daemon->keeper || !daemon->root || !daemon->floor ||
		anchors_add_all(daemon->root, anchor_keeper_anchors(daemon->keeper)) != 0)
		return ERR_NOMEM;
	struct snapshot *snapshot = rooted(daemon, daemon->snapshot);
	if (!snapshot)
		return ERR_NOMEM;
	daemon->snapshot = snapshot;
	return 0;
}

static int watch_signals(struct daemon *daemon)
{
	/* A peer that went away is an error of write(2), not a reason to die. */
	signal(SIGPIPE, SIG_IGN);
	daemon->loop = loop_new();
	if (!daemon->loop)
		return ERR_NOMEM;
	daemon->reload = signal_watch_new(daemon->loop, SIGHUP, reload, daemon);
	daemon->terminate = signal_watch_new(daemon->loop, SIGTERM, stop, daemon);
	daemon->interrupt = signal_watch_new(daemon->loop, SIGINT, stop, daemon);
	daemon->tell = signal_watch_new(daemon->loop, SIGUSR1, log_statistics, daemon);
	daemon->rolled_wake = wake_new(daemon->loop, follow_root, daemon);
	const bool signals =
		daemon->reload && daemon->terminate && daemon->interrupt && daemon->tell;
	return signals && daemon->rolled_wake ? 0 : ERR_NOMEM;
}

/* Where a sandbox does not allow it, connections that are dead are found by their silence. */
static int watch_machine(struct daemon *daemon)
{
	int fd;

	daemon->clock = clock_watch_new(daemon->loop, clock_changed, daemon);
	if (!daemon->clock)
		return ERR_NOMEM;
	if (netlink_open(&fd) != 0) {
		log_warning("changes of the network are not noticed, and cost a time-out: netlink: "
			    "%s; allow AF_NETLINK to this process (RestrictAddressFamilies= of "
			    "systemd)",
			strerror(errno));
		return 0;
	}
	daemon->network = network_watch_new(daemon->loop, fd, network_changed, daemon);
	return daemon->network ? 0 : ERR_NOMEM;
}

static void log_ready(const struct daemon *daemon)
{
	const struct config *config = daemon->snapshot->config;
	char text[ADDRESS_TEXT_LEN];

	if (daemon->sockets.inherited)
		log_info("listening on the sockets that the service manager passed");
	for (size_t i = 0; !daemon->sockets.inherited && i < config->listen_count; i++)
		log_info("listening on %s", address_write(&config->listen[i], text));
	log_info("ready: stubborn " STUBBORN_VERSION ", %u worker%s, %zu upstream%s, answers %s",
		config->workers, config->workers == 1 ? "" : "s", config->upstream_count,
		config->upstream_count == 1 ? "" : "s",
		daemon->snapshot->anchors ? "validated" : "not validated (dnssec.validate: false)");
}

/* config and authorities → sockets → privileges → signals → workers → ready. */
static int start(struct daemon *daemon)
{
	const char *file;

	daemon->tickets = tickets_new();
	if (!daemon->tickets)
		return ERR_NOMEM;
	daemon->snapshot = load(daemon, &file);
	if (!daemon->snapshot)
		return ERR_FORMAT;
	const struct config *config = daemon->snapshot->config;
	log_set_level(config->log_level);
	log_source("configuration", file);
	int err = sockets_open(
		&daemon->sockets, config->listen, config->listen_count, config->workers);
	if (err)
		return err;
	err = privileges_drop(config->user);
	if (err)
		return err;
	err = state_dir_init(&daemon->state_dir, config->state_dir);
	if (err)
		return err;
	if (config->tickets)
		ticket_file_load(daemon->tickets, &daemon->state_dir);
	else
		ticket_file_forget(&daemon->state_dir);
	err = watch_signals(daemon);
	if (!err)
		err = build_root(daemon);
	if (!err)
		err = build_known(daemon);
	if (!err)
		err = build_workers(daemon);
	if (!err)
		err = watch_machine(daemon);
	for (unsigned i = 0; !err && i < daemon->worker_count; i++)
		err = worker_start(daemon->workers[i]);
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	daemon->ready = true;
	log_ready(daemon);
	notify_ready();
	return 0;
}

/* What may hang: clients are still answered, and a disk may be slow. */
static void wind_up(struct daemon *daemon)
{
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_drain(daemon->workers[i]);
	/* Meanwhile: it is the largest, and what still comes is little. */
	if (daemon->cache_file)
		cache_file_save(daemon->cache_file);
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_join(daemon->workers[i]);
	if (daemon->ready)
		log_statistics(daemon);
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_free(daemon->workers[i]);
	free(daemon->workers);
	if (daemon->memory_file)
		memory_file_save(daemon->memory_file);
	if (daemon->state_dir.path && daemon->snapshot->config->tickets)
		ticket_file_save(daemon->tickets, &daemon->state_dir);
}

static void finish(struct daemon *daemon)
{
	sigset_t all;
	struct stop_limit limit;

	/* A second signal must not cut the end short when nobody watches any more. */
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	stop_limit_begin(&limit);
	wind_up(daemon);
	stop_limit_end(&limit);
	network_watch_free(daemon->network);
	clock_watch_free(daemon->clock);
	clock_floor_free(daemon->floor);
	cache_file_free(daemon->cache_file);
	memory_file_free(daemon->memory_file);
	state_dir_done(&daemon->state_dir);
	signal_watch_free(daemon->reload);
	signal_watch_free(daemon->terminate);
	signal_watch_free(daemon->interrupt);
	signal_watch_free(daemon->tell);
	wake_free(daemon->rolled_wake);
	anchor_keeper_free(daemon->keeper);
	crypto_done(&daemon->crypto);
	anchors_free(daemon->root);
	anchors_free(atomic_load(&daemon->rolled));
	loop_free(daemon->loop);
	cache_free(daemon->cache);
	memory_free(daemon->memory);
	sockets_close(&daemon->sockets);
	snapshot_release(daemon->snapshot);
	tickets_free(daemon->tickets);
}

int daemon_main(int argc, char **argv)
{
	struct daemon daemon = { 0 };
	int code = read_options(argc, argv, &daemon.options);
	if (code >= 0)
		return code;

	code = EXIT_START_FAILED;
	if (start(&daemon) == 0) {
		loop_run(daemon.loop);
		notify_stopping();
		log_info("stopping");
		code = EXIT_SUCCESS;
	}
	finish(&daemon);
	return code;
}

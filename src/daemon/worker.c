/* SPDX-License-Identifier: MIT */
#include "daemon/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "daemon/anchor_refresh.h"
#include "daemon/reroute.h"
#include "daemon/upstream_log.h"
#include "net/udp.h"
#include "serve/tcp_server.h"
#include "serve/udp_listener.h"

/* What waits longer than that at the end is given up, so that a stop takes less than 2 s. */
#define DRAIN_MS 1500

/* How often a draining worker looks whether it is done: not noticed by whoever stops it. */
#define DRAIN_LOOK_MS 10

struct worker {
	struct worker_setup setup;
	pthread_t thread;
	bool started;
	struct loop *loop;
	struct wake *wake; /* for what stands in next, told and draining */
	_Atomic(struct snapshot *) next;
	atomic_bool told[WORKER_NEWS];
	atomic_bool draining;
	struct snapshot *snapshot;
	struct rand rand;
	struct address *own; /* where any worker listens */
	size_t own_count;
	struct upstream_log *upstream_log;
	struct upstreams *upstreams;
	struct group *first; /* held until it is connected to, when the loop runs; then NULL */
	struct task warm;
	struct resolver *resolver;
	struct anchor_refresh *refresh; /* NULL: another worker's business */
	struct serving serving;
	struct udp_batch *batch;
	struct udp_listener **udp;
	size_t udp_count;
	struct tcp_server *tcp;
	struct timer drain_look;
	uint64_t drain_until_ms;
	uint64_t doubted_not_before_ms;
	struct worker_counts counts;
};

static void upstream_changed(
	void *owner, const struct endpoint *endpoint, enum upstream_event event, const char *why)
{
	const struct worker *worker = owner;

	if (event == UPSTREAM_UP)
		resolver_upstream_back(worker->resolver, endpoint);
	upstream_log_change(worker->upstream_log, endpoint, event, why);
}

static void upstream_warned(void *owner, const struct endpoint *endpoint, const char *what)
{
	(void)owner;
	log_warning("upstream %s: %s", endpoint->name, what);
}

/* Once a minute at most: the first words say all, and each bogus name would bring some more. */
#define DOUBTED_PAUSE_MS 60000

static void upstream_doubted(void *owner, const struct endpoint *upstream, const char *why)
{
	struct worker *worker = owner;
	const uint64_t now_ms = loop_now_ms(worker->loop);

	if (now_ms < worker->doubted_not_before_ms)
		return;
	worker->doubted_not_before_ms = now_ms + DOUBTED_PAUSE_MS;
	log_warning("upstream %s gave data that do not validate while another upstream's do: %s; "
		    "it forges or strips answers, or its cache is spoilt; take it out of "
		    "upstreams: if this goes on",
		upstream->name, why);
}

static void upstream_judged(void *owner, const struct endpoint *upstream, const char *why)
{
	(void)owner;
	if (why)
		log_warning(
			"upstream %s %s: what is signed cannot be validated with it, and is "
			"asked of others as long as one is up; turn on DNSSEC there, or take it "
			"out of upstreams:",
			upstream->name, why);
	else
		log_info("upstream %s gives signatures as it should, and is asked for signed names "
			 "again",
			upstream->name);
}

static void query_finished(void *owner, const struct query_report *report)
{
	const struct worker *worker = owner;
	char name[NAME_TEXT_LEN], type[TYPE_TEXT_LEN], rcode[TYPE_TEXT_LEN];

	if (worker->snapshot->config->log_queries == LOG_QUERIES_FAILED &&
		report->rcode != RCODE_SERVFAIL)
		return;
	log_info("query %s %s: %s from %s in %u ms%s%s", name_print(report->question->name, name),
		type_print(report->question->type, type), rcode_print(report->rcode, rcode),
		report->source[0] ? report->source : "nobody", report->took_ms,
		report->why[0] ? ": " : "", report->why);
}

static int build_routing(
	const struct worker *worker, const struct snapshot *snapshot, struct routing *out)
{
	const struct config *config = snapshot->config;
	struct routing routing = {
		.anchors = snapshot->anchors ? anchors_hold(snapshot->anchors) : NULL,
		.policy = snapshot->policy,
		.default_group = group_new(worker->upstreams, config->upstreams,
			config->upstream_count, config->strategy),
		.route_groups = calloc(config->route_count + 1, sizeof(struct group *)),
	};
	bool whole = routing.default_group && routing.route_groups;

	for (size_t i = 0; whole && i < config->route_count; i++) {
		routing.route_groups[i] = group_new(worker->upstreams, config->routes[i].upstreams,
			config->routes[i].upstream_count, config->strategy);
		whole = routing.route_groups[i] != NULL;
		routing.route_count += whole;
	}
	if (whole) {
		*out = routing;
		return 0;
	}
	routing_done(&routing);
	return ERR_NOMEM;
}

/* The first question after a start need not wait for a handshake. */
static void warm(void *owner)
{
	struct worker *worker = owner;

	group_warm(worker->first);
	group_release(worker->first);
	worker->first = NULL;
}

/* Takes the caller's hold of snapshot, on failure too. */
static int configure(struct worker *worker, struct snapshot *snapshot)
{
	const struct config *config = snapshot->config;
	const struct bootstrap_servers bootstrap = {
		.servers = config->bootstrap,
		.server_count = config->bootstrap_count,
		.own = worker->own,
		.own_count = worker->own_count,
	};
	struct routing routing;
	int err = build_routing(worker, snapshot, &routing);
	if (err) {
		snapshot_release(snapshot);
		return err;
	}
	if (!worker->snapshot) {
		worker->first = group_hold(routing.default_group);
		loop_post(worker->loop, &worker->warm);
	}
	if (worker->refresh)
		anchor_refresh_configure(worker->refresh,
			config_follows_root(config) ? routing.default_group : NULL);
	resolver_configure(worker->resolver, &config->resolve,
		config->log_queries == LOG_QUERIES_OFF ? NULL : query_finished, &routing);
	upstreams_set_bootstrap(worker->upstreams, &bootstrap);
	worker->serving.options = config->serve;
	/* Once more: what came in between was still asked for and judged by the old one. */
	if (worker->snapshot && worker->snapshot->config != config)
		reroute_forget(worker->setup.cache, worker->snapshot->config, config);
	snapshot_release(worker->snapshot);
	worker->snapshot = snapshot;
	return 0;
}

static int build_resolver(struct worker *worker)
{
	const struct upstreams_options upstreams = {
		.loop = worker->loop,
		.rand = &worker->rand,
		.changed = upstream_changed,
		.warned = upstream_warned,
		.owner = worker,
		.counts = &worker->counts.upstream,
		.memory = worker->setup.memory,
	};
	rand_init(&worker->rand);
	const struct resolver_setup resolver = {
		.loop = worker->loop,
		.cache = worker->setup.cache,
		.crypto = worker->setup.crypto,
		.hash_key = rand_hash_key(&worker->rand),
		.doubted = upstream_doubted,
		.judged = upstream_judged,
		.counts = &worker->counts.resolve,
		.owner = worker,
	};

	worker->upstream_log = upstream_log_new(worker->loop);
	worker->upstreams = upstreams_new(&upstreams);
	worker->resolver = resolver_new(&resolver);
	if (worker->setup.keeper)
		worker->refresh = anchor_refresh_new(worker->loop, worker->setup.keeper,
			worker->setup.rolled, worker->setup.owner);
	const bool whole = worker->refresh || !worker->setup.keeper;
	return whole && worker->upstream_log && worker->upstreams && worker->resolver ? 0
										      : ERR_NOMEM;
}

static int build_listeners(struct worker *worker)
{
	const struct sockets *sockets = worker->setup.sockets;
	const unsigned index = worker->setup.index;

	worker->serving.loop = worker->loop;
	worker->serving.resolver = worker->resolver;
	worker->serving.counts = &worker->counts.serve;
	worker->batch = udp_batch_new();
	worker->tcp = tcp_server_new(&worker->serving);
	worker->udp = calloc(sockets->udp_per_worker + 1, sizeof(struct udp_listener *));
	if (!worker->batch || !worker->tcp || !worker->udp)
		return ERR_NOMEM;
	for (size_t i = 0; i < sockets->udp_per_worker; i++) {
		struct udp_listener *listener = udp_listener_new(
			&worker->serving, sockets_udp(sockets, index, i), worker->batch);
		if (!listener)
			return ERR_NOMEM;
		worker->udp[worker->udp_count++] = listener;
	}
	for (size_t i = 0; i < sockets->tcp_per_worker; i++) {
		if (tcp_server_listen(worker->tcp, sockets_tcp(sockets, index, i)) != 0)
			return ERR_NOMEM;
	}
	return 0;
}

static void drain_look(void *owner)
{
	struct worker *worker = owner;
	bool busy = tcp_server_busy(worker->tcp);

	for (size_t i = 0; i < worker->udp_count; i++)
		busy = busy || udp_listener_waiting(worker->udp[i]) > 0;
	if (busy && loop_now_ms(worker->loop) < worker->drain_until_ms) {
		loop_start_timer(worker->loop, &worker->drain_look, DRAIN_LOOK_MS);
		return;
	}
	resolver_abandon(worker->resolver);
	loop_stop(worker->loop);
}

static void drain(struct worker *worker)
{
	for (size_t i = 0; i < worker->udp_count; i++)
		udp_listener_drain(worker->udp[i]);
	tcp_server_drain(worker->tcp);
	worker->drain_until_ms = loop_now_ms(worker->loop) + DRAIN_MS;
	loop_start_timer(worker->loop, &worker->drain_look, 0);
}

static void act_on(struct worker *worker, enum worker_news news)
{
	switch (news) {
	case WORKER_NETWORK_CHANGED:
		upstreams_network_changed(worker->upstreams, NETWORK_CHANGED);
		return;
	case WORKER_RESUMED: upstreams_network_changed(worker->upstreams, NETWORK_RESUMED); return;
	case WORKER_CLOCK_SET:
		resolver_forget(worker->resolver);
		/* Once more: what came in between was judged by the old time. */
		cache_forget_within(worker->setup.cache, name_root());
		/* Certificates were, too. */
		upstreams_network_changed(worker->upstreams, NETWORK_RESUMED);
		return;
	}
}

static void woken(void *owner)
{
	struct worker *worker = owner;
	struct snapshot *next = atomic_exchange(&worker->next, NULL);

	if (next && configure(worker, next) != 0)
		log_error("the new configuration is not used: out of memory");
	for (int news = 0; news < WORKER_NEWS; news++) {
		if (atomic_exchange(&worker->told[news], false))
			act_on(worker, (enum worker_news)news);
	}
	if (atomic_load(&worker->draining) && !timer_running(&worker->drain_look))
		drain(worker);
}

/* As they are: systemd's are not those of the configuration, and may take IPv4 for IPv6. */
static int learn_own(struct worker *worker)
{
	const struct sockets *sockets = worker->setup.sockets;

	worker->own = calloc(2 * sockets->udp_per_worker + 1, sizeof(*worker->own));
	if (!worker->own)
		return ERR_NOMEM;
	for (size_t i = 0; i < sockets->udp_per_worker; i++) {
		const int fd = sockets_udp(sockets, worker->setup.index, i);
		struct address own = { 0 };
		socklen_t len = sizeof(own), flag_len = sizeof(int);
		int v6_only = 1;
		if (getsockname(fd, &own.any, &len) != 0)
			continue;
		worker->own[worker->own_count++] = own;
		if (own.any.sa_family != AF_INET6 || !address_is_any(&own) ||
			getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &flag_len) != 0 ||
			v6_only)
			continue;
		const uint16_t port = address_port(&own);
		own = (struct address){ .v4.sin_family = AF_INET };
		address_set_port(&own, port);
		worker->own[worker->own_count++] = own;
	}
	return 0;
}

struct worker *worker_new(const struct worker_setup *setup, struct snapshot *snapshot)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	if (!worker)
		return NULL;
	worker->setup = *setup;
	timer_init(&worker->drain_look, drain_look, worker);
	task_init(&worker->warm, warm, worker);
	worker->loop = loop_new();
	worker->wake = worker->loop ? wake_new(worker->loop, woken, worker) : NULL;
	if (!worker->wake || learn_own(worker) != 0 || build_resolver(worker) != 0 ||
		configure(worker, snapshot_hold(snapshot)) != 0 || build_listeners(worker) != 0) {
		worker_free(worker);
		return NULL;
	}
	return worker;
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	loop_run(worker->loop);
	return NULL;
}

int worker_start(struct worker *worker)
{
	sigset_t all, before;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	worker->started = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return worker->started ? 0 : ERR_SYSTEM;
}

void worker_reload(struct worker *worker, struct snapshot *snapshot)
{
	snapshot_release(atomic_exchange(&worker->next, snapshot_hold(snapshot)));
	wake_up(worker->wake);
}

void worker_tell(struct worker *worker, enum worker_news news)
{
	atomic_store(&worker->told[news], true);
	wake_up(worker->wake);
}

void worker_drain(struct worker *worker)
{
	atomic_store(&worker->draining, true);
	wake_up(worker->wake);
}

void worker_join(struct worker *worker)
{
	if (worker->started)
		pthread_join(worker->thread, NULL);
	worker->started = false;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	worker_join(worker);
	for (size_t i = 0; i < worker->udp_count; i++)
		udp_listener_free(worker->udp[i]);
	free(worker->udp);
	tcp_server_free(worker->tcp);
	udp_batch_free(worker->batch);
	task_cancel(&worker->warm);
	group_release(worker->first);
	resolver_free(worker->resolver);
	anchor_refresh_free(worker->refresh);
	upstreams_free(worker->upstreams);
	upstream_log_free(worker->upstream_log);
	free(worker->own);
	if (worker->loop)
		loop_stop_timer(worker->loop, &worker->drain_look);
	wake_free(worker->wake);
	loop_free(worker->loop);
	snapshot_release(atomic_load(&worker->next));
	snapshot_release(worker->snapshot);
	free(worker);
}

const struct worker_counts *worker_counts(const struct worker *worker)
{
	return &worker->counts;
}

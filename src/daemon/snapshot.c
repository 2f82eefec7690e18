/* SPDX-License-Identifier: MIT */
#include "daemon/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/descriptors.h"
#include "daemon/sockets.h"

static void remark(void *owner, unsigned line, const char *sentence)
{
	(void)owner;
	(void)line; /* whoever wants it runs check */
	log_warning("%s", sentence);
}

static int build_policy(const struct config *config, struct policy **out)
{
	struct policy_route *routes = calloc(config->route_count + 1, sizeof(*routes));
	if (!routes)
		return ERR_NOMEM;
	for (size_t i = 0; i < config->route_count; i++) {
		routes[i].domains = config->routes[i].domains;
		routes[i].domain_count = config->routes[i].domain_count;
	}
	const struct policy_options options = {
		.routes = routes,
		.route_count = config->route_count,
	};
	int err = policy_new(&options, out);
	free(routes);
	return err;
}

static int build_anchors(const char *path, const struct config *config, struct anchors **out)
{
	const int64_t wall_s = clock_wall_s();
	char note[CONFIG_NOTE_LEN];

	int err = config_anchors(config, NULL, out, note);
	if (err) {
		log_error("trust anchors: %s", err_text(err));
		return err;
	}
	if (note[0] != '\0')
		log_warning("%s", note);
	for (size_t i = 0; i < config->negative_count; i++) {
		if (config_negative_ended(&config->negatives[i], wall_s, note))
			log_warning("%s:%u: %s", path, config->negatives[i].line, note);
	}
	return 0;
}

static bool allows_beyond_loopback(const struct config *config)
{
	for (size_t i = 0; i < config->serve.clients.allow_count; i++) {
		if (!prefix_is_loopback(&config->serve.clients.allow[i]))
			return true;
	}
	return false;
}

static int override_listen(struct config *config, const char *text)
{
	struct address address;
	if (!text)
		return 0;
	if (address_parse(text, DNS_PORT, &address) != 0) {
		log_error("--listen %s: not an address; expected ADDRESS or ADDRESS:PORT, such as "
			  "127.0.0.1:5300",
			text);
		return ERR_FORMAT;
	}
	if (!address_is_loopback(&address) && !allows_beyond_loopback(config)) {
		log_error("--listen %s is reached from beyond this machine and no allow: says who "
			  "may ask; write one into the configuration, for example allow: "
			  "[127.0.0.0/8, 192.168.0.0/16]",
			text);
		return ERR_FORMAT;
	}
	struct address *listen = malloc(sizeof(*listen));
	if (!listen)
		return ERR_NOMEM;
	*listen = address;
	free(config->listen);
	config->listen = listen;
	config->listen_count = 1;
	config->listen_written = true;
	return 0;
}

/* What is wrong with a configuration, on its way into the log. */
struct complaints {
	char *text;
	size_t len;
	FILE *file;
};

static void complaints_open(struct complaints *complaints)
{
	*complaints = (struct complaints){ 0 };
	complaints->file = open_memstream(&complaints->text, &complaints->len);
	if (!complaints->file) /* out of memory: a log without priorities is better than none */
		complaints->file = stderr;
}

static void complaints_log(struct complaints *complaints)
{
	char *rest = NULL;

	if (complaints->file == stderr)
		return;
	if (fclose(complaints->file) == 0) {
		for (char *line = strtok_r(complaints->text, "\n", &rest); line;
			line = strtok_r(NULL, "\n", &rest))
			log_error("%s", line);
	}
	free(complaints->text);
}

/* With what it names loaded; NULL when the log says what is wrong. */
static struct config *load_config(const char *path, const char *listen, struct tickets *tickets)
{
	const char *name = path[0] != '\0' ? path : "built-in defaults";
	struct complaints complaints;

	complaints_open(&complaints);
	struct config *config = config_read(path, complaints.file);
	if (config && (override_listen(config, listen) != 0 ||
			      config_trust_load(config, name, tickets, complaints.file) != 0)) {
		config_free(config);
		config = NULL;
	}
	complaints_log(&complaints);
	return config;
}

struct snapshot *snapshot_load(const char *path, const char *listen, struct tickets *tickets)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct config *config = load_config(path, listen, tickets);
	struct policy *policy = NULL;
	struct anchors *anchors = NULL;

	if (snapshot && config && build_policy(config, &policy) == 0 &&
		build_anchors(path, config, &anchors) == 0) {
		config_trust_remark(config, remark, NULL);
		if (!config->listen_written)
			sockets_fit(config->listen, &config->listen_count);
		descriptors_fit(config);
		atomic_init(&snapshot->holders, 1);
		snapshot->config = config;
		snapshot->policy = policy;
		snapshot->anchors = anchors;
		return snapshot;
	}
	policy_free(policy);
	config_free(config);
	free(snapshot);
	return NULL;
}

struct snapshot *snapshot_with_root(struct snapshot *snapshot, const struct anchors *root)
{
	struct snapshot *base = snapshot->base ? snapshot->base : snapshot;
	struct snapshot *made = calloc(1, sizeof(*made));
	char note[CONFIG_NOTE_LEN];

	if (!made || config_anchors(base->config, root, &made->anchors, note) != 0) {
		free(made);
		return NULL;
	}
	atomic_init(&made->holders, 1);
	made->config = base->config;
	made->policy = base->policy;
	made->base = snapshot_hold(base);
	return made;
}

struct snapshot *snapshot_hold(struct snapshot *snapshot)
{
	atomic_fetch_add_explicit(&snapshot->holders, 1, memory_order_relaxed);
	return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
	if (!snapshot || atomic_fetch_sub_explicit(&snapshot->holders, 1, memory_order_acq_rel) > 1)
		return;
	anchors_free(snapshot->anchors);
	if (snapshot->base) {
		snapshot_release(snapshot->base);
	} else {
		policy_free(snapshot->policy);
		config_free(snapshot->config);
	}
	free(snapshot);
}

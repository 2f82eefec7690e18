/* SPDX-License-Identifier: MIT */
#include "probed.h"

#include <stdlib.h>

#define DAY_S 86400

static const struct facts good = {
	.reached = true,
	.seen = true,
	.opened_us = 12345,
	.tls = {
		.version = "TLS1.3",
		.suite = "AES-256-GCM",
		.group = "X25519",
		.alpn = "dot",
		.subject = "CN=dns.example",
		.issuer = "CN=Some authority",
		.names = "\"dns.example\", \"192.0.2.1\"",
		.from_s = PROBED_WALL_S - 30 * DAY_S,
		.expires_s = PROBED_WALL_S + 60 * DAY_S + 1,
		.key = "EC/ECDSA",
		.key_bits = 256,
		.pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		.ocsp = "good",
	},
	.asked = 16,
	.answered = 16,
	.resumed = MARK_YES,
	.early = MARK_NO,
	.padded = MARK_YES,
	.keepalive = MARK_YES,
	.idle_ms = 30200,
	.signatures = MARK_YES,
	.denial = MARK_YES,
	.ds = MARK_YES,
	.honest = MARK_YES,
};

struct made_probe *probed_make(const char *url)
{
	static const char *const addresses[] = { "192.0.2.1@8530", "2001:db8::1@8530" };
	const struct endpoint_options options = {
		.url = url,
		.name = "one",
		.addresses = addresses,
		.address_count = 2,
	};
	struct made_probe *made = calloc(1, sizeof(*made));
	char why[ENDPOINT_WHY_LEN];

	if (!made || endpoint_new(&options, &made->endpoint, why) != 0)
		abort();
	made->findings = malloc(sizeof(*made->findings));
	if (!made->findings)
		abort();
	for (size_t i = 0; i < 2; i++) {
		made->facts[i] = good;
		for (unsigned round = 1; round <= FACTS_ROUNDS; round++)
			facts_add_round(&made->facts[i], round * 1100);
	}
	made->probed = (struct probed){
		.endpoint = made->endpoint,
		.asked = "",
		.unfound = "",
		.facts = made->facts,
		.validated = true,
		.wall_s = PROBED_WALL_S,
	};
	return made;
}

void probed_free(struct made_probe *made)
{
	endpoint_release(made->endpoint);
	free(made->findings);
	free(made);
}

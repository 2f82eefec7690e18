/* SPDX-License-Identifier: MIT */
#include "daemon/config_trust.h"

#include <string.h>

#include "base/clock.h"
#include "daemon/config_value.h"
#include "net/sentence.h"

static bool is_set(const struct text *text)
{
	return text->at && text->at[0] != '\0';
}

/* Its own, "" too, or that of tls:. */
static const struct text *ca_file_of(
	const struct draft *draft, const struct draft_upstream *upstream)
{
	return upstream->ca_file.at ? &upstream->ca_file : &draft->ca_file;
}

static void read_pins(const struct trust_source *source, struct endpoint_options *options)
{
	const struct texts *texts = &source->upstream->pins;
	struct pin *pins = arena_array(source->scratch, texts->count, sizeof(*pins));
	char shown[SHOWN_LEN];

	if (!pins) {
		faults_add_nomem(source->faults);
		return;
	}
	options->pins.items = pins;
	for (size_t i = 0; i < texts->count; i++) {
		const struct text *text = &texts->items[i];
		struct pin pin;
		if (pin_parse(text->at, &pin) != 0) {
			faults_add(source->faults, text->line,
				"upstreams.pins: \"%s\" is no pin; write sha256/ and the SHA-256 "
				"of the server's public key in base64, 44 letters with the = at "
				"the end",
				value_shown(text->at, shown));
			continue;
		}
		if (pins_find(&options->pins, &pin) < options->pins.count)
			faults_add(source->faults, text->line,
				"upstreams.pins: %s stands twice; remove one", text->at);
		pins[options->pins.count++] = pin;
	}
}

static void read_bypass(const struct trust_source *source, struct endpoint_options *options)
{
	const struct text *text = &source->upstream->pin_bypass_until;
	char shown[SHOWN_LEN];

	if (!is_set(text))
		return;
	if (value_time(text->at, &options->pins.bypass_until_s) != 0)
		faults_add(source->faults, text->line,
			"upstreams.pin-bypass-until: \"%s\" is no day; write one as 2027-01-31, "
			"the last on which the pins do not count",
			value_shown(text->at, shown));
	else if (source->upstream->pins.count == 0)
		faults_add(source->faults, text->line,
			"upstreams.pin-bypass-until: there are no pins to bypass; remove it");
	else if (strcmp(options->ca_file, TRUST_NONE) == 0)
		faults_add(source->faults, text->line,
			"upstreams.pin-bypass-until: with ca-file: none nothing but the pins says "
			"who answers, and without them anybody could; name the new pin, or a "
			"ca-file");
}

static void check_credential(const struct trust_source *source)
{
	const struct text *cert = &source->upstream->client_cert;
	const struct text *key = &source->upstream->client_key;

	if (is_set(cert) && !is_set(key))
		faults_add(source->faults, cert->line,
			"upstreams.client-cert: its private key is missing; write client-key");
	else if (is_set(key) && !is_set(cert))
		faults_add(source->faults, key->line,
			"upstreams.client-key: its certificate is missing; write client-cert");
}

/* Who asks for less must not seem to have more. */
static void check_profile(const struct trust_source *source)
{
	const struct draft_upstream *upstream = source->upstream;
	const struct text *ca_file = ca_file_of(source->draft, upstream);

	if (upstream->profile.value == TLS_OPPORTUNISTIC) {
		if (upstream->pins.count > 0)
			faults_add(source->faults, upstream->pins.line,
				"upstreams.pins: with profile: opportunistic whoever answers is "
				"let "
				"pass, whatever their pin; remove one of the two");
		if (is_set(&upstream->client_cert))
			faults_add(source->faults, upstream->client_cert.line,
				"upstreams.client-cert: with profile: opportunistic it would be "
				"shown to whoever answers; remove one of the two");
	} else if (ca_file->at && strcmp(ca_file->at, TRUST_NONE) == 0 &&
		   upstream->pins.count == 0) {
		faults_add(source->faults, ca_file->line,
			"ca-file: none, and no pins: nothing would say who answers as %s; write "
			"pins, or a ca-file",
			upstream->url.at ? upstream->url.at : "an upstream");
	}
}

void config_trust_read(const struct trust_source *source, struct endpoint_options *options)
{
	const struct draft_upstream *upstream = source->upstream;
	const struct text *ca_file = ca_file_of(source->draft, upstream);

	options->ca_file = ca_file->at ? ca_file->at : "";
	options->min_version = (enum tls_version)source->draft->min_version.value;
	options->profile = (enum tls_profile)upstream->profile.value;
	options->early_data = upstream->early_data.line > 0 ? upstream->early_data.value
							    : source->draft->early_data.value;
	options->client_cert = upstream->client_cert.at;
	options->client_key = upstream->client_key.at;
	read_pins(source, options);
	read_bypass(source, options);
	check_credential(source);
	check_profile(source);
}

struct config_lines config_trust_lines(
	const struct draft *draft, const struct draft_upstream *upstream)
{
	return (struct config_lines){
		.ca_file = ca_file_of(draft, upstream)->line,
		.pins = upstream->pins.line,
		.pin_bypass = upstream->pin_bypass_until.line,
		.client_cert = upstream->client_cert.line,
		.client_key = upstream->client_key.line,
		.profile = upstream->profile.line,
	};
}

struct loading {
	const struct config *config;
	const char *name;
	FILE *errors;
	bool wrong;
};

static void tell(struct loading *loading, size_t i, unsigned line, const char *why)
{
	loading->wrong = true;
	if (line > 0)
		fprintf(loading->errors, "%s:%u: %s\n", loading->name, line, why);
	else
		fprintf(loading->errors, "%s: upstream %s: %s\n", loading->name,
			loading->config->upstreams[i]->name, why);
}

/* Of upstream i, held. The system's store takes long to read and much memory: once for all that
 * share it, and what is wrong with it is told once. */
static struct trust *trust_of(struct loading *loading, size_t i)
{
	const struct config *config = loading->config;
	const struct endpoint *endpoint = config->upstreams[i];
	const struct trust_options options = {
		.ca_file = endpoint->ca_file,
		.crl_file = config->crl_file,
		.ocsp = config->ocsp,
	};
	struct trust *trust = NULL;
	char why[TRUST_TEXT_LEN];

	for (size_t j = 0; j < i; j++) {
		if (strcmp(config->upstreams[j]->ca_file, endpoint->ca_file) == 0)
			return trust_hold(config->upstreams[j]->trust);
	}
	if (trust_new(&options, &trust, why) != 0)
		tell(loading, i,
			strncmp(why, "crl-file", strlen("crl-file")) == 0
				? config->crl_file_line
				: config->lines[i].ca_file,
			why);
	return trust;
}

static struct credential *credential_of(struct loading *loading, size_t i)
{
	const struct endpoint *endpoint = loading->config->upstreams[i];
	const struct config_lines *lines = &loading->config->lines[i];
	const struct credential_options options = {
		.certificate = endpoint->client_cert,
		.key = endpoint->client_key,
	};
	enum credential_part part = CREDENTIAL_CERTIFICATE;
	struct credential *credential = NULL;
	char why[CREDENTIAL_TEXT_LEN];

	if (endpoint->client_cert[0] == '\0')
		return NULL;
	if (credential_new(&options, &credential, &part, why) != 0)
		tell(loading, i, part == CREDENTIAL_KEY ? lines->client_key : lines->client_cert,
			why);
	return credential;
}

int config_trust_load(
	struct config *config, const char *name, struct tickets *tickets, FILE *errors)
{
	struct loading loading = { .config = config, .name = name, .errors = errors };
	int err = 0;

	for (size_t i = 0; i < config->upstream_count; i++) {
		const struct endpoint_trusts trusts = {
			.trust = trust_of(&loading, i),
			.credential = credential_of(&loading, i),
			.tickets = config->tickets ? tickets : NULL,
		};
		if (trusts.trust && err == 0)
			err = endpoint_trust(config->upstreams[i], &trusts);
		trust_release(trusts.trust);
		credential_release(trusts.credential);
	}
	if (err != 0)
		fprintf(errors, "%s: %s\n", name, err_text(err));
	return err != 0 ? err : loading.wrong ? ERR_FORMAT : 0;
}

/* Room for a sentence about an upstream. */
#define REMARK_LEN (TRUST_TEXT_LEN + 128)

struct remarking {
	void (*say)(void *owner, unsigned line, const char *sentence);
	void *owner;
};

static void remark_on_pins(const struct remarking *remarking, const struct endpoint *endpoint,
	const struct config_lines *lines)
{
	const int64_t until_s = endpoint->pins.bypass_until_s;
	char text[REMARK_LEN], until[SENTENCE_TIME_LEN];

	if (endpoint->pins.count == 1) {
		snprintf(text, sizeof(text),
			"upstream %s has one pin and none in reserve: it is lost on the day that "
			"its operator changes the key; add the pin of a key in reserve",
			endpoint->name);
		remarking->say(remarking->owner, lines->pins, text);
	}
	if (until_s == 0)
		return;
	if (clock_wall_s() < until_s)
		snprintf(text, sizeof(text),
			"upstream %s: its pins are not insisted on until %s (pin-bypass-until); "
			"correct pins and remove it",
			endpoint->name, sentence_time(until_s, until));
	else
		snprintf(text, sizeof(text),
			"upstream %s: the day in pin-bypass-until is over, and its pins count; "
			"remove it",
			endpoint->name);
	remarking->say(remarking->owner, lines->pin_bypass, text);
}

void config_trust_remark(const struct config *config,
	void (*say)(void *owner, unsigned line, const char *sentence), void *owner)
{
	const struct remarking remarking = { .say = say, .owner = owner };
	const char *remark = "";
	char text[REMARK_LEN];

	for (size_t i = 0; i < config->upstream_count; i++) {
		const struct endpoint *endpoint = config->upstreams[i];
		remark_on_pins(&remarking, endpoint, &config->lines[i]);
		if (endpoint->profile == TLS_OPPORTUNISTIC) {
			snprintf(text, sizeof(text),
				"upstream %s: profile: opportunistic asks for encryption with "
				"whoever answers; who is on the way can read and forge",
				endpoint->name);
			say(owner, config->lines[i].profile, text);
		}
		if (endpoint->trust && trust_remark(endpoint->trust)[0])
			remark = trust_remark(endpoint->trust);
	}
	if (remark[0])
		say(owner, config->crl_file_line, remark);
}

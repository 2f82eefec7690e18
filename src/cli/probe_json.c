/* SPDX-License-Identifier: MIT */
#include "cli/probe_json.h"

static void put_mark(struct json *json, const char *key, enum mark mark)
{
	if (mark == MARK_UNKNOWN)
		json_text(json, key, NULL);
	else
		json_bool(json, key, mark == MARK_YES);
}

/* "" is what is not known. */
static void put_text(struct json *json, const char *key, const char *text)
{
	json_text(json, key, text[0] != '\0' ? text : NULL);
}

static void put_number(struct json *json, const char *key, bool known, uint64_t number)
{
	if (known)
		json_number(json, key, (int64_t)number);
	else
		json_text(json, key, NULL);
}

static void put_session(struct json *json, const struct facts *facts)
{
	if (!facts->seen) {
		json_text(json, "tls", NULL);
		return;
	}
	json_open(json, "tls", '{');
	put_text(json, "version", facts->tls.version);
	put_text(json, "suite", facts->tls.suite);
	put_text(json, "group", facts->tls.group);
	put_text(json, "alpn", facts->tls.alpn);
	put_mark(json, "resumed", facts->resumed);
	put_mark(json, "early_data", facts->early);
	json_close(json, '}');
}

static void put_certificate(struct json *json, const struct facts *facts, int64_t wall_s)
{
	const struct tls_report *tls = &facts->tls;

	if (!facts->seen) {
		json_text(json, "certificate", NULL);
		return;
	}
	json_open(json, "certificate", '{');
	put_text(json, "subject", tls->subject);
	put_text(json, "issuer", tls->issuer);
	put_text(json, "names", tls->names);
	json_number(json, "from", tls->from_s);
	json_number(json, "expires", tls->expires_s);
	json_number(json, "days_left", facts_days_left(facts, wall_s));
	put_text(json, "key", tls->key);
	json_number(json, "key_bits", tls->key_bits);
	put_text(json, "pin", tls->pin);
	put_text(json, "ocsp", tls->ocsp);
	json_close(json, '}');
}

static void put_answers(struct json *json, const struct facts *facts, enum transport_kind kind)
{
	const bool timed = facts->round_count > 0;

	put_text(json, "http_version", kind == TRANSPORT_DOH && facts->answered > 0 ? "2" : "");
	json_number(json, "asked", facts->asked);
	json_number(json, "answered", facts->answered);
	json_open(json, "round_trip_us", '{');
	json_number(json, "count", facts->round_count);
	put_number(json, "min", timed, timed ? facts_round_us(facts, 0) : 0);
	put_number(json, "median", timed, timed ? facts_round_us(facts, 50) : 0);
	put_number(json, "p95", timed, timed ? facts_round_us(facts, 95) : 0);
	json_close(json, '}');
	put_mark(json, "padded", facts->padded);
	put_mark(json, "keepalive", facts->keepalive);
	put_number(json, "idle_ms", facts->keepalive == MARK_YES, facts->idle_ms);
	json_open(json, "dnssec", '{');
	put_mark(json, "signatures", facts->signatures);
	put_mark(json, "denial", facts->denial);
	put_mark(json, "ds", facts->ds);
	json_close(json, '}');
	put_mark(json, "nxdomain_kept", facts->honest);
}

static void put_address(struct json *json, const struct probed *probed, size_t i)
{
	const struct facts *facts = &probed->facts[i];
	char where[ADDRESS_TEXT_LEN];

	json_open(json, NULL, '{');
	json_text(json, "address", address_write(&probed->endpoint->addresses[i], where));
	json_bool(json, "reachable", facts->reached);
	put_number(json, "connect_us", facts->reached, facts->opened_us);
	put_session(json, facts);
	put_certificate(json, facts, probed->wall_s);
	put_answers(json, facts, probed->endpoint->kind);
	json_close(json, '}');
}

static void put_finding(
	struct json *json, const struct endpoint *endpoint, const struct finding *finding)
{
	char where[ADDRESS_TEXT_LEN];

	json_open(json, NULL, '{');
	json_text(json, "level", finding->level == FINDING_PROBLEM ? "problem" : "note");
	json_text(json, "code", finding->code);
	json_text(json, "text", finding->text);
	put_text(json, "cause", finding->cause);
	put_text(json, "remedy", finding->remedy);
	json_open(json, "addresses", '[');
	for (size_t i = 0; i < endpoint->address_count; i++) {
		if (finding->addresses & 1U << i)
			json_text(json, NULL, address_write(&endpoint->addresses[i], where));
	}
	json_close(json, ']');
	json_close(json, '}');
}

void probe_json_print(
	struct json *json, const struct probed *probed, const struct findings *findings)
{
	const struct endpoint *endpoint = probed->endpoint;

	json_open(json, NULL, '{');
	json_text(json, "name", endpoint->name);
	json_text(json, "url", endpoint->url);
	json_bool(json, "fit", findings_problems(findings) == 0);
	put_text(json, "looked_up_at", probed->asked);
	json_open(json, "addresses", '[');
	for (size_t i = 0; i < endpoint->address_count; i++)
		put_address(json, probed, i);
	json_close(json, ']');
	json_open(json, "findings", '[');
	for (size_t i = 0; i < findings->count; i++)
		put_finding(json, endpoint, &findings->items[i]);
	json_close(json, ']');
	json_close(json, '}');
}

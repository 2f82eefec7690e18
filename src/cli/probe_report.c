/* SPDX-License-Identifier: MIT */
#include "cli/probe_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "net/sentence.h"

#define WIDTH	    80 /* columns */
#define LABEL_WIDTH 14 /* columns in front of what is told */
#define LINE_LEN    512

/* Text in lines, those after the first begin at column indent; at is where the first one begins. */
static void wrap(FILE *out, size_t at, size_t indent, const char *text)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, " ");
		if (at > indent && at + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			putc(' ', out);
			at++;
		}
		fwrite(text, 1, len, out);
		at += len;
		text += len + strspn(text + len, " ");
	}
	putc('\n', out);
}

PRINTF(3, 4) static void line(FILE *out, const char *label, const char *format, ...)
{
	char text[LINE_LEN];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	fprintf(out, "  %-*s", LABEL_WIDTH - 2, label);
	wrap(out, LABEL_WIDTH, LABEL_WIDTH, text);
}

/* "12.3 ms" */
static void write_ms(char text[static 24], uint64_t us)
{
	snprintf(text, 24, "%" PRIu64 ".%" PRIu64 " ms", us / 1000, us % 1000 / 100);
}

static void print_addresses(FILE *out, const struct probed *probed)
{
	const struct endpoint *endpoint = probed->endpoint;
	char where[ADDRESS_TEXT_LEN], time[24];

	if (endpoint->address_count == 0)
		line(out, "addresses", "NOT KNOWN, as told below");
	for (size_t i = 0; i < endpoint->address_count; i++) {
		const struct facts *facts = &probed->facts[i];
		const char *label = i == 0 ? "addresses" : "";
		address_write(&endpoint->addresses[i], where);
		write_ms(time, facts->opened_us);
		if (facts->reached)
			line(out, label, "%s reachable, connected in %s", where, time);
		else
			line(out, label, "%s %s", where,
				facts->seen ? "REFUSED, as told below" : "NOT REACHABLE");
	}
	if (probed->asked[0] != '\0')
		line(out, "looked up", "at %s", probed->asked);
}

static void print_session(FILE *out, const struct facts *facts, enum transport_kind kind)
{
	const struct tls_report *tls = &facts->tls;

	line(out, "TLS", "%s, %s, %s", tls->version,
		tls->group[0] != '\0' ? tls->group : "no group", tls->suite);
	line(out, "ALPN", "%s", tls->alpn[0] != '\0' ? tls->alpn : "none chosen");
	if (kind == TRANSPORT_DOH && facts->answered > 0)
		line(out, "HTTP", "HTTP/2");
	if (facts->resumed != MARK_UNKNOWN)
		line(out, "resumption", "%s",
			facts->resumed == MARK_NO ? "none: a second connection begins anew"
			: facts->early == MARK_YES
				? "a second connection resumes, early data allowed"
				: "a second connection resumes");
}

static void print_certificate(FILE *out, const struct facts *facts, int64_t wall_s)
{
	const struct tls_report *tls = &facts->tls;
	const long long days = facts_days_left(facts, wall_s);
	const long long past = days >= 0 ? days : -days - 1;
	char from[SENTENCE_TIME_LEN], until[SENTENCE_TIME_LEN];

	line(out, "certificate", "%s",
		tls->subject[0] != '\0' ? tls->subject : "without a subject");
	line(out, "issuer", "%s", tls->issuer);
	line(out, "names", "%s", tls->names[0] != '\0' ? tls->names : "none");
	line(out, "valid",
		days >= 0 ? "%s to %s, %lld day%s left" : "%s to %s, EXPIRED %lld day%s ago",
		sentence_time(tls->from_s, from), sentence_time(tls->expires_s, until), past,
		past == 1 ? "" : "s");
	line(out, "key", "%s, %u bits", tls->key, tls->key_bits);
	line(out, "pin", "%s", tls->pin);
	line(out, "OCSP", "%s", tls->ocsp);
}

static void print_rounds(FILE *out, const struct facts *facts)
{
	char least[24], median[24], p95[24];

	if (facts->round_count == 0)
		return;
	write_ms(least, facts_round_us(facts, 0));
	write_ms(median, facts_round_us(facts, 50));
	write_ms(p95, facts_round_us(facts, 95));
	line(out, "round trip", "min %s, median %s, p95 %s, of %u quer%s", least, median, p95,
		facts->round_count, facts->round_count == 1 ? "y" : "ies");
}

static const char *choose(enum mark mark, const char *unknown, const char *yes, const char *no)
{
	switch (mark) {
	case MARK_UNKNOWN: return unknown;
	case MARK_YES: return yes;
	case MARK_NO: return no;
	}
	return unknown;
}

static void print_answers(FILE *out, const struct facts *facts, enum transport_kind kind)
{
	char idle[24];

	print_rounds(out, facts);
	line(out, "padding", "%s", choose(facts->padded, "not known", "yes", "no"));
	write_ms(idle, (uint64_t)facts->idle_ms * 1000);
	if (kind == TRANSPORT_DOH)
		line(out, "idle", "HTTP/2 has no word for how long a connection may idle");
	else if (facts->keepalive == MARK_YES)
		line(out, "idle", "%u.%u s, as it says (edns-tcp-keepalive)", facts->idle_ms / 1000,
			facts->idle_ms % 1000 / 100);
	else
		line(out, "idle", "it does not say (no edns-tcp-keepalive)");
	line(out, "DNSSEC", "signatures %s; denials %s; DS %s",
		choose(facts->signatures, "not known", "kept", "MISSING"),
		choose(facts->denial, "not known", "proven", "WITHOUT PROOF"),
		choose(facts->ds, "not tried", "right", "WRONG"));
	line(out, "NXDOMAIN", "%s",
		choose(facts->honest, "not known", "not rewritten", "REWRITTEN"));
}

/* Of which addresses, unless it is all of them. */
static void print_whose(FILE *out, const struct probed *probed, uint32_t addresses)
{
	const struct endpoint *endpoint = probed->endpoint;
	char where[ADDRESS_TEXT_LEN];

	if (addresses == (1U << endpoint->address_count) - 1)
		return;
	for (size_t i = 0; i < endpoint->address_count; i++) {
		if (addresses & 1U << i)
			fprintf(out, "    %s\n", address_write(&endpoint->addresses[i], where));
	}
}

static void print_findings(FILE *out, const struct probed *probed, const struct findings *findings,
	enum finding_level level)
{
	static const char *const labels[] = { [FINDING_NOTE] = "  - ", [FINDING_PROBLEM] = "  ! " };

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		if (finding->level != level)
			continue;
		print_whose(out, probed, finding->addresses);
		fputs(labels[level], out);
		wrap(out, 4, 4, finding->text);
		if (finding->cause[0] != '\0') {
			fputs("    likely cause:", out);
			wrap(out, 17, 6, finding->cause);
		}
		if (finding->remedy[0] != '\0') {
			fputs("    remedy:", out);
			wrap(out, 11, 6, finding->remedy);
		}
	}
}

/* The first address that answers, else the first that shows something of itself. */
static const struct facts *typical(const struct probed *probed)
{
	const struct facts *found = NULL;

	for (size_t i = 0; i < probed->endpoint->address_count; i++) {
		const struct facts *facts = &probed->facts[i];
		if (facts->reached)
			return facts;
		if (facts->seen && !found)
			found = facts;
	}
	return found;
}

void probe_report_print(FILE *out, const struct probed *probed, const struct findings *findings)
{
	const struct endpoint *endpoint = probed->endpoint;
	const struct facts *facts = typical(probed);
	const size_t problems = findings_problems(findings);

	fprintf(out, "%s  %s  ", endpoint->name, endpoint->url);
	if (problems == 0)
		fputs("fit\n", out);
	else
		fprintf(out, "%zu problem%s\n", problems, problems == 1 ? "" : "s");
	print_addresses(out, probed);
	if (facts && facts->seen) {
		print_session(out, facts, endpoint->kind);
		print_certificate(out, facts, probed->wall_s);
	}
	if (facts && facts->answered > 0)
		print_answers(out, facts, endpoint->kind);
	print_findings(out, probed, findings, FINDING_PROBLEM);
	print_findings(out, probed, findings, FINDING_NOTE);
}

/* SPDX-License-Identifier: MIT */
/* What is found out about one address of an upstream, and what each of its responses says. */
#pragma once

#include "net/tls.h"
#include "upstream/connection.h"
#include "wire/message.h"

#define FACTS_ROUNDS	10 /* queries whose time is taken */
#define FACTS_WHY_LEN	TLS_REMARK_LEN
#define FACTS_REPLY_LEN 128

/* Not every question is asked of every server, nor answered. */
enum mark { MARK_UNKNOWN, MARK_YES, MARK_NO };

struct facts {
	bool reached;	    /* it is there, and is who it should be */
	bool seen;	    /* tls is set: its session's, or that of a look at who was refused */
	uint64_t opened_us; /* from the connect to the proof of who it is */
	struct tls_report tls;
	char remark[TLS_REMARK_LEN]; /* of a peer that was let in all the same, or "" */
	char why[FACTS_WHY_LEN];     /* it was not reached, or did not answer; a sentence */
	unsigned asked, answered;    /* questions */

	enum mark resumed;   /* by a second connection */
	enum mark early;     /* its tickets let queries go before the handshake */
	enum mark padded;    /* all its responses are                     RFC 7830, RFC 8467 */
	enum mark keepalive; /* it says how long a connection may idle    RFC 7828 */
	uint32_t idle_ms;    /* so long */

	/* Of the root's DNSKEY and SOA, the denial of a name, and the DS of one that has it. */
	enum mark signatures, denial, ds;
	char unsigned_reply[FACTS_REPLY_LEN]; /* what came where signatures is MARK_NO */
	/* It says of a name that does not exist that it does not; not known if it says that it
	 * cannot tell. */
	enum mark honest;
	char instead[FACTS_REPLY_LEN]; /* what it said */

	uint64_t round_us[FACTS_ROUNDS];
	unsigned round_count;
};

/* What every response tells, whatever was asked. over_tls: over DoT, where RFC 7828 counts. */
void facts_note_edns(struct facts *facts, const struct message *response, bool over_tls);

/* To the root's DNSKEY or SOA with DO and CD: are signatures kept? RFC 4035 section 3.2.1 */
void facts_note_signed(struct facts *facts, const struct message *response);

/* To a name that does not exist, with DO and CD: is there proof? *signed_child, which lies in
 * space, is a child of the root that has a DS as the proof says; false if it names none.
 * RFC 4035 section 3.1.3 */
bool facts_note_denial(struct facts *facts, const struct message *response,
	struct name_space *space, struct name *signed_child);

/* To the DS of such a child: is it the parent's? RFC 4035 section 3.1.4.1 */
void facts_note_ds(struct facts *facts, const struct message *response);

/* To a name that does not exist, as a plain client asks. */
void facts_note_absent(struct facts *facts, const struct message *response);

void facts_add_round(struct facts *facts, uint64_t us);

/* The least, and the nearest rank of 50 or 95 percent, of the rounds in microseconds; there is at
 * least one. */
uint64_t facts_round_us(const struct facts *facts, unsigned percent);

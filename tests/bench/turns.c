/* SPDX-License-Identifier: MIT */
/* Asks several servers in turns:
 * turns CA-FILE SERVER-NAME GROUP.ZONE WARM COUNT SLOT-US SLOTS PID,... TARGET...
 *
 * A target is udp:PORT:PID (a subject), tls:PORT or https:PORT (the upstream itself, on a
 * connection that is there before the first question). Slots follow one another; in each, one
 * question goes to one target, unless that one has not answered its last; slots over the targets'
 * number stay empty. No name is asked for twice. COUNT is of turns, after WARM questions to each
 * target that do not count. It says, all in ns:
 *
 * answer TARGET-NUMBER WHEN-ASKED LATENCY WAIT
 * span BEGIN END WAIT
 *
 * A latency is from before the question is encrypted until the answer's message is there; -1:
 * failed, or lost. A wait is what threads meanwhile were ready to run and did not, as the kernel
 * counts it: of an answer, those of the subject; of half a slot, this program's and those of the
 * processes PID, which have a hand in all answers.
 *
 * It does as little as it can, HTTP/2 included: no more than the frames of a POST, whose answer is
 * what ends the stream. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	TARGETS = 32,
	THREADS = 64, /* of processes: those that are there after all were warmed up */
	NAME_MAX_LEN = 200,
	QUESTION_LEN = 300,
	BUFFER_LEN = 1 << 17, /* of what came and is not understood yet */
	HEADER_LEN = 12,
	FRAME_LEN = 9,
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_RESET = 3,
	FRAME_SETTINGS = 4,
	FRAME_PING = 6,
	FRAME_GOAWAY = 7,
	FRAME_WINDOW_UPDATE = 8,
	FLAG_ACK = 1,
	FLAG_END_STREAM = 1,
	FLAG_END_HEADERS = 4,
	WINDOW_MORE = 0x40000000,
};

static const int64_t ns_per_s = 1000000000, ns_per_us = 1000;
static const int64_t answer_ns = 5000000000; /* longer ones are lost */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum kind {
	UDP,
	TLS,
	HTTPS,
};

/* Their schedstat. */
struct threads {
	int pid, files[THREADS];
	unsigned count;
	int64_t waited_ns; /* until the last time it was looked at */
};

struct target {
	enum kind kind;
	int fd;
	gnutls_session_t session;
	uint8_t came[BUFFER_LEN];
	size_t came_len;
	uint32_t stream;
	uint8_t rcode; /* of the answer under way: HTTP/2 splits as it likes */
	size_t body_len;
	unsigned asked;
	bool waits;
	int64_t asked_ns;
	struct threads threads;
};

struct turns {
	const char *server, *zone;
	unsigned warm, count, slots, target_count, number;
	int64_t slot_ns;
	gnutls_certificate_credentials_t trust;
	struct threads common;
	struct target targets[TARGETS];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ns_per_s + now.tv_nsec;
}

static _Noreturn void give_up(const char *what, const char *why)
{
	fprintf(stderr, "turns: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* For a core, all together: the second number of each schedstat. */
static int64_t waited_ns(const struct threads *threads)
{
	int64_t sum_ns = 0;

	for (unsigned i = 0; i < threads->count; i++) {
		char text[100];
		ssize_t len = pread(threads->files[i], text, sizeof(text) - 1, 0);
		text[len > 0 ? len : 0] = '\0';
		const char *second = strchr(text, ' ');
		sum_ns += second ? strtoll(second, NULL, 10) : 0;
	}
	return sum_ns;
}

static void threads_add(struct threads *threads, int pid)
{
	char path[100];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *tasks = pid ? opendir(path) : NULL;
	const struct dirent *task;
	while (tasks && threads->count < THREADS && (task = readdir(tasks))) {
		(void)snprintf(
			path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, atoi(task->d_name));
		int file = task->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		if (file >= 0)
			threads->files[threads->count++] = file;
	}
	if (tasks)
		closedir(tasks);
}

static size_t put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return 2;
}

static size_t put_name(uint8_t *at, const char *text)
{
	size_t len = 0;

	while (*text) {
		size_t label = strcspn(text, ".");
		at[len] = (uint8_t)label;
		memcpy(at + len + 1, text, label);
		len += 1 + label;
		text += label + (text[label] == '.');
	}
	at[len] = 0;
	return len + 1;
}

/* A question for an A record with RD; the ID is 0, as HTTP asks for and the others bear. */
static size_t question(struct turns *turns, uint8_t *at)
{
	char name[NAME_MAX_LEN];
	size_t len = HEADER_LEN;

	(void)snprintf(name, sizeof(name), "host%06u.%s", turns->number++, turns->zone);
	memset(at, 0, HEADER_LEN);
	at[2] = 1;
	at[5] = 1;
	len += put_name(at + len, name);
	len += put_u16(at + len, 1);
	len += put_u16(at + len, 1);
	return len;
}

static void tls_send(struct target *target, const uint8_t *octets, size_t len)
{
	while (len > 0) {
		ssize_t sent = gnutls_record_send(target->session, octets, len);
		if (sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED)
			continue;
		if (sent < 0)
			give_up("send", gnutls_strerror((int)sent));
		octets += sent;
		len -= (size_t)sent;
	}
}

static size_t put_frame(uint8_t *at, uint8_t kind, uint8_t flags, uint32_t stream, size_t len)
{
	at[0] = (uint8_t)(len >> 16);
	put_u16(at + 1, len & 0xffff);
	at[3] = kind;
	at[4] = flags;
	put_u16(at + 5, stream >> 16);
	put_u16(at + 7, stream & 0xffff);
	return FRAME_LEN;
}

/* A field that is not indexed, its name from the static table. RFC 7541 section 6.2.2 */
static size_t put_field(uint8_t *at, uint8_t index, const char *value)
{
	size_t len = 0, value_len = strlen(value);

	if (index >= 15) {
		at[len++] = 15;
		index -= 15;
	}
	at[len++] = index;
	at[len++] = (uint8_t)value_len;
	memcpy(at + len, value, value_len);
	return len + value_len;
}

static void https_begin(struct target *target)
{
	uint8_t octets[64];
	size_t len = sizeof(preface) - 1;

	memcpy(octets, preface, len);
	len += put_frame(octets + len, FRAME_SETTINGS, 0, 0, 0);
	len += put_frame(octets + len, FRAME_WINDOW_UPDATE, 0, 0, 4);
	len += put_u16(octets + len, WINDOW_MORE >> 16);
	len += put_u16(octets + len, 0);
	tls_send(target, octets, len);
	target->stream = UINT32_MAX;
}

static void https_ask(
	const struct turns *turns, struct target *target, const uint8_t *asked, size_t asked_len)
{
	uint8_t octets[1024];
	char length[8];
	size_t len = FRAME_LEN;

	(void)snprintf(length, sizeof(length), "%u", (unsigned)asked_len);
	target->stream += 2;
	octets[len++] = 0x83; /* POST */
	octets[len++] = 0x87; /* https */
	len += put_field(octets + len, 1, turns->server);
	len += put_field(octets + len, 4, "/dns-query");
	len += put_field(octets + len, 31, "application/dns-message");
	len += put_field(octets + len, 28, length);
	put_frame(octets, FRAME_HEADERS, FLAG_END_HEADERS, target->stream, len - FRAME_LEN);
	len += put_frame(octets + len, FRAME_DATA, FLAG_END_STREAM, target->stream, asked_len);
	memcpy(octets + len, asked, asked_len);
	tls_send(target, octets, len + asked_len);
}

static void ask(struct turns *turns, struct target *target)
{
	uint8_t octets[2 + QUESTION_LEN];
	size_t len = question(turns, octets + 2);

	target->asked++;
	target->waits = true;
	target->threads.waited_ns = waited_ns(&target->threads);
	target->asked_ns = now_ns();
	switch (target->kind) {
	case UDP:
		if (send(target->fd, octets + 2, len, 0) < 0)
			give_up("send", strerror(errno));
		return;
	case TLS:
		put_u16(octets, len);
		tls_send(target, octets, 2 + len);
		return;
	case HTTPS: https_ask(turns, target, octets + 2, len); return;
	}
}

static void say(const struct turns *turns, const struct target *target, int64_t taken_ns)
{
	printf("answer %u %lld %lld %lld\n", (unsigned)(target - turns->targets),
		(long long)target->asked_ns, (long long)taken_ns,
		(long long)(waited_ns(&target->threads) - target->threads.waited_ns));
}

static void answered(const struct turns *turns, struct target *target, unsigned rcode)
{
	int64_t taken_ns = now_ns() - target->asked_ns;

	if (!target->waits)
		return;
	target->waits = false;
	if (rcode != 0 || target->asked > turns->warm)
		say(turns, target, rcode == 0 ? taken_ns : -1);
}

static void https_obey(
	struct target *target, uint8_t kind, uint8_t flags, const uint8_t *payload, size_t len)
{
	uint8_t reply[FRAME_LEN + 8];

	if (kind == FRAME_RESET || kind == FRAME_GOAWAY)
		give_up("HTTP/2", "the upstream ended the stream or the connection");
	if ((kind != FRAME_SETTINGS && kind != FRAME_PING) || flags & FLAG_ACK)
		return;
	size_t reply_len = kind == FRAME_PING && len == 8 ? 8 : 0;
	memcpy(reply + put_frame(reply, kind, FLAG_ACK, 0, reply_len), payload, reply_len);
	tls_send(target, reply, FRAME_LEN + reply_len);
}

/* One frame, if it is there; returns its length, or 0. */
static size_t https_frame(
	const struct turns *turns, struct target *target, const uint8_t *at, size_t there)
{
	if (there < FRAME_LEN)
		return 0;
	size_t len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
	uint32_t stream =
		(uint32_t)at[5] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 8 | at[8];
	if (there < FRAME_LEN + len)
		return 0;
	https_obey(target, at[3], at[4], at + FRAME_LEN, len);
	if (stream != target->stream || (at[3] != FRAME_DATA && at[3] != FRAME_HEADERS))
		return FRAME_LEN + len;
	if (at[3] == FRAME_DATA) {
		if (target->body_len <= 3 && target->body_len + len > 3)
			target->rcode = at[FRAME_LEN + 3 - target->body_len] & 0x0f;
		target->body_len += len;
	}
	if (at[4] & FLAG_END_STREAM) {
		answered(turns, target, target->body_len > HEADER_LEN ? target->rcode : UINT8_MAX);
		target->body_len = 0;
	}
	return FRAME_LEN + len;
}

/* One message over TLS, if it is there; returns its length, or 0. */
static size_t tls_message(
	const struct turns *turns, struct target *target, const uint8_t *at, size_t there)
{
	size_t len = there < 2 ? 0 : 2 + ((size_t)at[0] << 8 | at[1]);

	if (len == 0 || there < len)
		return 0;
	answered(turns, target, len > 2 + HEADER_LEN ? at[5] & 0x0f : UINT8_MAX);
	return len;
}

static void understand(const struct turns *turns, struct target *target)
{
	size_t at = 0, len;

	do {
		len = (target->kind == TLS ? tls_message : https_frame)(
			turns, target, target->came + at, target->came_len - at);
		at += len;
	} while (len > 0);
	memmove(target->came, target->came + at, target->came_len - at);
	target->came_len -= at;
}

static void receive(const struct turns *turns, struct target *target)
{
	ssize_t len;

	if (target->kind == UDP) {
		len = recv(target->fd, target->came, BUFFER_LEN, MSG_DONTWAIT);
		if (len > HEADER_LEN)
			answered(turns, target, target->came[3] & 0x0f);
		return;
	}
	while ((len = gnutls_record_recv(target->session, target->came + target->came_len,
			BUFFER_LEN - target->came_len)) > 0) {
		target->came_len += (size_t)len;
		understand(turns, target);
	}
	if (len != GNUTLS_E_AGAIN && len != GNUTLS_E_INTERRUPTED)
		give_up("receive",
			len ? gnutls_strerror((int)len) : "the upstream closed the connection");
}

static void receive_until(struct turns *turns, int64_t until_ns)
{
	struct pollfd polls[TARGETS];

	for (unsigned i = 0; i < turns->target_count; i++)
		polls[i] = (struct pollfd){ .fd = turns->targets[i].fd, .events = POLLIN };
	for (;;) {
		int64_t wait_ns = until_ns - now_ns();
		struct timespec wait = { .tv_sec = wait_ns / ns_per_s,
			.tv_nsec = wait_ns % ns_per_s };
		if (wait_ns <= 0 || ppoll(polls, turns->target_count, &wait, NULL) <= 0)
			return;
		for (unsigned i = 0; i < turns->target_count; i++)
			if (polls[i].revents)
				receive(turns, &turns->targets[i]);
	}
}

static void secure(const struct turns *turns, struct target *target)
{
	const gnutls_datum_t h2 = { (unsigned char *)"h2", 2 };
	int err;

	if (gnutls_init(&target->session, GNUTLS_CLIENT) < 0 ||
		gnutls_set_default_priority(target->session) < 0 ||
		gnutls_credentials_set(target->session, GNUTLS_CRD_CERTIFICATE, turns->trust) < 0 ||
		gnutls_server_name_set(target->session, GNUTLS_NAME_DNS, turns->server,
			strlen(turns->server)) < 0 ||
		(target->kind == HTTPS &&
			gnutls_alpn_set_protocols(target->session, &h2, 1, 0) < 0))
		give_up("TLS", "out of memory");
	gnutls_session_set_verify_cert(target->session, turns->server, 0);
	gnutls_transport_set_int(target->session, target->fd);
	do
		err = gnutls_handshake(target->session);
	while (err < 0 && !gnutls_error_is_fatal(err));
	if (err < 0)
		give_up("handshake", gnutls_strerror(err));
}

static void open_target(const struct turns *turns, struct target *target, const char *text)
{
	static const char *const kinds[] = { [UDP] = "udp:", [TLS] = "tls:", [HTTPS] = "https:" };
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int yes = 1;
	char *end;

	for (target->kind = UDP;
		strncmp(text, kinds[target->kind], strlen(kinds[target->kind])) != 0;
		target->kind++)
		if (target->kind == HTTPS)
			give_up(text, "expected udp:PORT:PID, tls:PORT or https:PORT");
	address.sin_port = htons((uint16_t)strtoul(text + strlen(kinds[target->kind]), &end, 10));
	target->threads.pid = *end == ':' ? atoi(end + 1) : 0;
	target->fd = socket(AF_INET, target->kind == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
	if (target->fd < 0 ||
		connect(target->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		give_up(text, strerror(errno));
	if (target->kind == UDP)
		return;
	(void)setsockopt(target->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	secure(turns, target);
	if (target->kind == HTTPS)
		https_begin(target);
	(void)fcntl(target->fd, F_SETFL, O_NONBLOCK);
}

static bool all_answered(const struct turns *turns)
{
	for (unsigned i = 0; i < turns->target_count; i++)
		if (turns->targets[i].waits)
			return false;
	return true;
}

/* Waits for what is under way; what does not come is lost. */
static void finish(struct turns *turns)
{
	int64_t until_ns = now_ns() + answer_ns;

	while (!all_answered(turns) && now_ns() < until_ns)
		receive_until(turns, now_ns() + turns->slot_ns);
	for (unsigned i = 0; i < turns->target_count; i++)
		if (turns->targets[i].waits)
			say(turns, &turns->targets[i], -1);
}

static void warm(struct turns *turns)
{
	for (unsigned i = 0; i < turns->warm * turns->target_count; i++) {
		ask(turns, &turns->targets[i % turns->target_count]);
		finish(turns);
	}
}

static void open_threads(struct turns *turns, const char *common)
{
	char *end = NULL;

	threads_add(&turns->common, getpid());
	for (; *common; common = *end == ',' ? end + 1 : end)
		threads_add(&turns->common, (int)strtol(common, &end, 10));
	for (unsigned i = 0; i < turns->target_count; i++)
		threads_add(&turns->targets[i].threads, turns->targets[i].threads.pid);
}

/* Half a slot, so that what a question's beginning waited for is told from another one's end. */
static void take_half(struct turns *turns, int64_t begin_ns, int64_t end_ns)
{
	receive_until(turns, end_ns);
	int64_t waited = waited_ns(&turns->common);
	printf("span %lld %lld %lld\n", (long long)begin_ns, (long long)now_ns(),
		(long long)(waited - turns->common.waited_ns));
	turns->common.waited_ns = waited;
}

static void take_turns(struct turns *turns)
{
	int64_t begin_ns = now_ns(), half_ns = turns->slot_ns / 2;

	turns->common.waited_ns = waited_ns(&turns->common);
	for (unsigned slot = 0; slot < turns->count * turns->slots; slot++) {
		unsigned turn = slot % turns->slots;
		if (turn < turns->target_count && !turns->targets[turn].waits)
			ask(turns, &turns->targets[turn]);
		take_half(turns, begin_ns, begin_ns + half_ns);
		take_half(turns, begin_ns + half_ns, begin_ns + turns->slot_ns);
		begin_ns += turns->slot_ns;
	}
}

int main(int argc, char **argv)
{
	static struct turns turns;

	if (argc < 10 || argc > 9 + TARGETS) {
		fputs("usage: turns CA-FILE SERVER-NAME GROUP.ZONE WARM COUNT SLOT-US SLOTS "
		      "PID,... TARGET...\n",
			stderr);
		return EXIT_FAILURE;
	}
	turns.server = argv[2];
	turns.zone = argv[3];
	turns.warm = (unsigned)strtoul(argv[4], NULL, 10);
	turns.count = (unsigned)strtoul(argv[5], NULL, 10);
	turns.slot_ns = strtol(argv[6], NULL, 10) * ns_per_us;
	turns.slots = (unsigned)strtoul(argv[7], NULL, 10);
	turns.target_count = (unsigned)argc - 9;
	(void)prctl(PR_SET_TIMERSLACK, 1);
	if (gnutls_certificate_allocate_credentials(&turns.trust) < 0 ||
		gnutls_certificate_set_x509_trust_file(turns.trust, argv[1], GNUTLS_X509_FMT_PEM) <
			1)
		give_up(argv[1], "no certificate in it");
	for (unsigned i = 0; i < turns.target_count; i++)
		open_target(&turns, &turns.targets[i], argv[9 + i]);
	warm(&turns);
	open_threads(&turns, argv[8]);
	take_turns(&turns);
	finish(&turns);
	return EXIT_SUCCESS;
}

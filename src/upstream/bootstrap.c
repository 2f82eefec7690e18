/* SPDX-License-Identifier: MIT */
#include "upstream/bootstrap.h"

#include <ares.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/bytes.h"

#define DNS_PORT 53 /* RFC 1035 section 4.2 */
#define FAMILIES 2

/* A channel lives for one look-up: the next one finds resolv.conf as it is then. */
struct bootstrap {
	struct loop *loop;
	ares_channel channel;
	struct count *sent;
	char *host;
	struct list sockets;
	struct task begin, tell;
	struct timer tick; /* c-ares' */
	struct timer end;
	bool known[FAMILIES], told[FAMILIES];
	struct bootstrap_answer answers[FAMILIES];
	void (*answered)(void *owner, const struct bootstrap_answer *answer);
	void *owner;
	char asked[BOOTSTRAP_TEXT_LEN], left_out[BOOTSTRAP_TEXT_LEN];
};

/* One descriptor of c-ares'. */
struct wire {
	struct list link;
	struct bootstrap *bootstrap;
	int fd;
	struct watch *watch;
};

/* Servers as they are read from a list or a file. */
struct roll {
	struct address servers[BOOTSTRAP_SERVERS_MAX];
	size_t count;
	bool changed; /* some are missing of those that c-ares has */
};

static void wire_free(struct wire *wire)
{
	watch_free(wire->watch);
	list_unlink(&wire->link);
	free(wire);
}

static struct wire *wire_find(const struct bootstrap *bootstrap, int fd)
{
	const struct list *sockets = &bootstrap->sockets;

	for (struct list *link = sockets->next; link != sockets; link = link->next) {
		struct wire *wire = CONTAINER_OF(link, struct wire, link);
		if (wire->fd == fd)
			return wire;
	}
	return NULL;
}

/* When c-ares wants to look again whether somebody is late. */
static void set_tick(struct bootstrap *bootstrap)
{
	struct timeval left;

	if (!ares_timeout(bootstrap->channel, NULL, &left)) {
		loop_stop_timer(bootstrap->loop, &bootstrap->tick);
		return;
	}
	/* Not before it is due: that would be a turn for nothing. */
	loop_start_timer(bootstrap->loop, &bootstrap->tick,
		(uint64_t)left.tv_sec * 1000 + (uint64_t)left.tv_usec / 1000 + 1);
}

static void process(struct bootstrap *bootstrap, ares_socket_t read_fd, ares_socket_t write_fd)
{
	ares_process_fd(bootstrap->channel, read_fd, write_fd);
	set_tick(bootstrap);
}

static void wire_ready(void *owner, int events)
{
	const struct wire *wire = owner; /* may be gone afterwards */

	process(wire->bootstrap, events & WATCH_READ ? wire->fd : ARES_SOCKET_BAD,
		events & WATCH_WRITE ? wire->fd : ARES_SOCKET_BAD);
}

/* c-ares says what it waits for; nothing more: it closes the descriptor next. */
static void socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
	struct bootstrap *bootstrap = data;
	struct wire *wire = wire_find(bootstrap, fd);

	if (!readable && !writable) {
		if (wire)
			wire_free(wire);
		return;
	}
	if (!wire) {
		wire = calloc(1, sizeof(*wire));
		struct watch *watch =
			wire ? watch_new(bootstrap->loop, fd, wire_ready, wire) : NULL;
		/* Nobody will hear the answer, which is then overdue as a lost one is. */
		if (!watch) {
			free(wire);
			return;
		}
		*wire = (struct wire){ .bootstrap = bootstrap, .fd = fd, .watch = watch };
		list_init(&wire->link);
		list_push_back(&bootstrap->sockets, &wire->link);
	}
	watch_set(wire->watch, (readable ? WATCH_READ : 0) | (writable ? WATCH_WRITE : 0));
}

static void tick(void *owner)
{
	process(owner, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void roll_add(struct roll *roll, const struct address *server)
{
	if (roll->count < BOOTSTRAP_SERVERS_MAX)
		roll->servers[roll->count++] = *server;
	else
		roll->changed = true;
}

#if ARES_VERSION >= 0x011800 /* 1.24.0, which has the text; 1.28.0 deprecates the list */

/* "192.0.2.1:53" or "[fe80::1]:53%eth0", where others have the scope within the brackets. */
static int server_parse(const char *text, struct address *out)
{
	const char *end = strchr(text, ']'), *scope = end ? strchr(end, '%') : NULL;
	char usual[ADDRESS_TEXT_LEN];

	if (!scope)
		return address_parse(text, DNS_PORT, out);
	snprintf(usual, sizeof(usual), "%.*s%s%.*s", (int)(end - text), text, scope,
		(int)(scope - end), end);
	return address_parse(usual, DNS_PORT, out);
}

static int roll_read(ares_channel channel, struct roll *roll)
{
	char *text = ares_get_servers_csv(channel), *rest = NULL;

	if (!text)
		return ERR_NOMEM;
	for (char *at = strtok_r(text, ",", &rest); at; at = strtok_r(NULL, ",", &rest)) {
		struct address server;
		if (server_parse(at, &server) == 0)
			roll_add(roll, &server);
	}
	ares_free_string(text);
	return 0;
}

#else

static int roll_read(ares_channel channel, struct roll *roll)
{
	struct ares_addr_port_node *first = NULL;
	int status = ares_get_servers_ports(channel, &first);

	if (status != ARES_SUCCESS)
		return status == ARES_ENOMEM ? ERR_NOMEM : ERR_NOT_FOUND;
	for (const struct ares_addr_port_node *at = first; at; at = at->next) {
		struct address server = { .v4.sin_family = (sa_family_t)at->family };
		if (at->family == AF_INET6)
			memcpy(&server.v6.sin6_addr, &at->addr.addr6, sizeof(at->addr.addr6));
		else
			server.v4.sin_addr = at->addr.addr4;
		address_set_port(&server, at->udp_port ? (uint16_t)at->udp_port : DNS_PORT);
		roll_add(roll, &server);
	}
	ares_free_data(first);
	return 0;
}

#endif

/* Would a packet to it stay on this machine? Then it is its own source, or loopback. Nothing is
 * sent to find out. */
static bool is_local(const struct address *server)
{
	struct address source = { 0 };
	socklen_t len = sizeof(source);

	if (address_is_loopback(server))
		return true;
	int fd = socket(server->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool local = connect(fd, &server->any, address_len(server)) == 0 &&
		     getsockname(fd, &source.any, &len) == 0 && address_same_host(&source, server);
	close(fd);
	return local;
}

static bool is_own(const struct address *server, const struct bootstrap_servers *servers)
{
	for (size_t i = 0; i < servers->own_count; i++) {
		const struct address *own = &servers->own[i];
		if (address_port(own) != address_port(server) ||
			own->any.sa_family != server->any.sa_family)
			continue;
		if (address_same_host(own, server))
			return true;
		/* To 0.0.0.0 means to this machine, as listening there does. */
		if (address_is_any(server) ? address_is_loopback(own)
					   : address_is_any(own) && is_local(server))
			return true;
	}
	return false;
}

static void text_add(char text[static BOOTSTRAP_TEXT_LEN], const struct address *server)
{
	char one[ADDRESS_TEXT_LEN];
	size_t len = strlen(text);

	snprintf(text + len, BOOTSTRAP_TEXT_LEN - len, "%s%s", len > 0 ? ", " : "",
		address_write(server, one));
}

/* As c-ares has it: the scope, which it knows from 1.24.0 on, behind the port. */
static char *server_write(const struct address *server, char *end)
{
	char text[ADDRESS_TEXT_LEN];
	const char *scope = strchr(address_write(server, text), '%');
	const char *bracket = scope ? strchr(scope, ']') : NULL;

	if (!bracket)
		return stpcpy(end, text);
	return end + sprintf(end, "%.*s%s%.*s", (int)(scope - text), text, bracket,
			     (int)(bracket - scope), scope);
}

/* False: c-ares did not take them. */
static bool roll_write(ares_channel channel, const struct roll *roll)
{
	char text[BOOTSTRAP_SERVERS_MAX * (ADDRESS_TEXT_LEN + 1)] = "";
	char *end = text;

	for (size_t i = 0; i < roll->count; i++) {
		if (i > 0)
			end = stpcpy(end, ",");
		end = server_write(&roll->servers[i], end);
	}
	return ares_set_servers_ports_csv(channel, text) == ARES_SUCCESS;
}

/* Whom to ask: those of the configuration or of the network, but never ourselves. ERR_NOMEM. */
static int choose_servers(struct bootstrap *bootstrap, const struct bootstrap_servers *servers)
{
	struct roll all = { .changed = servers->server_count > 0 }, roll = { 0 };

	for (size_t i = 0; i < servers->server_count; i++)
		roll_add(&all, &servers->servers[i]);
	if (servers->server_count == 0 && roll_read(bootstrap->channel, &all) == ERR_NOMEM)
		return ERR_NOMEM;
	for (size_t i = 0; i < all.count; i++) {
		if (is_own(&all.servers[i], servers)) {
			text_add(bootstrap->left_out, &all.servers[i]);
			all.changed = true;
			continue;
		}
		roll_add(&roll, &all.servers[i]);
		text_add(bootstrap->asked, &all.servers[i]);
	}
	/* c-ares' own list has more than an address can say, so it is left alone if it can be. */
	if (roll.count > 0 && all.changed && !roll_write(bootstrap->channel, &roll))
		bootstrap->asked[0] = '\0';
	return 0;
}

/* The sockets of c-ares are as it would make them, but each sending is counted. */

static ares_socket_t socket_open(int family, int type, int protocol, void *owner)
{
	(void)owner;
	return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

static int socket_close(ares_socket_t fd, void *owner)
{
	(void)owner;
	return close(fd);
}

static int socket_connect(
	ares_socket_t fd, const struct sockaddr *to, ares_socklen_t len, void *owner)
{
	(void)owner;
	return connect(fd, to, len);
}

static ares_ssize_t socket_receive(ares_socket_t fd, void *octets, size_t len, int flags,
	struct sockaddr *from, ares_socklen_t *from_len, void *owner)
{
	(void)owner;
	return recvfrom(fd, octets, len, flags, from, from_len);
}

static ares_ssize_t socket_send(ares_socket_t fd, const struct iovec *parts, int count, void *owner)
{
	const struct bootstrap *bootstrap = owner;
	const struct msghdr message = { .msg_iov = unconst(parts), .msg_iovlen = (size_t)count };
	const ares_ssize_t len = sendmsg(fd, &message, MSG_NOSIGNAL);

	if (len > 0)
		count_add(bootstrap->sent, 1);
	return len;
}

static const struct ares_socket_functions socket_functions = { .asocket = socket_open,
	.aclose = socket_close,
	.aconnect = socket_connect,
	.arecvfrom = socket_receive,
	.asendv = socket_send };

static int channel_open(struct bootstrap *bootstrap)
{
	char lookups[] = "b"; /* no file of hosts */
	struct ares_options options = {
		/* Names are whole ones, whatever the network's search list says. */
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = BOOTSTRAP_TRY_MS,
		.tries = BOOTSTRAP_TRIES,
		.lookups = lookups,
		.sock_state_cb = socket_state,
		.sock_state_cb_data = bootstrap,
	};
	const int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
			ARES_OPT_DOMAINS | ARES_OPT_SOCK_STATE_CB;

	if (ares_init_options(&bootstrap->channel, &options, set) != ARES_SUCCESS)
		return ERR_NOMEM;
/* 1.34 has others, too, for sockets that are not the kernel's. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	ares_set_socket_functions(bootstrap->channel, &socket_functions, bootstrap);
#pragma GCC diagnostic pop
	return 0;
}

static void fail(struct bootstrap_answer *answer, int err, const char *why)
{
	answer->err = err;
	answer->why = why;
	answer->count = 0;
}

static void answer_status(struct bootstrap_answer *answer, int status)
{
	switch (status) {
	case ARES_ENOTFOUND: fail(answer, ERR_NOT_FOUND, "there is no such name"); return;
	case ARES_ENODATA: fail(answer, ERR_NOT_FOUND, "that name has no address"); return;
	case ARES_ENOMEM: fail(answer, ERR_NOMEM, "there was no memory for it"); return;
	case ARES_ECANCELLED:
	case ARES_ETIMEOUT: fail(answer, ERR_TIMEOUT, "no answer came in time"); return;
	case ARES_ECONNREFUSED:
		fail(answer, ERR_UNREACHABLE, "none of them could be reached or was of use");
		return;
	case ARES_EREFUSED: fail(answer, ERR_PROTOCOL, "they refuse to answer us"); return;
	case ARES_ESERVFAIL: fail(answer, ERR_PROTOCOL, "they failed at it (SERVFAIL)"); return;
	}
	fail(answer, ERR_PROTOCOL, "what came was no answer");
}

static void ttl_lower(struct bootstrap_answer *answer, int ttl_s)
{
	const uint32_t ttl = ttl_s > 0 ? (uint32_t)ttl_s : 0;

	if (ttl < answer->ttl_s)
		answer->ttl_s = ttl;
}

static void answer_take(struct bootstrap_answer *answer, const struct ares_addrinfo *found)
{
	const int family = answer->family == BOOTSTRAP_V6 ? AF_INET6 : AF_INET;

	answer->ttl_s = UINT32_MAX;
	for (const struct ares_addrinfo_cname *alias = found->cnames; alias; alias = alias->next)
		ttl_lower(answer, alias->ttl);
	for (const struct ares_addrinfo_node *at = found->nodes; at; at = at->ai_next) {
		struct address address;
		if (at->ai_family != family || answer->count == BOOTSTRAP_ADDRESSES_MAX)
			continue;
		memset(&address, 0, sizeof(address));
		memcpy(&address, at->ai_addr,
			family == AF_INET6 ? sizeof(address.v6) : sizeof(address.v4));
		address_set_port(&address, 0);
		ttl_lower(answer, at->ai_ttl);
		/* How some say that a name is blocked; to connect there is to connect here. */
		if (!address_is_any(&address))
			answer->addresses[answer->count++] = address;
	}
	if (answer->count == 0)
		fail(answer, ERR_NOT_FOUND, "0.0.0.0 or :: came, which is how some block a name");
}

/* On c-ares' stack, which does not bear to be freed under it. */
static void found(struct bootstrap *bootstrap, enum bootstrap_family family, int status,
	struct ares_addrinfo *result)
{
	struct bootstrap_answer *answer = &bootstrap->answers[family];

	if (status == ARES_EDESTRUCTION || bootstrap->known[family])
		return;
	if (status == ARES_SUCCESS)
		answer_take(answer, result);
	else
		answer_status(answer, status);
	bootstrap->known[family] = true;
	loop_post(bootstrap->loop, &bootstrap->tell);
}

static void found_v4(void *owner, int status, int timeouts, struct ares_addrinfo *result)
{
	(void)timeouts;
	found(owner, BOOTSTRAP_V4, status, result);
	if (result)
		ares_freeaddrinfo(result);
}

static void found_v6(void *owner, int status, int timeouts, struct ares_addrinfo *result)
{
	(void)timeouts;
	found(owner, BOOTSTRAP_V6, status, result);
	if (result)
		ares_freeaddrinfo(result);
}

/* One a turn, as the owner may free within the last. */
static void tell(void *owner)
{
	struct bootstrap *bootstrap = owner;
	const bool both = bootstrap->known[BOOTSTRAP_V4] && bootstrap->known[BOOTSTRAP_V6];

	for (int i = 0; i < FAMILIES; i++) {
		if (!bootstrap->known[i] || bootstrap->told[i])
			continue;
		bootstrap->told[i] = true;
		if (both && !bootstrap->told[FAMILIES - 1 - i])
			loop_post(bootstrap->loop, &bootstrap->tell);
		bootstrap->answered(bootstrap->owner, &bootstrap->answers[i]);
		return;
	}
}

static void end(void *owner)
{
	struct bootstrap *bootstrap = owner;
	ares_cancel(bootstrap->channel);
}

/* RFC 8305 section 3: AAAA first, each as soon as it can be. */
static void begin(void *owner)
{
	static const struct ares_addrinfo_hints v4 = { .ai_flags = ARES_AI_NOSORT,
		.ai_family = AF_INET };
	static const struct ares_addrinfo_hints v6 = { .ai_flags = ARES_AI_NOSORT,
		.ai_family = AF_INET6 };
	struct bootstrap *bootstrap = owner;

	if (bootstrap->asked[0] == '\0') {
		for (int i = 0; i < FAMILIES; i++) {
			fail(&bootstrap->answers[i], ERR_UNREACHABLE, "there is nobody to ask");
			bootstrap->known[i] = true;
		}
		loop_post(bootstrap->loop, &bootstrap->tell);
		return;
	}
	loop_start_timer(bootstrap->loop, &bootstrap->end, BOOTSTRAP_MS);
	ares_getaddrinfo(bootstrap->channel, bootstrap->host, NULL, &v6, found_v6, bootstrap);
	ares_getaddrinfo(bootstrap->channel, bootstrap->host, NULL, &v4, found_v4, bootstrap);
	set_tick(bootstrap);
}

struct bootstrap *bootstrap_begin(const struct bootstrap_options *options,
	void (*answered)(void *owner, const struct bootstrap_answer *answer), void *owner)
{
	struct bootstrap *bootstrap = calloc(1, sizeof(*bootstrap));

	if (!bootstrap)
		return NULL;
	list_init(&bootstrap->sockets);
	task_init(&bootstrap->begin, begin, bootstrap);
	task_init(&bootstrap->tell, tell, bootstrap);
	timer_init(&bootstrap->tick, tick, bootstrap);
	timer_init(&bootstrap->end, end, bootstrap);
	bootstrap->loop = options->loop;
	bootstrap->sent = options->sent;
	bootstrap->answered = answered;
	bootstrap->owner = owner;
	for (int i = 0; i < FAMILIES; i++)
		bootstrap->answers[i] = (struct bootstrap_answer){
			.family = (enum bootstrap_family)i,
			.why = "",
		};
	bootstrap->host = strdup(options->host);
	if (!bootstrap->host || channel_open(bootstrap) != 0 ||
		choose_servers(bootstrap, options->servers) != 0) {
		bootstrap_free(bootstrap);
		return NULL;
	}
	loop_post(bootstrap->loop, &bootstrap->begin);
	return bootstrap;
}

void bootstrap_free(struct bootstrap *bootstrap)
{
	if (!bootstrap)
		return;
	if (bootstrap->channel)
		ares_destroy(bootstrap->channel);
	/* All that c-ares has closed by now. */
	assert(list_empty(&bootstrap->sockets));
	task_cancel(&bootstrap->begin);
	task_cancel(&bootstrap->tell);
	loop_stop_timer(bootstrap->loop, &bootstrap->tick);
	loop_stop_timer(bootstrap->loop, &bootstrap->end);
	free(bootstrap->host);
	free(bootstrap);
}

const char *bootstrap_asked(const struct bootstrap *bootstrap)
{
	return bootstrap->asked;
}

const char *bootstrap_left_out(const struct bootstrap *bootstrap)
{
	return bootstrap->left_out;
}

const char *bootstrap_library_version(void)
{
	return ares_version(NULL);
}

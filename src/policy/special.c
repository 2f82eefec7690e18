/* SPDX-License-Identifier: MIT */
#include "policy/special.h"

enum special_kind {
	SPECIAL_ABSENT,	   /* it does not exist, nor does anything below */
	SPECIAL_ZONE,	   /* a zone with nothing in it but its SOA and NS */
	SPECIAL_SILENT,	   /* a zone below which every name exists and has nothing to say */
	SPECIAL_LOCALHOST, /* it and all below have the loopback addresses */
	SPECIAL_LOOPBACK,  /* a zone with a PTR to localhost. at its top */
};

struct special {
	struct bytes soa; /* rdata; the name itself stands in front, as MNAME */
	struct bytes ns;  /* rdata: the name alone */
	enum special_kind kind;
	bool routable;
	uint16_t ede_code; /* of NXDOMAIN */
	const char *text;
};

/* Seconds. RFC 6303 section 3, for the records of a locally served zone. */
#define LOCAL_TTL_S 10800

/* "@ IN SOA @ nobody.invalid. 1 3600 1200 604800 10800"               RFC 6303 section 3
 * What follows "@"; the number of seconds last is LOCAL_TTL_S. */
#define SOA_REST                                                                                   \
	"\006nobody\007invalid\0"                                                                  \
	"\0\0\0\001"                                                                               \
	"\0\0\016\020"                                                                             \
	"\0\0\004\260"                                                                             \
	"\0\011\072\200"                                                                           \
	"\0\0\052\060"

#define OCTETS(literal, count)                                                                     \
	{                                                                                          \
		.at = (const uint8_t *)(literal), .len = (count)                                   \
	}

/* name is a literal of labels, whose end is the root label. */
#define SOA(name) name "\0" SOA_REST
#define OF_NAME(name)                                                                              \
	.soa = OCTETS(SOA(name), sizeof(SOA(name)) - 1), .ns = OCTETS(SOA(name), sizeof(name))

#define NEVER(name, what, why)                                                                     \
	{                                                                                          \
		OF_NAME(name), .kind = what, .ede_code = EDE_SYNTHESIZED, .text = why              \
	}
#define UNLESS_ROUTED(name, what, code, why)                                                       \
	{                                                                                          \
		OF_NAME(name), .kind = what, .routable = true, .ede_code = code, .text = why       \
	}

/* Reverse zones; labels is what stands in front of in-addr.arpa or ip6.arpa. */
#define REVERSE4(labels, what, why)                                                                \
	UNLESS_ROUTED(labels "\007in-addr\004arpa", what, EDE_SYNTHESIZED, why)
#define REVERSE6(labels, what, why)                                                                \
	UNLESS_ROUTED(labels "\003ip6\004arpa", what, EDE_SYNTHESIZED, why)

/* What stands in the texts that clients see. */
#define PRIVATE	     "private address space, RFC 6303 section 4.1"
#define RESERVED     "reserved address space, RFC 6303 section 4.2"
#define LOOPBACK     "loopback address space, RFC 6303 section 4.2"
#define IPV6_OWN     "unspecified or loopback address, RFC 6303 section 4.3"
#define IPV6_LOCAL   "local IPv6 address space, RFC 6303 section 4.4"
#define IPV6_LINK    "link-local address space, RFC 6303 section 4.5"
#define IPV6_EXAMPLE "documentation address space, RFC 6303 section 4.6"
#define SHARED	     "shared address space, RFC 7793"

#define RFC1918(label) REVERSE4(label "\003172", SPECIAL_ZONE, PRIVATE)
#define RFC6598(label) REVERSE4(label "\003100", SPECIAL_ZONE, SHARED)

#define ZEROS_8	 "\0010\0010\0010\0010\0010\0010\0010\0010"
#define ZEROS_31 ZEROS_8 ZEROS_8 ZEROS_8 "\0010\0010\0010\0010\0010\0010\0010"

static const struct special specials[] = {
	NEVER("\011localhost", SPECIAL_LOCALHOST, "special-use name, RFC 6761 section 6.3"),
	NEVER("\007invalid", SPECIAL_ABSENT, "special-use name, RFC 6761 section 6.4"),
	NEVER("\005onion", SPECIAL_ABSENT, "name of the Tor network, RFC 7686"),
	NEVER("\003alt", SPECIAL_ABSENT, "name of another system than the DNS, RFC 9476"),
	NEVER("\010resolver\004arpa", SPECIAL_SILENT, "this resolver's own name, RFC 9462"),

	UNLESS_ROUTED("\004test", SPECIAL_ABSENT, EDE_SYNTHESIZED,
		"special-use name, RFC 6761 section 6.2; a route can give it a meaning"),
	UNLESS_ROUTED("\005local", SPECIAL_ABSENT, EDE_SYNTHESIZED,
		"name of multicast DNS, RFC 6762 section 22.1; a route can give it a meaning"),
	UNLESS_ROUTED("\004home\004arpa", SPECIAL_ZONE, EDE_SYNTHESIZED,
		"name of a home network, RFC 8375; a route can give it a meaning"),
	/* What Firefox looks for before it goes past the system's resolver. */
	UNLESS_ROUTED("\023use-application-dns\003net", SPECIAL_ABSENT, EDE_FILTERED,
		"absent, so that browsers use this resolver"),

	REVERSE4("\00210", SPECIAL_ZONE, PRIVATE),
	REVERSE4("\003168\003192", SPECIAL_ZONE, PRIVATE),
	RFC1918("\00216"),
	RFC1918("\00217"),
	RFC1918("\00218"),
	RFC1918("\00219"),
	RFC1918("\00220"),
	RFC1918("\00221"),
	RFC1918("\00222"),
	RFC1918("\00223"),
	RFC1918("\00224"),
	RFC1918("\00225"),
	RFC1918("\00226"),
	RFC1918("\00227"),
	RFC1918("\00228"),
	RFC1918("\00229"),
	RFC1918("\00230"),
	RFC1918("\00231"),

	REVERSE4("\0010", SPECIAL_ZONE, RESERVED),
	REVERSE4("\003254\003169", SPECIAL_ZONE, RESERVED),
	REVERSE4("\0012\0010\003192", SPECIAL_ZONE, RESERVED),
	REVERSE4("\003100\00251\003198", SPECIAL_ZONE, RESERVED),
	REVERSE4("\003113\0010\003203", SPECIAL_ZONE, RESERVED),
	REVERSE4("\003255\003255\003255\003255", SPECIAL_ZONE, RESERVED),

	/* Zones also between 127. and 127.0.0.1: what has something below it exists (RFC 8020). */
	REVERSE4("\003127", SPECIAL_ZONE, LOOPBACK),
	REVERSE4("\0010\003127", SPECIAL_ZONE, LOOPBACK),
	REVERSE4("\0010\0010\003127", SPECIAL_ZONE, LOOPBACK),
	REVERSE4("\0011\0010\0010\003127", SPECIAL_LOOPBACK, LOOPBACK),

	REVERSE6("\0010" ZEROS_31, SPECIAL_ZONE, IPV6_OWN),
	REVERSE6("\0011" ZEROS_31, SPECIAL_LOOPBACK, IPV6_OWN),
	REVERSE6("\001d\001f", SPECIAL_ZONE, IPV6_LOCAL),
	REVERSE6("\0018\001e\001f", SPECIAL_ZONE, IPV6_LINK),
	REVERSE6("\0019\001e\001f", SPECIAL_ZONE, IPV6_LINK),
	REVERSE6("\001a\001e\001f", SPECIAL_ZONE, IPV6_LINK),
	REVERSE6("\001b\001e\001f", SPECIAL_ZONE, IPV6_LINK),
	REVERSE6("\0018\001b\001d\0010\0011\0010\0010\0012", SPECIAL_ZONE, IPV6_EXAMPLE),

	RFC6598("\00264"),
	RFC6598("\00265"),
	RFC6598("\00266"),
	RFC6598("\00267"),
	RFC6598("\00268"),
	RFC6598("\00269"),
	RFC6598("\00270"),
	RFC6598("\00271"),
	RFC6598("\00272"),
	RFC6598("\00273"),
	RFC6598("\00274"),
	RFC6598("\00275"),
	RFC6598("\00276"),
	RFC6598("\00277"),
	RFC6598("\00278"),
	RFC6598("\00279"),
	RFC6598("\00280"),
	RFC6598("\00281"),
	RFC6598("\00282"),
	RFC6598("\00283"),
	RFC6598("\00284"),
	RFC6598("\00285"),
	RFC6598("\00286"),
	RFC6598("\00287"),
	RFC6598("\00288"),
	RFC6598("\00289"),
	RFC6598("\00290"),
	RFC6598("\00291"),
	RFC6598("\00292"),
	RFC6598("\00293"),
	RFC6598("\00294"),
	RFC6598("\00295"),
	RFC6598("\00296"),
	RFC6598("\00297"),
	RFC6598("\00298"),
	RFC6598("\00299"),
	RFC6598("\003100"),
	RFC6598("\003101"),
	RFC6598("\003102"),
	RFC6598("\003103"),
	RFC6598("\003104"),
	RFC6598("\003105"),
	RFC6598("\003106"),
	RFC6598("\003107"),
	RFC6598("\003108"),
	RFC6598("\003109"),
	RFC6598("\003110"),
	RFC6598("\003111"),
	RFC6598("\003112"),
	RFC6598("\003113"),
	RFC6598("\003114"),
	RFC6598("\003115"),
	RFC6598("\003116"),
	RFC6598("\003117"),
	RFC6598("\003118"),
	RFC6598("\003119"),
	RFC6598("\003120"),
	RFC6598("\003121"),
	RFC6598("\003122"),
	RFC6598("\003123"),
	RFC6598("\003124"),
	RFC6598("\003125"),
	RFC6598("\003126"),
	RFC6598("\003127"),
};

#define SPECIAL_COUNT (sizeof(specials) / sizeof(specials[0]))

static const struct bytes loopback_v4 = OCTETS("\177\0\0\001", 4);
static const struct bytes loopback_v6 = OCTETS("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\001", 16);
static const struct bytes localhost = OCTETS("\011localhost", 11);

size_t special_count(void)
{
	return SPECIAL_COUNT;
}

struct name special_name(size_t which)
{
	struct bytes name = specials[which].ns;
	return (struct name){ .octets = name.at, .len = (uint8_t)name.len };
}

const char *special_never_forwarded(struct name name)
{
	for (size_t i = 0; i < SPECIAL_COUNT; i++) {
		if (!specials[i].routable && name_is_within(name, special_name(i)))
			return specials[i].text;
	}
	return NULL;
}

/* NULL: none of that type. */
static const struct bytes *data_of(const struct special *special, uint16_t type, bool at_top)
{
	if (special->kind == SPECIAL_LOCALHOST) {
		if (type == TYPE_A)
			return &loopback_v4;
		return type == TYPE_AAAA ? &loopback_v6 : NULL;
	}
	if (special->kind == SPECIAL_ABSENT || !at_top)
		return NULL;
	if (type == TYPE_SOA)
		return &special->soa;
	if (type == TYPE_NS)
		return &special->ns;
	return type == TYPE_PTR && special->kind == SPECIAL_LOOPBACK ? &localhost : NULL;
}

static bool name_exists(const struct special *special, bool at_top)
{
	if (special->kind == SPECIAL_ZONE || special->kind == SPECIAL_LOOPBACK)
		return at_top;
	return special->kind != SPECIAL_ABSENT;
}

static void add(struct decision *out, struct name owner, uint16_t type, enum section section,
	const struct bytes *rdata)
{
	out->rrsets[out->rrset_count++] = (struct rrset){
		.owner = owner,
		.type = type,
		.class = CLASS_IN,
		.section = section,
		.ttl_s = LOCAL_TTL_S,
		.count = 1,
		.rdata = rdata,
	};
}

/* Is that for the zone above to say? The empty zones are delegated in public, without a DS: who
 * validates behind us needs the proof of that to believe our unsigned answers (RFC 8375 section 4
 * for home.arpa.); the question gives away nothing but the zone's well-known name. */
static bool belongs_above(const struct special *special, uint16_t type, bool at_top)
{
	return type == TYPE_DS && at_top &&
	       (special->kind == SPECIAL_ZONE || special->kind == SPECIAL_LOOPBACK);
}

void special_decide(size_t which, const struct question *question, struct decision *out)
{
	const struct special *special = &specials[which];
	struct name asked = question->name;
	bool at_top = asked.len == special->ns.len;

	if (belongs_above(special, question->type, at_top))
		return;
	out->verb = POLICY_ANSWER;
	out->authoritative = true;
	out->rcode = RCODE_NOERROR;
	const struct bytes *data = data_of(special, question->type, at_top);
	if (data) {
		add(out, asked, question->type, SECTION_ANSWER, data);
		return;
	}
	/* The SOA lets stubs remember that there is nothing (RFC 2308 section 3). */
	struct name zone = special_name(which);
	zone.octets = asked.octets + asked.len - zone.len;
	add(out, zone, TYPE_SOA, SECTION_AUTHORITY, &special->soa);
	if (!name_exists(special, at_top)) {
		out->rcode = RCODE_NXDOMAIN;
		out->ede = (struct ede){
			.present = true, .code = special->ede_code, .text = special->text
		};
	}
}

# SPDX-License-Identifier: MIT
"""The zones that the laboratory serves: what real zones hold, and what real zones rarely dare to."""

import os

LONG_TTL = 604800
LABEL_63 = "x" * 63
# Three labels of 63 and one as long as still fits: 255 octets on the wire under lab.example.
LONGEST = ".".join([LABEL_63, LABEL_63, LABEL_63, "y" * (255 - 3 * 64 - 1 - len("\x03lab\x07example\x00"))])
HOSTS = 400
ADDRESSES = 200
CHAIN = 15

UNUSUAL = {
    r"dot\.in.label": "192.0.2.71",
    r"nul\000in": "192.0.2.72",
    r"high\255octet": "192.0.2.73",
    r"with\032space": "192.0.2.74",
    r"\@at": "192.0.2.75",
    r"quote\"semi\;colon": "192.0.2.76",
    r"back\\slash": "192.0.2.77",
    r"_underscore-": "192.0.2.78",
    r"xn--bcher-kva": "192.0.2.79",
}

HEAD = """\
$ORIGIN %(name)s.
$TTL 300
@ SOA ns1.lab.example. hostmaster.lab.example. 2024010101 3600 900 604800 60
@ NS ns1.lab.example.
"""


def _text(octets):
    """TXT strings of 255 octets each, enough for that many octets of rdata."""
    whole, rest = divmod(octets, 256)
    return " ".join(['"%s"' % (chr(97 + i % 26) * 255) for i in range(whole)] + ['"%s"' % ("z" * max(rest - 1, 0))])


def _lab():
    yield "@ A 192.0.2.1\n@ AAAA 2001:db8::1\n@ MX 10 mail\n@ TXT \"v=spf1 -all\"\n@ CAA 0 issue \"ca.example\""
    yield "ns1 A 192.0.2.53\nns1 AAAA 2001:db8::53\nmail A 192.0.2.25"
    yield "www A 192.0.2.80\nwww AAAA 2001:db8::80\nMiXeD-CaSe A 192.0.2.81"
    yield "alias CNAME www\nabroad CNAME www.other.example.\nnowhere CNAME missing\nempty-alias CNAME only-text"
    yield "only-text TXT \"text\""
    yield "loop1 CNAME loop2\nloop2 CNAME loop1\nself CNAME self"
    for i in range(CHAIN):
        yield "chain%d CNAME chain%d" % (i, i + 1)
    yield "chain%d A 192.0.2.90" % CHAIN
    yield "tree DNAME other.example."
    yield "txt-1300 TXT %s\ntxt-5000 TXT %s\ntxt-20000 TXT %s" % (_text(1300), _text(5000), _text(20000))
    for i in range(ADDRESSES):
        yield "many A 198.51.100.%d" % (i + 1)
    for i in range(40):
        yield "forty A 203.0.113.%d" % (i + 1)
    yield "*.wild A 192.0.2.91\n*.wild TXT \"wild\"\nknown.wild A 192.0.2.92\nwild-alias.wild CNAME www"
    yield "deep.below.ent A 192.0.2.93"
    for owner, address in UNUSUAL.items():
        yield "%s A %s" % (owner, address)
    yield "%s A 192.0.2.94" % LONGEST
    yield "odd TYPE65280 \\# 4 c0a80001\nodd TYPE65281 \\# 0\nodd A 192.0.2.95"
    yield "svc HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.96 ipv6hint=2001:db8::96\n_dns.svc SVCB 1 www alpn=dot port=853"
    yield "_sip._udp SRV 10 5 5060 www\nnaptr NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@lab.example!\" ."
    yield "loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\nsshfp SSHFP 1 1 %s" % ("ab" * 20)
    yield "_25._tcp.mail TLSA 3 1 1 %s" % ("cd" * 32)
    yield "zero 0 A 192.0.2.97\nlong %d A 192.0.2.98\nshort 2 A 192.0.2.99" % LONG_TTL
    for i in range(HOSTS):
        yield "host%d A 10.1.%d.%d\nhost%d AAAA 2001:db8:1::%x" % (i, i // 250, i % 250 + 1, i, i + 1)
        if i % 5 == 0:
            yield "service%d CNAME host%d" % (i, i)
        if i % 7 == 0:
            yield "host%d TXT \"host %d\"\nhost%d MX 10 host%d" % (i, i, i, i + 1)


def _other():
    yield "@ A 192.0.2.101\nwww A 192.0.2.102\nback CNAME www.lab.example."
    yield "a.b A 192.0.2.103"


def _signed():
    yield "@ A 192.0.2.111\nwww A 192.0.2.112\nwww AAAA 2001:db8::112\nalias CNAME www\n*.wild A 192.0.2.113"
    for i in range(50):
        yield "host%d A 10.2.0.%d" % (i, i + 1)


def _example_com():
    yield "@ A 192.0.2.44\n@ AAAA 2001:db8::44\n@ TXT \"served by the laboratory\"\nwww CNAME example.com."


PLAIN = {"lab.example": _lab, "other.example": _other, "example.com": _example_com}
SIGNED = {"signed.example": _signed, "nsec3.example": _signed}


def write(directory):
    """Write every zone; returns {name: path}."""
    files = {}
    for name, records in {**PLAIN, **SIGNED}.items():
        files[name] = os.path.join(directory, name + ".zone")
        with open(files[name], "w", encoding="ascii") as out:
            out.write(HEAD % {"name": name})
            for line in records():
                out.write(line + "\n")
    return files

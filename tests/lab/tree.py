# SPDX-License-Identifier: MIT
"""The sound part of the signed hierarchy: which zones there are, where, signed by whom and how."""

import dns.name

from . import maker
from .maker import Key, how

WIRE_MAX = 255
LABEL_63 = "x" * 63
# Servers: a has the root and alpha, so that children there share a server with their parent.
A, B, C = "a", "b", "c"
ADDRESSES, TEXTS = 60, 12


def due(made):
    return [made.ds(key) for key in made.ksks()]


class Zone:
    """content: lines, or a function from the zone to them. edit: what is done to the signed zone (see broken.py).
    ds: function from what was made (see hierarchy.py) to the DS records that the parent gets."""

    def __init__(self, name, server, make=None, how=None, content=(), edit=None, ds=None):
        self.name, self.server, self.make, self.how, self.edit = name, server, make, how, edit
        self._content, self.ds = content, ds or due

    def lines(self):
        return self._content(self) if callable(self._content) else self._content

    def below(self, owner):
        return self.name if owner == "@" else owner + "." + self.name.lstrip(".")

    def longest(self, first="y", spare=0):
        """A name of 255 octets, or as many less."""
        owner, room = [], WIRE_MAX - spare - len(dns.name.from_text(self.name).to_wire())
        while room > 64:
            owner.append(LABEL_63)
            room -= 64
        if room == 1:  # a label takes two octets at least
            owner[-1], room = "x" * 62, 2
        owner.append(first * (room - 1))
        return ".".join(owner) + "." + self.name

    def longest_held(self):
        """The longest name that the zone has: dnssec-signzone wants room for a wildcard below it with NSEC3."""
        return self.longest(spare=2 if self.make is maker.bind and self.how.denial != "nsec" else 0)


def nothing(_):
    """The parent has no DS."""
    return []


def _text(count):
    return " ".join('"%s"' % (chr(97 + i) * 255) for i in range(count))


def leaf(partner):
    """What every well signed zone holds; partner is another zone like it."""
    def content(zone):
        yield "@ A 192.0.2.1\n@ AAAA 2001:db8::1\n@ TXT \"apex\""
        yield "www A 192.0.2.80\nwww AAAA 2001:db8::80\nMiXeD-CaSe A 192.0.2.81"
        yield "alias CNAME www\nto-mixed CNAME mixed-case\nto-nowhere CNAME missing\nto-nodata CNAME text"
        yield "to-secure CNAME www.%s\nto-gone CNAME missing.%s" % (partner, partner)
        yield "to-insecure CNAME www.open.alpha.\nto-bogus CNAME www.expired.alpha."
        yield "to-wild CNAME any.wild.%s" % partner
        yield "around CNAME to-secure.%s" % partner
        yield "tree DNAME %s\nto-tree CNAME www.tree\nfar DNAME open.alpha." % partner
        yield "*.wild A 192.0.2.91\n*.wild TXT \"wild\"\nknown.wild A 192.0.2.92\n*.wildlink CNAME www"
        yield "deep.below.ent A 192.0.2.93\ntext TXT \"text\""
        for number in range(ADDRESSES):
            yield "many A 198.51.100.%d" % (number + 1)
        yield "large TXT %s" % _text(TEXTS)
        yield "mail MX 10 MaIl.%s\nsrv SRV 1 2 3 WWW.%s" % (zone.name.upper(), zone.name)
        yield "odd TYPE65280 \\# 4 c0a80001\nodd A 192.0.2.95"
        yield r"strange\.dot A 192.0.2.96" + "\n" + r"nul\000 A 192.0.2.97" + "\n" + r"high\255 A 192.0.2.98"
        yield "%s A 192.0.2.94" % zone.longest_held()
    return content


def plain(zone):
    """An unsigned zone."""
    yield "@ A 192.0.2.2\nwww A 192.0.2.82\nalias CNAME www\nto-secure CNAME www.p256.alpha.\n*.wild A 192.0.2.92"
    yield "to-bogus CNAME www.expired.alpha."


def small(zone):
    """Enough to see whether the zone validates."""
    yield "@ A 192.0.2.3\nwww A 192.0.2.83\nwww TXT \"small\"\n*.wild A 192.0.2.93\nalias CNAME www\nother A 192.0.2.84"
    yield "a.b.ent A 192.0.2.85"


# name, server, maker, algorithm, denial. On a: together with the parent alpha.
LEAVES = [
    ("rsa8.alpha.", A, maker.knot, 8, "nsec"), ("rsa10.alpha.", C, maker.bind, 10, "nsec3"),
    ("p256.alpha.", A, maker.ldns, 13, "nsec"), ("p384.alpha.", C, maker.bind, 14, "nsec"),
    ("ed25519.alpha.", A, maker.knot, 15, "nsec3"), ("ed448.alpha.", C, maker.bind, 16, "nsec3"),
    ("rsa5.alpha.", A, maker.bind, 5, "nsec"), ("rsa7.alpha.", C, maker.ldns, 7, "nsec3"),
    ("rsa8.beta.", B, maker.ldns, 8, "nsec3"), ("rsa10.beta.", C, maker.knot, 10, "nsec"),
    ("p256.beta.", B, maker.knot, 13, "nsec3"), ("p384.beta.", C, maker.ldns, 14, "nsec3"),
    ("ed25519.beta.", B, maker.bind, 15, "nsec"), ("ed448.beta.", C, maker.knot, 16, "nsec"),
    ("optout-bind.gamma.", B, maker.bind, 13, "optout"), ("optout-ldns.gamma.", C, maker.ldns, 13, "optout"),
    ("optout-knot.gamma.", C, maker.knot, 8, "optout"),
]


def _leaves():
    names = [name for name, *_ in LEAVES]
    for number, (name, server, make, algorithm, denial) in enumerate(LEAVES):
        partner = names[(number + 1) % len(names)]
        yield Zone(name, server, make, how(algorithm, denial), leaf(partner))
        yield Zone("sub." + name, server, content=plain)


def _tops():
    yield Zone(".", A, maker.bind, how(8))
    yield Zone("alpha.", A, maker.knot, how(13))
    yield Zone("beta.", B, maker.bind, how(8, "nsec3", salt="abcd"))
    yield Zone("gamma.", B, maker.bind, how(13, "optout"))
    yield Zone("plain.", C, content=plain)


def _islands():
    """Signed, but nobody above says so; the first two have trust anchors of their own."""
    yield Zone("island.plain.", C, maker.ldns, how(13), small, ds=nothing)
    yield Zone("isle.open.alpha.", C, maker.bind, how(8, "nsec3"), small, ds=nothing)
    yield Zone("forgotten.plain.", C, maker.knot, how(13), small, ds=nothing)
    yield Zone("with-ds.plain.", C, maker.knot, how(13), small)
    yield Zone("island.p256.beta.", B, maker.knot, how(13), small, ds=nothing)
    yield Zone("deep.island.plain.", C, maker.knot, how(15), small)


def _unsigned():
    """Under each kind of proof that there is no DS."""
    for top in ("alpha.", "beta.", "gamma."):
        yield Zone("open." + top, C, content=plain)


KSK8, ZSK8 = Key("ksk", 8, True), Key("zsk", 8, True)
KSK13, ZSK13 = Key("ksk", 13, True), Key("zsk", 13, True)


def _silent(key):
    return key._replace(signs=False)


def keys_as_if(*keys):
    """The DNSKEY RRset, with its signatures, as if the zone had only those keys."""
    def edit(made):
        other = made.again(keys=keys)
        for kind, covers in (("DNSKEY", "NONE"), ("RRSIG", "DNSKEY")):
            made.zone.replace_rdataset(made.apex, other.get_rdataset(made.apex, kind, covers))
    return edit


def _ds_of(*numbers):
    """DS for those of the keys that BIND generated."""
    return lambda made: [made.ds(made.key(number)) for number in numbers]


def _digests(*digests):
    return lambda made: [made.ds(key, digest) for key in made.ksks() for digest in digests]


def _wrong(ds):
    return ds.replace(digest=bytes(255 - octet for octet in ds.digest))


def _sha1_wrong(made):
    return [made.ds(made.ksks()[0]), _wrong(made.ds(made.ksks()[0], "SHA1"))]


def _unknown_beside(made):
    """A digest type and an algorithm that nobody knows, beside a DS that fits."""
    ds = made.ds(made.ksks()[0])
    return [ds, ds.replace(digest_type=200), ds.replace(algorithm=200)]


def rollovers():
    """RFC 6781 section 4.1, every state in which a zone may be found."""
    def roll(name, keys, ds=None, edit=None):
        return Zone(name + ".beta.", C, maker.bind, how(keys=keys), small, edit=edit, ds=ds)

    yield roll("zsk-double", (KSK13, ZSK13, ZSK13))
    yield roll("zsk-published", (KSK13, ZSK13, _silent(ZSK13)))
    yield roll("ksk-double", (KSK13, KSK13, ZSK13), _ds_of(0))
    yield roll("ksk-double-moved", (KSK13, KSK13, ZSK13), _ds_of(1))
    yield roll("ksk-waiting", (KSK13, _silent(KSK13), ZSK13), _ds_of(0))
    yield roll("ds-double", (KSK13, KSK13, ZSK13), _ds_of(0, 1), keys_as_if(KSK13, None, ZSK13))
    yield roll("ds-double-moved", (KSK13, KSK13, ZSK13), _ds_of(0, 1), keys_as_if(None, KSK13, ZSK13))
    four = (KSK8, ZSK8, KSK13, ZSK13)
    yield roll("alg-signatures", four, _ds_of(0), keys_as_if(KSK8, ZSK8, None, None))
    yield roll("alg-keys", four, _ds_of(0))
    yield roll("alg-ds-both", four, _ds_of(0, 2))
    yield roll("alg-ds-new", four, _ds_of(2))
    yield roll("alg-one-signs", (KSK8, _silent(ZSK8), KSK13, ZSK13), _ds_of(0, 2))
    yield roll("ksk-as-csk", (Key("ksk", 13, True),))
    yield roll("ds-sha1", (KSK13, ZSK13), _digests("SHA1"))
    yield roll("ds-sha384", (KSK13, ZSK13), _digests("SHA384"))
    yield roll("ds-sha1-wrong", (KSK13, ZSK13), _sha1_wrong)
    yield roll("ds-unknown-beside", (KSK13, ZSK13), _unknown_beside)


def sound():
    return [*_tops(), *_leaves(), *_islands(), *_unsigned(), *rollovers()]

# SPDX-License-Identifier: MIT
"""Zones made to cost their validators dear: KeyTrap (CVE-2023-50387) in its forms, with keys whose tags collide and
signatures that do not fit; and NSEC3 closest encloser proofs of deep names (CVE-2023-50868)."""

import random

import dns.dnssec
import dns.name
import dns.rdataset
import dns.rdtypes.ANY.DNSKEY
import dns.rrset

from . import maker
from .maker import Key, how
from .tree import C, Zone, due

KSK13, ZSK13 = Key("ksk", 13, True), Key("zsk", 13, True)
ZONE, PROTOCOL, RSA = 256, 3, 8
EXPONENT_LEN = 7  # so that the modulus ends at an even octet, which tags are calculated by
KEYS = 28  # validators look at some tens of them
SIGNATURES, DIGESTS, RUNGS, LINKS = 100, 300, 6, 10
SEED = 20240101
LABELS = 100
OWNER = "*.deep"  # each name below is a question of its own


def _key(rng, tag, bits):
    """An RSA key with that tag and a large exponent; nobody has its private half."""
    exponent = rng.randbytes(EXPONENT_LEN - 1)
    modulus = bytearray(b"\xff" + rng.randbytes(bits // 8 - 2) + b"\x01")
    head = bytes([EXPONENT_LEN, 0x41]) + exponent
    while True:
        modulus[-4:-2] = rng.randbytes(2)
        key = dns.rdtypes.ANY.DNSKEY.DNSKEY("IN", "DNSKEY", ZONE, PROTOCOL, RSA, head + bytes(modulus[:-2]) + b"\0\0")
        missing = (tag - dns.dnssec.key_id(key)) % 0xffff
        if missing & 1:
            made = key.replace(key=head + bytes(modulus[:-2]) + missing.to_bytes(2, "big"))
            if dns.dnssec.key_id(made) == tag:
                return made


def _rrsig(rng, like, **changes):
    return like.replace(signature=rng.randbytes(len(like.signature)), **changes)


def _resign_keys(made, keys):
    """The DNSKEY RRset with those beside its own, signed by the KSK."""
    old = made.zone.find_rdataset(made.apex, "DNSKEY")
    rdataset = dns.rdataset.from_rdata_list(old.ttl, [*old, *keys])
    made.zone.replace_rdataset(made.apex, rdataset)
    rrset = dns.rrset.from_rdata_list(made.apex, old.ttl, list(rdataset))
    made.zone.replace_rdataset(made.apex, dns.rdataset.from_rdata(old.ttl, made.signature(rrset, 0)))


def _put_signatures(made, owner, kind, signatures):
    made.zone.replace_rdataset(owner, dns.rdataset.from_rdata_list(300, signatures))


def _colliding(bits, keys, signatures):
    """Keys with one tag, and signatures under it: each has to be tried with each."""
    def edit(made):
        rng = random.Random(SEED)
        owner = dns.name.from_text(OWNER, made.apex)
        good = made.zone.find_rdataset(owner, "RRSIG", "A")[0]
        tag = rng.randrange(1, 0xffff)
        _resign_keys(made, [_key(rng, tag, bits) for _ in range(keys)])
        size = bits // 8
        _put_signatures(made, owner, "A", [
            good.replace(algorithm=RSA, key_tag=tag, signature=b"\x41" + rng.randbytes(size - 1))
            for _ in range(signatures)])
    return edit


def _many_signatures(made):
    """One key, and signatures of its own algorithm that do not fit."""
    rng, owner = random.Random(SEED), dns.name.from_text(OWNER, made.apex)
    good = made.zone.find_rdataset(owner, "RRSIG", "A")[0]
    _put_signatures(made, owner, "A", [_rrsig(rng, good) for _ in range(SIGNATURES)])


def _many_over_keys(made):
    """The same over the DNSKEY RRset."""
    rng = random.Random(SEED)
    good = made.zone.find_rdataset(made.apex, "RRSIG", "DNSKEY")[0]
    _put_signatures(made, made.apex, "DNSKEY", [_rrsig(rng, good) for _ in range(SIGNATURES)])


def _over_each(made):
    """A few over every RRset of a chain of CNAMEs, each with one that fits at the end."""
    rng = random.Random(SEED)
    for owner in list(made.zone.nodes):
        for kind in ("CNAME", "A"):
            found = made.zone.get_rdataset(owner, "RRSIG", kind)
            if found:
                _put_signatures(made, owner, kind, [*[_rrsig(rng, found[0]) for _ in range(7)], found[0]])


def _many_ds(made):
    """DS with the tag of many keys, and with none of their digests."""
    rng, like = random.Random(SEED), due(made)[0]
    return [like.replace(key_tag=made.trap_tag, algorithm=RSA, digest=rng.randbytes(32)) for _ in range(DIGESTS)]


def _keys_for_ds(made):
    rng = random.Random(SEED)
    made.trap_tag = rng.randrange(1, 0xffff)
    _resign_keys(made, [_key(rng, made.trap_tag, 1024) for _ in range(KEYS)])


def _content(_):
    yield OWNER + " A 192.0.2.66\nchain0 A 192.0.2.67"
    for number in range(1, LINKS):
        yield "chain%d CNAME chain%d" % (number, number - 1)
    yield "*.chain CNAME chain%d" % (LINKS - 1)


def _ladder(algorithm):
    """Zones in each other, all sound, the innermost with CNAMEs through those around it: a proof of many steps."""
    name = "ladder.alpha."
    for rung in range(RUNGS):
        inner = "z%d.%s" % (rung, name)
        target = "x.deep." + inner if rung < RUNGS - 1 else "end"
        yield Zone(name, C, maker.bind, how(algorithm, keys=(Key("ksk", algorithm, True),)),
                   ["*.deep CNAME " + target, "end A 192.0.2.68"])
        name = inner


def names(number):
    """Questions, a new set for each number."""
    for zone in zones():
        if zone.name.startswith("chain"):
            yield "n%d.chain.%s" % (number, zone.name)
        elif zone.name.startswith("encloser"):
            yield "n%d.%s%s" % (number, "a." * LABELS, zone.name)
        elif "ladder" not in zone.name:
            yield "n%d.deep.%s" % (number, zone.name)


def ladder(number):
    """The longest way that a validator goes: a name from which all CNAMEs that it follows lead further in."""
    start = max(0, RUNGS - LINKS)
    return "n%d.deep.%sladder.alpha." % (number, "".join("z%d." % rung for rung in reversed(range(start))))


def zones():
    def trap(name, edit, ds=None, algorithm=13, keys=(KSK13, ZSK13)):
        return Zone(name + ".alpha.", C, maker.bind, how(algorithm, keys=keys), _content, edit=edit, ds=ds)

    yield trap("keytrap-1024", _colliding(1024, KEYS, 3 * SIGNATURES))
    yield trap("keytrap-4096", _colliding(4096, KEYS, SIGNATURES))
    for algorithm in (8, 13, 14, 16):
        own = (Key("ksk", algorithm, True), Key("zsk", algorithm, True))
        yield trap("signatures-%d" % algorithm, _many_signatures, keys=own)
        yield trap("key-signatures-%d" % algorithm, _many_over_keys, keys=own)
        yield trap("chain-%d" % algorithm, _over_each, keys=own)
    yield trap("digests", _keys_for_ds, _many_ds)
    yield from _ladder(14)
    for salt in ("-", "ab" * 255):
        yield Zone("encloser-%d.alpha." % (len(salt) // 2), C, maker.bind, how(13, "nsec3", 50, salt), _content)

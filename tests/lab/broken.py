# SPDX-License-Identifier: MIT
"""The part of the signed hierarchy that somebody broke: each zone is signed properly and then spoilt in one way."""

import dns.name
import dns.rdataset

from . import maker, tree
from .maker import Key, how
from .tree import C, Zone, small

KSK, ZSK = Key("ksk", 13, True), Key("zsk", 13, True)
HOUR = 1 / 24


def _remove(zone, owner, kind):
    """An RRset and its signatures."""
    zone.delete_rdataset(owner, kind)
    zone.delete_rdataset(owner, "RRSIG", kind)


def _change_signatures(made, owner, kind, change):
    """change: function from one RRSIG to what stands in its place."""
    signatures = made.zone.find_rdataset(owner, "RRSIG", kind)
    made.zone.replace_rdataset(owner, dns.rdataset.from_rdata_list(signatures.ttl,
                                                                   [change(one) for one in signatures]))


def _flipped(signature):
    octets = signature.signature
    return signature.replace(signature=octets[:-1] + bytes([octets[-1] ^ 1]))


def _at(made, owner):
    return dns.name.from_text(owner, made.apex)


def wrong_key(made):
    """The key that signed is not in the DNSKEY RRset, another one is."""
    tree.keys_as_if(KSK, None, ZSK)(made)


def no_keys(made):
    _remove(made.zone, made.apex, "DNSKEY")


def unsigned_keys(made):
    made.zone.delete_rdataset(made.apex, "RRSIG", "DNSKEY")


def expired_keys(made):
    old = made.again(since=-30, until=-10)
    made.zone.replace_rdataset(made.apex, old.find_rdataset(made.apex, "RRSIG", "DNSKEY"))


def altered(made):
    www = _at(made, "www")
    made.zone.replace_rdataset(www, dns.rdataset.from_text("IN", "A", 300, "203.0.113.66"))


def no_signature(made):
    made.zone.delete_rdataset(_at(made, "www"), "RRSIG", "A")


def flipped(made):
    _change_signatures(made, _at(made, "www"), "A", _flipped)


def swapped(made):
    """The signature of one name under another's RRset."""
    www, other = _at(made, "www"), _at(made, "other")
    first, second = (made.zone.find_rdataset(owner, "RRSIG", "A") for owner in (www, other))
    made.zone.replace_rdataset(www, second)
    made.zone.replace_rdataset(other, first)


def replayed(made):
    """What the name had some time ago, with the signature of then; all else is of today."""
    www = _at(made, "www")
    text = "\n".join(["$ORIGIN " + made.spec.name, "$TTL 300", "@ SOA ns host 1 2 3 4 60", "@ NS ns",
                      "ns A 192.0.2.1", "www A 203.0.113.77", ""])
    old = made.again(text=text, since=-30, until=-5)
    made.zone.replace_rdataset(www, old.find_rdataset(www, "A"))
    made.zone.replace_rdataset(www, old.find_rdataset(www, "RRSIG", "A"))


def wildcard_claimed(made):
    """A name that the zone has answers with the wildcard's data and signature."""
    known, wild = _at(made, "known.wild"), _at(made, "*.wild")
    for kind, covers in (("A", "NONE"), ("RRSIG", "A")):
        made.zone.replace_rdataset(known, made.zone.find_rdataset(wild, kind, covers))


def name_gone(made):
    """A name is taken out, the NSEC in front of it still leads to it."""
    made.zone.delete_node(_at(made, "www"))


def type_gone(made):
    """A type is taken out, the bitmap of the name's NSEC still has it."""
    _remove(made.zone, _at(made, "www"), "A")


def no_denial(made):
    for owner in list(made.zone.nodes):
        _remove(made.zone, owner, "NSEC")


def no_ds_denial(made):
    """The NSEC that proves a delegation unsigned."""
    _remove(made.zone, _at(made, "kid"), "NSEC")


def altered_ds(made):
    kid = _at(made, "kid")
    ds = made.zone.find_rdataset(kid, "DS")
    made.zone.replace_rdataset(kid, dns.rdataset.from_rdata_list(
        ds.ttl, [one.replace(digest=bytes(255 - octet for octet in one.digest)) for one in ds]))


def other_signer(made):
    """A signature in the name of the parent."""
    _change_signatures(made, _at(made, "www"), "A", lambda one: one.replace(signer=made.apex.parent()))


def more_labels(made):
    _change_signatures(made, _at(made, "www"), "A", lambda one: one.replace(labels=one.labels + 1))


def junk_beside(made):
    """Signatures that do not count, beside one that does: of an unknown algorithm, by no key, expired, flipped."""
    www = _at(made, "www")
    good = made.zone.find_rdataset(www, "RRSIG", "A")
    one = good[0]
    old = made.again(since=-30, until=-10).find_rdataset(www, "RRSIG", "A")[0]
    junk = [one.replace(algorithm=200), one.replace(key_tag=(one.key_tag + 1) % 65536), old, _flipped(one), one]
    made.zone.replace_rdataset(www, dns.rdataset.from_rdata_list(good.ttl, junk))


def _other_ds(made):
    """Of a key that the zone does not have."""
    return [made.ds(made.ksks()[0].replace(key=made.ksks()[0].key[::-1]))]


def _ds_with(**changes):
    return lambda made: [made.ds(key).replace(**changes) for key in made.ksks()]


def _with_known(zone):
    yield from small(zone)
    yield "known.wild A 192.0.2.86"


def _long_held(zone):
    yield from small(zone)
    yield "day 86400 A 192.0.2.87"


def zones():
    def spoilt(name, edit=None, ds=None, keys=(KSK, ZSK), content=small, **times):
        return Zone(name + ".alpha.", C, maker.bind, how(keys=keys, **times), content, edit=edit, ds=ds)

    yield spoilt("expired", since=-30, until=-10)
    yield spoilt("just-expired", since=-30, until=-HOUR / 2)
    yield spoilt("short-lived", until=HOUR, content=_long_held)
    yield spoilt("future", since=5)
    yield spoilt("wrong-key", wrong_key, keys=(KSK, ZSK, ZSK._replace(signs=False)))
    yield spoilt("no-keys", no_keys)
    yield spoilt("unsigned-keys", unsigned_keys)
    yield spoilt("expired-keys", expired_keys)
    yield spoilt("other-ds", ds=_other_ds)
    yield spoilt("no-ds", ds=tree.nothing)
    yield spoilt("unknown-digest", ds=_ds_with(digest_type=200))
    yield spoilt("unknown-algorithm", ds=_ds_with(algorithm=200))
    for name, edit in (("altered", altered), ("no-signature", no_signature), ("flipped", flipped),
                       ("swapped", swapped), ("replayed", replayed), ("name-gone", name_gone),
                       ("type-gone", type_gone), ("no-denial", no_denial), ("other-signer", other_signer),
                       ("more-labels", more_labels), ("junk-beside", junk_beside)):
        yield spoilt(name, edit)
    yield spoilt("wildcard-claimed", wildcard_claimed, content=_with_known)
    yield spoilt("no-ds-denial", no_ds_denial)
    yield Zone("kid.no-ds-denial.alpha.", C, content=small)
    yield spoilt("altered-ds", altered_ds)
    yield Zone("kid.altered-ds.alpha.", C, maker.bind, how(), small)
    for iterations in (50, 51, 151, 500, 501, 2500):
        yield Zone("it%d.alpha." % iterations, C, maker.knot, how(denial="nsec3", iterations=iterations), small)
    # Below them a signed zone and an unsigned one.
    for iterations in (51, 2500):
        yield Zone("signed.it%d.alpha." % iterations, C, maker.knot, how(), small)
        yield Zone("unsigned.it%d.alpha." % iterations, C, content=small)

# SPDX-License-Identifier: MIT
"""What is asked of the signed hierarchy, and what is true of each answer."""

import collections

from . import tree
from .reference import BOGUS, INSECURE, SECURE

Case = collections.namedtuple("Case", "name kind verdict")

MISSING_LABELS = "a.b.c.missing"

# Of every leaf zone: owner, type, verdict.
LEAF = [
    ("@", "A", SECURE), ("@", "SOA", SECURE), ("@", "NS", SECURE), ("@", "DNSKEY", SECURE), ("@", "DS", SECURE),
    ("@", "MX", SECURE), ("www", "A", SECURE), ("WwW", "AAAA", SECURE), ("www", "TXT", SECURE), ("www", "DS", SECURE),
    ("MIXED-case", "A", SECURE), ("alias", "A", SECURE), ("alias", "CNAME", SECURE), ("to-mixed", "A", SECURE),
    ("to-nodata", "A", SECURE), ("to-secure", "A", SECURE), ("around", "A", SECURE), 
    ("to-insecure", "A", INSECURE), ("to-bogus", "A", BOGUS), ("tree", "DNAME", SECURE), ("www.tree", "A", SECURE),
    ("to-tree", "A", SECURE), ("www.far", "A", INSECURE), ("known.wild", "A", SECURE), ("known.wild", "TXT", SECURE),
    ("*.wild", "A", SECURE),
    ("ent", "A", SECURE), ("below.ent", "TXT", SECURE), ("many", "A", SECURE),
    ("large", "TXT", SECURE), ("mail", "MX", SECURE), ("srv", "SRV", SECURE), ("odd", "TYPE65280", SECURE),
    (r"strange\.dot", "A", SECURE), (r"nul\000", "A", SECURE), (r"high\255", "A", SECURE),
    ("sub", "NS", INSECURE), ("sub", "A", INSECURE), ("www.sub", "A", INSECURE), ("missing.sub", "A", INSECURE),
    ("www.sub", "DS", INSECURE),
]
# That there is nothing, or nothing closer than a wildcard, is proven in a zone without opt-out only.
LEAF_ABSENT = [("missing", "A"), (MISSING_LABELS, "A"), ("missing", "DS"), ("to-nowhere", "A"), ("x.wild", "A"),
               ("x.y.wild", "TXT"), ("x.wild", "MX"), ("x.wildlink", "A")]
PARTNER_ABSENT = [("to-gone", "A"), ("missing.tree", "A"), ("to-wild", "A")]
# With opt-out, knot and BIND leave unsigned delegations out of the chain, ldns does not.
NO_DS_PROVEN = "optout-ldns.gamma."


def _leaves(hierarchy, only):
    denials = {name: denial for name, _, _, _, denial in tree.LEAVES}
    names = list(denials)
    for number, name in enumerate(names):
        if only and name not in only:
            continue
        zone, partner = hierarchy.zones[name], names[(number + 1) % len(names)]
        absent, gone = (INSECURE if denials[which] == "optout" else SECURE for which in (name, partner))
        for owner, kind, verdict in LEAF:
            yield Case(zone.below(owner), kind, verdict)
        for owner, kind in LEAF_ABSENT:
            yield Case(zone.below(owner), kind, absent)
        for owner, kind in PARTNER_ABSENT:
            yield Case(zone.below(owner), kind, gone)
        yield Case(zone.below("sub"), "DS", SECURE if name == NO_DS_PROVEN else absent)
        yield Case(zone.longest_held(), "A", SECURE)
        yield Case(zone.longest("n"), "A", absent)


TOPS = [
    (".", "SOA", SECURE), (".", "NS", SECURE), (".", "DNSKEY", SECURE), (".", "A", SECURE), (".", "DS", SECURE),
    ("missing.", "A", SECURE), ("a.b.missing.", "A", SECURE), ("missing.", "DS", SECURE),
    ("rootserver.", "A", SECURE), ("ns.rootserver.", "A", SECURE),
    ("alpha.", "SOA", SECURE), ("alpha.", "DS", SECURE), ("alpha.", "DNSKEY", SECURE), ("missing.alpha.", "A", SECURE),
    ("beta.", "SOA", SECURE), ("beta.", "DS", SECURE), ("beta.", "DNSKEY", SECURE), ("missing.beta.", "A", SECURE),
    ("gamma.", "SOA", SECURE), ("gamma.", "DS", SECURE), ("gamma.", "DNSKEY", SECURE),
    ("missing.gamma.", "A", INSECURE), ("ALPHA.", "NS", SECURE),
    ("plain.", "SOA", INSECURE), ("plain.", "DS", SECURE), ("www.plain.", "A", INSECURE),
    ("missing.plain.", "A", INSECURE), ("to-secure.plain.", "A", INSECURE), ("to-bogus.plain.", "A", BOGUS),
    ("x.wild.plain.", "A", INSECURE), ("www.plain.", "DS", INSECURE),
    ("www.open.alpha.", "A", INSECURE), ("open.alpha.", "DS", SECURE), ("missing.open.alpha.", "A", INSECURE),
    ("www.open.beta.", "A", INSECURE), ("open.beta.", "DS", SECURE), ("to-secure.open.beta.", "A", INSECURE),
    ("www.open.gamma.", "A", INSECURE), ("open.gamma.", "DS", INSECURE), ("open.gamma.", "TXT", INSECURE),
    # As deep as names of IPv6 addresses, and as deep as names can be.
    ("a." * 32 + "p256.alpha.", "PTR", SECURE), ("a." * 110 + "p256.alpha.", "A", SECURE),
    ("a." * 32 + "rsa8.beta.", "PTR", SECURE), ("a." * 110 + "rsa8.beta.", "A", SECURE),
    ("a." * 110 + "open.alpha.", "A", INSECURE),
]

# With the islands' anchors.
ISLAND = [
    ("www.island.plain.", "A", SECURE), ("missing.island.plain.", "A", SECURE), ("x.wild.island.plain.", "A", SECURE),
    ("island.plain.", "DS", INSECURE), ("www.deep.island.plain.", "A", SECURE), ("deep.island.plain.", "DS", SECURE),
    ("island.plain.", "DNSKEY", SECURE), ("www.isle.open.alpha.", "A", SECURE),
    ("missing.isle.open.alpha.", "A", SECURE), ("isle.open.alpha.", "DS", INSECURE),
    ("www.forgotten.plain.", "A", INSECURE), ("missing.forgotten.plain.", "A", INSECURE),
    ("www.with-ds.plain.", "A", INSECURE), ("with-ds.plain.", "DS", INSECURE),
    ("www.island.p256.beta.", "A", INSECURE), ("island.p256.beta.", "DS", SECURE),
    ("island.p256.beta.", "DNSKEY", INSECURE),
]

SMALL = ["www", "missing", "x.wild", "alias", "b.ent"]


def _rollovers():
    for zone in tree.rollovers():
        for owner in SMALL:
            yield Case(zone.below(owner), "A", SECURE)
        yield Case(zone.name, "DNSKEY", SECURE)


# Zone, verdict of www A, of www TXT, of a missing name.
BROKEN = [
    ("expired", BOGUS, BOGUS, BOGUS), ("just-expired", SECURE, SECURE, SECURE), ("future", BOGUS, BOGUS, BOGUS),
    ("wrong-key", BOGUS, BOGUS, BOGUS), ("no-keys", BOGUS, BOGUS, BOGUS), ("unsigned-keys", BOGUS, BOGUS, BOGUS),
    ("expired-keys", BOGUS, BOGUS, BOGUS), ("other-ds", BOGUS, BOGUS, BOGUS),
    ("no-ds", INSECURE, INSECURE, INSECURE), ("unknown-digest", INSECURE, INSECURE, INSECURE),
    ("unknown-algorithm", INSECURE, INSECURE, INSECURE),
    ("altered", BOGUS, SECURE, SECURE), ("no-signature", BOGUS, SECURE, SECURE), ("flipped", BOGUS, SECURE, SECURE),
    ("swapped", BOGUS, SECURE, SECURE), ("replayed", BOGUS, SECURE, SECURE), ("name-gone", BOGUS, BOGUS, SECURE),
    ("type-gone", BOGUS, SECURE, SECURE), ("no-denial", SECURE, SECURE, BOGUS),
    ("other-signer", BOGUS, SECURE, SECURE), ("more-labels", BOGUS, SECURE, SECURE),
    ("junk-beside", SECURE, SECURE, SECURE),
    ("short-lived", SECURE, SECURE, SECURE),
    ("it50", SECURE, SECURE, SECURE), ("it51", SECURE, SECURE, INSECURE), ("it151", SECURE, SECURE, INSECURE),
    ("it500", SECURE, SECURE, INSECURE), ("it501", SECURE, SECURE, BOGUS), ("it2500", SECURE, SECURE, BOGUS),
]
BROKEN_MORE = [
    ("alias.altered.alpha.", "A", BOGUS), ("alias.altered.alpha.", "CNAME", SECURE),
    ("other.swapped.alpha.", "A", BOGUS), ("other.altered.alpha.", "A", SECURE),
    ("known.wild.wildcard-claimed.alpha.", "A", BOGUS), ("x.wild.wildcard-claimed.alpha.", "A", SECURE),
    ("x.wild.no-denial.alpha.", "A", BOGUS), ("www.no-denial.alpha.", "MX", BOGUS),
    ("www.kid.no-ds-denial.alpha.", "A", BOGUS), ("www.no-ds-denial.alpha.", "A", SECURE),
    ("www.kid.altered-ds.alpha.", "A", BOGUS), ("kid.altered-ds.alpha.", "DS", BOGUS),
    ("www.it51.alpha.", "MX", INSECURE), ("x.wild.it51.alpha.", "A", INSECURE),
    ("www.it2500.alpha.", "MX", BOGUS), ("x.wild.it2500.alpha.", "A", BOGUS),
    ("www.signed.it51.alpha.", "A", SECURE), ("www.unsigned.it51.alpha.", "A", INSECURE),
    ("www.signed.it2500.alpha.", "A", SECURE), ("www.unsigned.it2500.alpha.", "A", BOGUS),
    ("alias.expired.alpha.", "A", BOGUS), ("expired.alpha.", "DS", SECURE), ("expired.alpha.", "DNSKEY", BOGUS),
    ("missing.expired.alpha.", "DS", BOGUS), ("no-ds.alpha.", "DS", SECURE),
]


def _broken():
    for zone, positive, nodata, nxdomain in BROKEN:
        yield Case("www.%s.alpha." % zone, "A", positive)
        yield Case("www.%s.alpha." % zone, "TXT", nodata)
        yield Case("missing.%s.alpha." % zone, "A", nxdomain)


def cases(hierarchy, leaves=()):
    """All of them, or of the leaf zones only those."""
    return [*(Case(*one) for one in TOPS), *_leaves(hierarchy, leaves), *(Case(*one) for one in ISLAND),
            *_rollovers(), *_broken(), *(Case(*one) for one in BROKEN_MORE)]

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V1, V4, V10, C9: questions at random about the signed hierarchy, many in a row to the same daemon, so that what it
keeps of one answer bears on the next; verdict, status and data as unbound has them."""

import random

from lab import client, tap
from lab.reference import UnboundValidator, verdict
from lab.signed import SignedCase

SEED, COUNT, OTHERS = 20240101, 1500, 300
OWNERS = [
    "@", "www", "alias", "*.wild", "x.wild", "y.z.wild", "known.wild", "a.known.wild", "wild", "ent", "below.ent",
    "deep.below.ent", "x.deep.below.ent", "text", "to-nowhere", "to-secure", "to-gone", "tree", "x.tree", "a.b.tree",
    "sub", "x.sub", "www.sub", "ns.sub", "many", "mail", "odd", "missing", "zzz", "aaa", "www.www", r"\000", "-",
    "x.wildlink", "wildlink", "*", "*.x", "*.missing", "far", "x.far", "ns", "other", "a.b.ent", "b.ent", r"high\255",
    "www.mixed-case",
]
TYPES = ["A", "AAAA", "TXT", "MX", "DS", "NS", "SOA", "DNSKEY", "CNAME", "DNAME", "NSEC3PARAM", "SRV", "PTR",
         "TYPE65280"]
# Left out, as unbound has limits of its own: zones with more iterations than we take; CNAME and DNAME asked for below a
# DNAME, where it looks for a DS; wildcards below wildcards, where it forgets the proof.
COSTLY = ("it51.", "it501.", "it2500.")
BELOW_DNAME, THERE = (".tree", ".far"), ("CNAME", "DNAME")


def status(reply):
    """What must be equal: of SERVFAIL no more than that."""
    found = verdict(reply)
    if found == "bogus":
        return found, None, None
    return found, reply.rcode(), sorted((rrset.name.to_text().lower(), int(rrset.rdtype), int(rrset.covers), len(rrset))
                                        for rrset in reply.answer)


class RandomTest(SignedCase):
    def questions(self):
        rng = random.Random(SEED)
        zones = [zone for zone in self.lab.hierarchy.zones.values() if not any(name in zone.name for name in COSTLY)]
        for _ in range(COUNT):
            zone, owner, kind = rng.choice(zones), rng.choice(OWNERS), rng.choice(TYPES)
            if rng.random() < 0.3 and owner != "@":
                owner = "r%d.%s" % (rng.randrange(OTHERS), owner)
            elif rng.random() < 0.2:
                owner = "r%d" % rng.randrange(OTHERS)
            if not (owner.endswith(BELOW_DNAME) and kind in THERE):
                yield zone.below(owner), kind

    def compare(self, upstream):
        islands = self.lab.hierarchy.ISLANDS
        other = UnboundValidator(self.lab.path(self.id()), upstream, self.lab.ca.file,
                                 self.lab.hierarchy.anchors(*islands))
        self.addCleanup(other.stop)
        one = self.validating(self.lab.upstream(upstream), anchors=islands, log={"level": "info"})
        wrong = []
        with client.Tcp(one.port) as ours, client.Tcp(other.port) as theirs:
            for name, kind in self.questions():
                query = client.query(name, kind, do=True)
                said, expected = status(ours.ask(query)), status(theirs.ask(query))
                if said != expected:
                    wrong.append("%s %s: %s, not %s" % (name, kind, said, expected))
        self.assertEqual([], wrong[:20], "%d wrong, seed %d" % (len(wrong), SEED))

    def test_through_unbound(self):
        """What was learnt from one answer would make another one wrong."""
        self.compare(self.lab.iterating_unbound)

    def test_through_kresd(self):
        """The same behind a resolver that itself makes answers from what it has learnt."""
        self.compare(self.lab.iterating_kresd)


if __name__ == "__main__":
    tap.main()

# SPDX-License-Identifier: MIT
"""A day's questions: mixed names and types of the laboratory's zones, repeated by a Zipf law."""

import bisect
import itertools
import random

from . import zone

TYPES = ["A", "AAAA", "TXT", "MX", "HTTPS", "SOA", "NS", "CNAME", "CAA", "SRV"]
EXPONENT = 1.0
# knotd alone follows no alias beyond its zone and no more than a few within; unbound gives up on loops.
PLAIN = ["www", "alias", "nowhere", "empty-alias", "only-text", "MiXeD-CaSe", "chain11", "chain13", "chain15", "many",
         "forty", "txt-1300", "txt-5000", "txt-20000", "odd", "svc", "zero", "long", "short", "_sip._udp", "naptr",
         "loc", "sshfp", "_25._tcp.mail", "mail", "ns1", "deep.below.ent", "below.ent", "ent", "known.wild", "a.wild",
         "b.c.wild", "wild-alias.wild", "tree", "*.wild"]


def questions():
    """All there are: (name, type) as text."""
    names = [name + ".lab.example." for name in [*PLAIN, *zone.UNUSUAL, zone.LONGEST]]
    names += ["%s%d.lab.example." % (kind, number) for number in range(zone.HOSTS) for kind in ("host", "missing")]
    names += ["service%d.lab.example." % number for number in range(0, zone.HOSTS, 5)]
    names += ["random%d.wild.lab.example." % number for number in range(200)]
    for signed in zone.SIGNED:
        names += ["%s%d.%s." % (kind, number, signed) for number in range(50) for kind in ("host", "gone")]
        names += [prefix + signed + "." for prefix in ("", "www.", "alias.", "w.wild.")]
    names += ["lab.example.", "other.example.", "www.other.example.", "example.com.", "www.example.com."]
    return list(itertools.product(names, TYPES)) + [
        ("odd.lab.example.", "TYPE65280"), ("odd.lab.example.", "TYPE65281"), ("naptr.lab.example.", "NAPTR"),
        ("loc.lab.example.", "LOC"), ("sshfp.lab.example.", "SSHFP"), ("_dns.svc.lab.example.", "SVCB"),
        ("_25._tcp.mail.lab.example.", "TLSA")]


def draw(count, seed):
    """That many questions, the k-th most popular with a weight of 1/k; the same for the same seed."""
    chance = random.Random(seed)
    ranked = questions()
    chance.shuffle(ranked)
    sums = list(itertools.accumulate(1 / (rank + 1) ** EXPONENT for rank in range(len(ranked))))
    return [ranked[bisect.bisect_left(sums, chance.random() * sums[-1])] for _ in range(count)]

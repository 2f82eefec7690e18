#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A day's questions through DoT, each answer compared with what the zones' own server says.

REPLAY=50000 asks that many; the default is short enough for every day."""

import os
import random

import dns.flags
import dns.rcode
import dns.rdatatype

from lab import client, replay, tap
from lab.case import LiveCase

COUNT = int(os.environ.get("REPLAY", "5000"))
SEED = int(os.environ.get("REPLAY_SEED", "1"))
WINDOW = 40
DNSSEC = {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}


class ReplayTest(LiveCase):
    def truths(self, asked):
        """What knotd says to each different question, by TCP: whole."""
        known = {}
        with client.Tcp(self.lab.knot.port) as tcp:
            for name, kind in asked:
                if (name, kind) not in known:
                    known[name, kind] = client.sections(tcp.ask(client.query(name, kind)))
        return known

    def ask_all(self, one, asked, chance):
        """Every question gets exactly one reply of its own; returns (question, message, edns) for each."""
        replies = []
        with client.Udp(one.port) as udp, client.Tcp(one.port) as tcp:
            for start in range(0, len(asked), WINDOW):
                waiting, streams = {}, 0
                for number, question in enumerate(asked[start:start + WINDOW]):
                    query = client.query(*question, edns=chance.random() < 0.7, do=chance.random() < 0.2)
                    query.id = (start + number) % 65536
                    waiting[query.id] = question, query
                    if chance.random() < 0.1:
                        streams += 1
                        tcp.send(query.to_wire())
                    else:
                        udp.send(query.to_wire())
                while waiting:
                    over_tcp = streams > 0
                    reply = client.read((tcp if over_tcp else udp).receive())
                    streams -= over_tcp
                    question, query = waiting.pop(reply.id)  # KeyError: a reply that nobody asked for
                    if reply.flags & dns.flags.TC:
                        reply = tcp.ask(query)
                    replies.append((question, query, reply))
        return replies

    def replay(self, upstream, count=COUNT):
        asked = replay.draw(count, SEED)
        truths = self.truths(asked)
        one = self.lab.daemon(self.lab.upstream(upstream), log={"level": "info", "queries": "failed"})
        replies = self.ask_all(one, asked, random.Random(SEED + 1))
        self.assertEqual(count, len(replies))
        for question, query, reply in replies:
            self.assertEqual(query.question, reply.question)
            rcode, answer = client.sections(reply)
            if not query.ednsflags & dns.flags.DO:
                self.assertFalse(DNSSEC & {rrset.rdtype for rrset in reply.answer + reply.authority}, question)
            answer = [rrset for rrset in answer if rrset[1] not in DNSSEC]
            self.assertEqual(truths[question], (rcode, answer), question)

    def test_through_unbound(self):
        """Among many right answers there would be a wrong, lost or misplaced one."""
        self.replay(self.lab.unbound)

    def test_through_kresd(self):
        """The same with a resolver of another make."""
        self.replay(self.lab.kresd, COUNT // 4)

    def test_through_dnsdist(self):
        """The same with a front that passes on what an authoritative server says."""
        self.replay(self.lab.dnsdist, COUNT // 4)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C1, C2: what is known is not asked again, and not for longer than its owner said."""

import dns.message
import dns.rdatatype
import dns.rrset

from lab import client, origin, tap
from lab.case import LiveCase

POLLS = 100000


def ttls(message):
    return [rrset.ttl for rrset in message.answer]


class CacheTest(LiveCase):
    def start(self, script, **cache):
        self.proxy = self.lab.proxy(script)
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), cache=cache)

    def ask(self, name, kind="A", **how):
        return client.udp(self.one.port, client.query(name, kind, **how))

    def test_second_time_from_the_cache(self):
        """Every look-up would take a round trip, and tell the upstream."""
        self.start(origin.address("192.0.2.80"))
        for ask in (client.udp, client.tcp, client.udp):
            self.assertEqual(["192.0.2.80"], client.addresses(ask(self.one.port, client.query("www.example"))))
        self.assertEqual(1, len(self.proxy.seen))

    def test_types_and_names_are_apart(self):
        """The answer to one question would be given to another."""
        self.start(lambda query: origin.reply(query, "@ 300 TXT %s-%d" % (
            query.question[0].name.labels[0].decode(), query.question[0].rdtype))
            if query.question[0].rdtype == dns.rdatatype.TXT else origin.address("192.0.2.80")(query))
        for _ in ("miss", "hit"):
            self.assertEqual(b"a-16", self.ask("a.example", "TXT").answer[0][0].strings[0])
            self.assertEqual(b"b-16", self.ask("b.example", "TXT").answer[0][0].strings[0])
            self.assertEqual(["192.0.2.80"], client.addresses(self.ask("a.example")))
            self.assertEqual([], self.ask("a.example", "AAAA").answer)
        self.assertEqual(4, len(self.proxy.seen))

    def test_zero_ttl_is_not_kept(self):
        """Who asks for no caching would be given yesterday's address."""
        self.start(origin.address("192.0.2.80", ttl=0))
        for _ in range(3):
            self.assertEqual([0], ttls(self.ask("www.example")))
        self.assertEqual(3, len(self.proxy.seen))

    def test_ttl_counts_down_and_ends(self):
        """A changed address would never be noticed; a client behind us would keep it twice as long."""
        self.start(origin.address("192.0.2.80", ttl=2))
        told = []
        for _ in range(POLLS):
            told += ttls(self.ask("www.example"))
            if len(self.proxy.seen) == 2:
                break
        self.assertEqual(2, len(self.proxy.seen), "asked again after two seconds")
        self.assertEqual(2, told.pop())
        self.assertEqual(sorted(told, reverse=True), told)
        self.assertLessEqual({2, 1}, set(told))
        self.assertLessEqual(set(told), {0, 1, 2})

    def test_no_longer_than_a_day(self):
        """A forged or mistaken TTL of 68 years would stay for ever."""
        self.start(origin.address("192.0.2.80", ttl=604800))
        for _ in ("miss", "hit"):
            self.assertTrue(86390 <= ttls(self.ask("www.example"))[0] <= 86400)

    def test_top_bit_means_zero(self):
        """A TTL with its top bit set would be taken for 68 years (RFC 2181 section 8)."""
        def negative(query):
            wire = bytearray(origin.address("192.0.2.80", ttl=5)(query).to_wire())
            at = wire.rindex(b"\x00\x01\x00\x01\x00\x00\x00\x05") + 4
            wire[at:at + 4] = b"\x80\x00\x00\x05"
            return bytes(wire)
        self.start(negative)
        for _ in range(2):
            self.assertEqual([0], ttls(self.ask("www.example")))
        self.assertEqual(2, len(self.proxy.seen))

    def test_least_ttl_of_an_rrset(self):
        """Half an RRset would outlive the other half (RFC 2181 section 5.2)."""
        def uneven(query):
            reply = origin.reply(query).to_wire()
            records = b"".join(b"\xc0\x0c\x00\x01\x00\x01" + ttl.to_bytes(4, "big") + b"\x00\x04\xc0\x00\x02" +
                               bytes([last]) for ttl, last in ((300, 1), (60, 2), (90, 3)))
            body = reply[12:12 + len(query.question[0].name.to_wire()) + 4]
            return reply[:6] + b"\x00\x03\x00\x00\x00\x00" + body + records
        self.start(uneven)
        for _ in ("miss", "hit"):
            reply = self.ask("www.example")
            self.assertEqual(3, len(reply.answer[0]))
            self.assertTrue(58 <= reply.answer[0].ttl <= 60, reply.answer[0].ttl)

    def test_bounds_are_configurable(self):
        """min-ttl and max-ttl would be words without effect."""
        self.start(lambda query: origin.address("192.0.2.80", 5 if b"short" in query.question[0].name.labels else 9999)(
            query), **{"min-ttl": "100s", "max-ttl": "200s"})
        for _ in ("miss", "hit"):
            self.assertTrue(98 <= ttls(self.ask("short.example"))[0] <= 100)
            self.assertTrue(198 <= ttls(self.ask("long.example"))[0] <= 200)
        self.assertEqual(2, len(self.proxy.seen))

    def test_each_record_has_its_own_ttl(self):
        """A chain with a short-lived end would be kept as long as its long-lived beginning."""
        def chain(query):
            name = query.question[0].name.to_text()
            return origin.reply(query, "%s 3600 CNAME end.example." % name, "end.example. 60 A 192.0.2.80")
        self.start(chain)
        self.ask("www.example")
        alias, address = ttls(self.ask("www.example"))
        self.assertTrue(58 <= address <= 60 and address <= alias <= 3600)

    def test_checking_disabled_is_a_question_of_its_own(self):
        """Data that was not validated for one client would be given to another that wants it validated."""
        self.start(origin.address("192.0.2.80"))
        for flags in (0x0100, 0x0110, 0x0100, 0x0110):
            self.assertEqual(["192.0.2.80"], client.addresses(self.ask("www.example", flags=flags)))
        self.assertLessEqual(len(self.proxy.seen), 2)


if __name__ == "__main__":
    tap.main()

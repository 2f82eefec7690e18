#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C3: what does not exist, and what could not be found out."""

import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase

POLLS = 100000


def missing(ttl, minimum, rcode=dns.rcode.NXDOMAIN):
    return lambda query: origin.reply(query, rcode=rcode,
                                      authority=["example. %d SOA ns. host. 1 2 3 4 %d" % (ttl, minimum)])


class NegativeTest(LiveCase):
    def start(self, script, **cache):
        self.proxy = self.lab.proxy(script)
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), cache=cache)

    def ask(self, name, kind="A"):
        return client.udp(self.one.port, client.query(name, kind))

    def test_nxdomain_and_nodata_are_kept(self):
        """Every mistyped name and every missing AAAA would cost a round trip each time."""
        for rcode in (dns.rcode.NXDOMAIN, dns.rcode.NOERROR):
            self.start(missing(300, 300, rcode))
            for _ in range(3):
                reply = self.ask("missing.example")
                self.assertEqual((rcode, [], 1), (reply.rcode(), reply.answer, len(reply.authority)))
            self.assertEqual(1, len(self.proxy.seen))

    def test_the_lesser_of_ttl_and_minimum(self):
        """A new name would stay unknown for longer than its zone allows (RFC 2308 section 5)."""
        for ttl, minimum in ((300, 60), (60, 300)):
            self.start(missing(ttl, minimum))
            for _ in ("miss", "hit"):
                self.assertTrue(58 <= self.ask("missing.example").authority[0].ttl <= 60)

    def test_an_hour_at_most(self):
        """One bad moment would make a name disappear for days."""
        self.start(missing(604800, 604800))
        for _ in ("miss", "hit"):
            self.assertTrue(3590 <= self.ask("missing.example").authority[0].ttl <= 3600)

    def test_the_cap_is_configurable(self):
        """max-negative-ttl would be a word without effect."""
        self.start(missing(600, 600), **{"max-negative-ttl": "30s"})
        for _ in ("miss", "hit"):
            self.assertTrue(28 <= self.ask("missing.example").authority[0].ttl <= 30)

    def test_it_ends(self):
        """A name that was registered today would not be there before a restart."""
        self.start(missing(1, 1))
        for _ in range(POLLS):
            self.assertEqual(dns.rcode.NXDOMAIN, self.ask("missing.example").rcode())
            if len(self.proxy.seen) == 2:
                return
        self.fail("never asked again")

    def test_without_soa_not_kept(self):
        """A half-broken server's empty answer would stick."""
        for rcode in (dns.rcode.NXDOMAIN, dns.rcode.NOERROR):
            self.start(lambda query, rcode=rcode: origin.reply(query, rcode=rcode))
            for _ in range(2):
                self.assertEqual(rcode, self.ask("missing.example").rcode())
            self.assertEqual(2, len(self.proxy.seen))

    def test_failures_are_kept_for_seconds(self):
        """A broken zone would be asked for at the clients' full rate (RFC 9520), or stay broken after it is mended."""
        self.start(origin.address("192.0.2.80"))
        self.proxy.fault = fault.rcode(dns.rcode.SERVFAIL)
        self.assertEqual(dns.rcode.SERVFAIL, self.ask("broken.example").rcode())
        asked = len(self.proxy.seen)
        for _ in range(20):
            self.assertEqual(dns.rcode.SERVFAIL, self.ask("broken.example").rcode())
        self.assertEqual(asked, len(self.proxy.seen))
        self.proxy.fault = fault.none
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask("other.example")), "other names go on")
        for _ in range(POLLS):
            if self.ask("broken.example").rcode() == dns.rcode.NOERROR:
                return
        self.fail("the failure was never forgotten")

    def test_nxdomain_through_an_alias(self):
        """The chain that leads to a missing name would be lost, or its status."""
        self.start(lambda query: origin.reply(query, "@ 300 CNAME gone.example.", rcode=dns.rcode.NXDOMAIN,
                                              authority=["example. 300 SOA ns. host. 1 2 3 4 60"]))
        for _ in ("miss", "hit"):
            reply = self.ask("alias.example")
            self.assertEqual((dns.rcode.NXDOMAIN, 1, 1), (reply.rcode(), len(reply.answer), len(reply.authority)))
        self.assertEqual(1, len(self.proxy.seen))


if __name__ == "__main__":
    tap.main()

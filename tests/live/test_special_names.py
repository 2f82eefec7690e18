#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L15: names that are answered here and that no upstream ever hears of."""

import dns.rcode
import dns.rdatatype

from lab import client, origin, tap
from lab.case import LiveCase

PRIVATE_REVERSE = ["1.0.0.0.in-addr.arpa", "1.2.3.10.in-addr.arpa", "1.1.254.169.in-addr.arpa",
                   "1.2.0.192.in-addr.arpa", "1.100.51.198.in-addr.arpa", "1.113.0.203.in-addr.arpa",
                   "255.255.255.255.in-addr.arpa", "1.1.168.192.in-addr.arpa",
                   *["1.1.%d.172.in-addr.arpa" % net for net in range(16, 32)],
                   "0." * 32 + "ip6.arpa", "1.1.d.f.ip6.arpa", "8.e.f.ip6.arpa", "1.9.e.f.ip6.arpa",
                   "a.e.f.ip6.arpa", "1.b.e.f.ip6.arpa", "1.8.b.d.0.1.0.0.2.ip6.arpa"]
PUBLIC_REVERSE = ["8.8.8.8.in-addr.arpa", "1.1.15.172.in-addr.arpa", "1.1.32.172.in-addr.arpa",
                  "1.1.167.192.in-addr.arpa", "1.0.8.b.d.1.1.0.0.2.ip6.arpa", "1.c.f.ip6.arpa", "10.example"]


class SpecialNamesTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("198.51.100.1"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy))

    def ask(self, name, kind="A"):
        return client.udp(self.one.port, client.query(name, kind))

    def assert_nothing_left(self):
        """Nothing reached the upstream but the one question that proves it can be reached."""
        self.ask("proof.example")
        self.assertEqual(["proof.example."], self.proxy.names())

    def test_localhost(self):
        """Whoever controls the network could put another machine in localhost's place (RFC 6761)."""
        for name in ("localhost", "LocalHost", "db.localhost", "a.b.localhost"):
            self.assertEqual(["127.0.0.1"], client.addresses(self.ask(name)), name)
            self.assertEqual(["::1"], client.addresses(self.ask(name, "AAAA")), name)
            nodata = self.ask(name, "MX")
            self.assertEqual((dns.rcode.NOERROR, []), (nodata.rcode(), nodata.answer), name)
        self.assert_nothing_left()

    def test_names_that_do_not_exist(self):
        """Names of Tor, of the local network and of mere tests would be told to a resolver abroad."""
        for top in ("invalid", "test", "onion", "alt", "local", "use-application-dns.net"):
            for name in (top, top.upper()) + (() if "." in top else ("deep.name." + top,)):
                for kind in ("A", "AAAA", "TXT"):
                    self.assertEqual(dns.rcode.NXDOMAIN, self.ask(name, kind).rcode(), (name, kind))
        self.assert_nothing_left()

    def test_private_reverse_zones(self):
        """Every look-up of a private address would be told to a resolver abroad (RFC 6303)."""
        for name in PRIVATE_REVERSE:
            reply = self.ask(name, "PTR")
            self.assertIn(reply.rcode(), (dns.rcode.NXDOMAIN, dns.rcode.NOERROR), name)
            self.assertEqual([], reply.answer, name)
        self.ask("1.0.0.127.in-addr.arpa", "PTR")
        self.ask("1." + "0." * 31 + "ip6.arpa", "PTR")
        self.assert_nothing_left()

    def test_homes_and_resolvers(self):
        """Names of devices at home would leave the house (RFC 8375); discovery would be led astray (RFC 9462)."""
        for name in ("home.arpa", "printer.home.arpa", "resolver.arpa", "_dns.resolver.arpa"):
            for kind in ("A", "SVCB", "SOA"):
                reply = self.ask(name, kind)
                self.assertIn(reply.rcode(), (dns.rcode.NXDOMAIN, dns.rcode.NOERROR), name)
        self.assert_nothing_left()

    def test_negative_answers_have_an_soa(self):
        """Clients could not keep the answer and would ask again and again (RFC 2308)."""
        for name in ("x.invalid", "x.onion", "1.2.3.10.in-addr.arpa", "x.home.arpa"):
            self.assertEqual([dns.rdatatype.SOA], [rrset.rdtype for rrset in self.ask(name, "PTR").authority], name)

    def test_neighbours_are_not_special(self):
        """Names that only look special would be lost."""
        names = ["localhost.example", "xlocalhost", "notlocal", "invalid.example", "contest", "home.arpa.example",
                 "onion.example", "xuse-application-dns.net", "sub.arpa", *PUBLIC_REVERSE]
        for name in names:
            self.ask(name)
        self.assertEqual([name + "." for name in names], self.proxy.names())

    def test_a_route_brings_them_back(self):
        """A company with .test, .local or private reverse zones could not use its own server for them."""
        inside = self.lab.proxy(origin.address("10.0.0.1"))
        names = ["www.test", "nas.local", "tv.home.arpa", "1.2.3.10.in-addr.arpa"]
        one = self.lab.daemon(self.lab.upstream(self.proxy), self.lab.upstream(inside, "inside"),
                              routes=[{"domains": ["test", "local", "home.arpa", "10.in-addr.arpa"],
                                       "upstreams": ["inside"]}])
        for name in names:
            self.assertEqual(["10.0.0.1"], client.addresses(client.udp(one.port, client.query(name))), name)
        self.assertEqual([name + "." for name in names], inside.names())
        self.assertEqual([], self.proxy.seen)
        self.assertEqual(dns.rcode.NXDOMAIN, client.udp(one.port, client.query("x.onion")).rcode())


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""P1: which names go to which upstream."""

import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase

WORLD, OFFICE, LAB, SPARE = "198.51.100.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"


class RoutesTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.world, self.office, self.inner, self.spare = [
            self.lab.proxy(origin.address(address)) for address in (WORLD, OFFICE, LAB, SPARE)]
        self.one = self.lab.daemon(
            self.lab.upstream(self.world, "world"), self.lab.upstream(self.office, "office"),
            self.lab.upstream(self.inner, "inner"), self.lab.upstream(self.spare, "spare"),
            routes=[{"domains": ["corp.example", "10.in-addr.arpa"], "upstreams": ["office", "spare"]},
                    {"domains": "lab.corp.example", "upstreams": "inner"}],
            limits={"query-time": "2s"})

    def where(self, name):
        found = client.addresses(client.udp(self.one.port, client.query(name)))
        return found[0] if found else None

    def test_by_suffix(self):
        """Names of the company would be told to the world, and not be found."""
        for name in ("corp.example", "www.corp.example", "a.b.c.corp.example", "WWW.Corp.EXAMPLE",
                     "1.2.3.10.in-addr.arpa"):
            self.assertEqual(OFFICE, self.where(name), name)
        self.assertEqual([], self.world.seen)

    def test_the_longest_wins(self):
        """A part of the company could not have a server of its own."""
        for name in ("lab.corp.example", "x.lab.corp.example"):
            self.assertEqual(LAB, self.where(name), name)
        self.assertEqual(OFFICE, self.where("xlab.corp.example"))

    def test_only_whole_labels(self):
        """A stranger's domain that ends alike would be told to the company, and its answer believed."""
        for name in ("notcorp.example", "corp.example.com", "example", "xcorp.example", "corp.test2",
                     r"a\.corp.example"):
            self.assertEqual(WORLD, self.where(name), name)
        self.assertEqual([], self.office.seen)

    def test_the_next_of_the_route(self):
        """The company's second server would be of no use."""
        self.office.fault = fault.rcode(dns.rcode.SERVFAIL)
        self.assertEqual(SPARE, self.where("www.corp.example"))
        self.assertEqual([], self.world.seen)

    def test_never_beyond_the_route(self):
        """With the company's servers down its names would leak to the world."""
        for proxy in (self.office, self.spare):
            proxy.refuse()
        reply = client.udp(self.one.port, client.query("secret.corp.example"))
        self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
        self.assertEqual(WORLD, self.where("www.example"))
        self.assertEqual(["www.example."], self.world.names())


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S1: a key too large to calculate with is refused before anything is calculated."""

import dns.rcode

from lab import client, tap
from lab.case import LiveCase
from lab.giant import Giant


class GiantKeyTest(LiveCase):
    def test_it_stops_nobody(self):
        """Anybody on the way to an upstream could freeze the resolver for all its clients."""
        giant = Giant()
        self.addCleanup(giant.close)
        one = self.lab.daemon(self.lab.upstream(giant, "giant"))
        reply = client.udp(one.port, client.query("www.example"))
        self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
        self.assertIn("a key of 65536 bits", one.output())
        self.assertEqual(["127.0.0.1"], client.addresses(client.udp(one.port, client.query("localhost"))))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S1: a key too large to calculate with is refused before anything is calculated."""

import dns.rcode

from lab import client, tap
from lab.case import LiveCase
from lab.giant import Giant


class GiantKeyTest(LiveCase):
    def refuse(self, giant, words, **keys):
        """Anybody on the way to an upstream could freeze the resolver for all its clients."""
        self.addCleanup(giant.close)
        one = self.lab.daemon(self.lab.upstream(giant, "giant", **keys))
        reply = client.udp(one.port, client.query("www.example"))
        self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
        self.assertIn(words, one.output())
        self.assertEqual(["127.0.0.1"], client.addresses(client.udp(one.port, client.query("localhost"))))

    def test_it_stops_nobody(self):
        self.refuse(Giant(), "a key of 65536 bits")

    def test_nor_does_one_whose_exponent_is_large(self):
        self.refuse(Giant(modulus=2048, exponent=200000), "an exponent of 200000 bits")

    def test_nor_do_they_with_tls_1_2(self):
        """There the signature is checked after the certificate, which the profile lets pass."""
        self.refuse(Giant(old=True), "a key of 65536 bits", profile="opportunistic")

    def test_nor_does_a_large_exponent_with_tls_1_2(self):
        self.refuse(Giant(modulus=2048, exponent=200000, old=True), "an exponent of 200000 bits",
                    profile="opportunistic")


if __name__ == "__main__":
    tap.main()

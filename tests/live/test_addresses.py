#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L1: every configured address, and replies from where the question went."""

import unittest

from lab import client, port, tap
from lab.case import LiveCase

BOTH = [(client.udp, "UDP"), (client.tcp, "TCP")]


class AddressesTest(LiveCase):
    def daemon(self, *listen, **keys):
        return self.lab.daemon(self.lab.upstream(self.lab.unbound), listen=list(listen), **keys)

    def assert_answers(self, number, address):
        for ask, how in BOTH:
            reply = ask(number, client.query("www.lab.example"), address)
            self.assertEqual(["192.0.2.80"], client.addresses(reply), (address, how))

    def test_several_addresses(self):
        """One of the addresses in the configuration would be deaf."""
        one, two = port.free(), port.free()
        self.daemon("127.0.0.1:%d" % one, "127.0.0.9:%d" % one, "127.0.0.1:%d" % two)
        for number, address in ((one, "127.0.0.1"), (one, "127.0.0.9"), (two, "127.0.0.1")):
            self.assert_answers(number, address)

    @unittest.skipUnless(port.has_ipv6(), "no IPv6 loopback here")
    def test_ipv6(self):
        """Clients with IPv6 only would have no resolver."""
        number = port.free()
        self.daemon("127.0.0.1:%d" % number, "[::1]:%d" % number)
        self.assert_answers(number, "127.0.0.1")
        self.assert_answers(number, "::1")

    def test_wildcard_replies_from_the_address_asked(self):
        """A client drops a reply from an address that it did not ask; its query would time out."""
        number = port.free()
        self.daemon("0.0.0.0:%d" % number, allow=["127.0.0.0/8"])
        for address in ("127.0.0.1", "127.0.0.2", "127.1.2.3"):
            self.assert_answers(number, address)

    @unittest.skipUnless(port.has_ipv6(), "no IPv6 loopback here")
    def test_both_wildcards_side_by_side(self):
        """[::] would take IPv4's place too, and 0.0.0.0 would be in use."""
        number = port.free()
        self.daemon("0.0.0.0:%d" % number, "[::]:%d" % number, allow=["127.0.0.0/8", "::1/128"])
        self.assert_answers(number, "127.0.0.3")
        self.assert_answers(number, "::1")


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U2: what an upstream gets to see of a question, and of who asked it."""

import dns.edns
import dns.flags

from lab import client, origin, tap
from lab.case import LiveCase

ECS, COOKIE, KEEPALIVE, PADDING = 8, 10, 11, 12
BLOCK = 128


class UpstreamQueryTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy))
        self.serial = 0

    def ask(self, name=None, **how):
        """Ask for a new name; returns what the upstream saw."""
        self.serial += 1
        client.tcp(self.one.port, client.query(name or "n%d.example" % self.serial, **how))
        return self.proxy.seen[-1]

    def option(self, seen, number):
        return [option for option in seen.message.options if option.otype == number]

    def test_shape(self):
        """The upstream would refuse, truncate or answer for another protocol."""
        message = self.ask().message
        self.assertEqual(dns.flags.RD, message.flags & ~dns.flags.CD)
        self.assertEqual((0, 1232), (message.edns, message.payload))
        self.assertTrue(message.ednsflags & dns.flags.DO)
        self.assertEqual((1, 0, 0), (len(message.question), len(message.answer), len(message.authority)))

    def test_padding(self):
        """The length of the record would betray which name was asked for (RFC 8467)."""
        for length in (1, 20, 60, 63):
            for count in (1, 2, 3):
                name = ".".join(["a" * length] * count) + ".example"
                seen = self.ask(name)
                self.assertEqual(0, len(seen.wire) % BLOCK, name)
                self.assertEqual(1, len(self.option(seen, PADDING)))
                self.assertFalse(any(self.option(seen, PADDING)[0].data))

    def test_client_subnet_is_opted_out(self):
        """The upstream would tell every name server where you are (RFC 7871 section 7.1.2)."""
        for options in ([], [dns.edns.ECSOption("198.51.100.0", 24)], [dns.edns.ECSOption("2001:db8::", 56)]):
            found = self.option(self.ask(options=options, edns=True), ECS)
            self.assertEqual(1, len(found))
            self.assertEqual((0, 0), (found[0].srclen, found[0].scopelen))

    def test_nothing_of_the_client_passes(self):
        """The upstream could tell the clients behind us apart and follow each of them."""
        options = [dns.edns.GenericOption(COOKIE, b"COOKIE!!"), dns.edns.GenericOption(65001, b"serial-number"),
                   dns.edns.ECSOption("198.51.100.0", 24)]
        seen = self.ask(options=options, payload=4096, flags=dns.flags.RD | dns.flags.AD)
        self.assertEqual([], self.option(seen, COOKIE))
        self.assertNotIn(b"COOKIE!!", seen.wire)
        self.assertNotIn(b"serial-number", seen.wire)
        self.assertNotIn(bytes([198, 51, 100]), seen.wire)
        self.assertFalse(seen.message.flags & dns.flags.AD)
        self.assertEqual(1232, seen.message.payload)
        plain = self.ask()
        self.assertEqual([option.otype for option in plain.message.options],
                         [option.otype for option in seen.message.options])

    def test_ids_are_random(self):
        """Whoever can guess IDs can forge answers as soon as the connection is not ours alone."""
        clients = []
        for _ in range(60):
            query = client.query("r%d.example" % len(clients))
            query.id = len(clients)
            clients.append(query.id)
            client.tcp(self.one.port, query)
        numbers = [seen.message.id for seen in self.proxy.seen]
        self.assertNotEqual(clients, numbers)
        steps = {(b - a) % 65536 for a, b in zip(numbers, numbers[1:])}
        self.assertGreater(len(steps), 50, "no fixed step")
        self.assertGreater(max(numbers), 16384)

    def test_keepalive_is_sent(self):
        """The upstream would not tell how long it keeps the connection (RFC 7828)."""
        found = self.option(self.ask(), KEEPALIVE)
        self.assertEqual(1, len(found))
        self.assertEqual(b"", found[0].data)


if __name__ == "__main__":
    tap.main()

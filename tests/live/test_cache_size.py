#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C5: the cache keeps to its bound."""

from lab import client, tap
from lab.case import LiveCase

WINDOW = 50
FILL, MORE = 2500, 10000
KIB = 1024
# 10,000 further entries would take some 5 MiB if they were all kept; allocators and sanitizers have their own unrest.
GROWTH_KIB = 2 * KIB


def quick(query):
    """300 octets of TXT for every question, made without a library, which would be the slowest thing here."""
    wire = query.to_wire()
    question = wire[12:12 + len(query.question[0].name.to_wire()) + 4]
    return (wire[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question +
            b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x0e\x10\x01\x00\xff" + b"x" * 255)


class CacheSizeTest(LiveCase):
    def fill(self, one, first, count):
        """Ask for that many names, a window at a time, and for one name again and again in between."""
        with client.Udp(one.port) as udp:
            for start in range(first, first + count, WINDOW):
                for number in range(start, start + WINDOW):
                    udp.send(client.query("n%d.example" % number, "TXT", edns=True).to_wire())
                for _ in range(WINDOW):
                    udp.receive()
                udp.ask(client.query("hot.example", "TXT", edns=True))

    def test_memory_is_bounded_and_the_hot_name_stays(self):
        """A router would run out of memory; a busy name would be thrown out by names asked for once."""
        proxy = self.lab.proxy(quick)
        one = self.lab.daemon(self.lab.upstream(proxy), cache={"size": "512KiB"}, log={"level": "info"},
                              env={"ASAN_OPTIONS": "quarantine_size_mb=1:detect_leaks=1:exitcode=99"})
        self.fill(one, 0, FILL)
        full = one.resident_kib()
        self.fill(one, FILL, MORE)
        self.assertLess(one.resident_kib() - full, GROWTH_KIB)
        self.assertEqual(1, proxy.names().count("hot.example."))
        asked = len(proxy.seen)
        client.udp(one.port, client.query("n%d.example" % (FILL + MORE - 1), "TXT", edns=True))
        self.assertEqual(asked, len(proxy.seen), "the newest is still there")
        client.udp(one.port, client.query("n0.example", "TXT", edns=True))
        self.assertEqual(asked + 1, len(proxy.seen), "the oldest has gone")


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L9: what does not fit a datagram says so, and is whole by TCP."""

import subprocess

import dns.flags

from lab import client, origin, tap
from lab.case import LiveCase


def text(query):
    """txt-N.example gives a string of N octets."""
    length = int(query.question[0].name.labels[0].split(b"-")[1])
    strings = ['"%s"' % ("t" * min(255, length - at)) for at in range(0, length, 255)]
    return origin.reply(query, "@ 300 TXT " + " ".join(strings))


class UdpSizeTest(LiveCase):
    def assert_cut(self, reply, edns):
        self.assertTrue(reply.flags & dns.flags.TC)
        self.assertEqual(([], [], 1), (reply.answer, reply.authority, len(reply.question)))
        self.assertEqual(edns, reply.edns >= 0)

    def test_without_edns_512(self):
        """Old clients would get a datagram that they cannot read, or an RRset with addresses missing."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        for _ in ("miss", "hit"):
            self.assert_cut(client.udp(daemon.port, client.query("forty.lab.example")), edns=False)
            whole = client.udp(daemon.port, client.query("forty.lab.example", edns=True))
            self.assertEqual(40, len(client.addresses(whole)))

    def test_payload_under_512_means_512(self):
        """A client with a senseless payload size would get no answer at all (RFC 6891 section 6.2.3)."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        reply = client.udp(daemon.port, client.query("www.lab.example", edns=True, payload=0))
        self.assertEqual(["192.0.2.80"], client.addresses(reply))

    def test_ours_is_1232(self):
        """Datagrams over the path's size would be fragmented, and forged or lost."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        for _ in ("miss", "hit"):
            self.assert_cut(client.udp(daemon.port, client.query("many.lab.example", edns=True, payload=4096)),
                            edns=True)
            self.assert_cut(client.udp(daemon.port, client.query("txt-1300.lab.example", "TXT", edns=True,
                                                                 payload=65535)), edns=True)

    def test_tcp_brings_it_whole(self):
        """Large answers would not be had at all."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        for _ in ("miss", "hit"):
            self.assertEqual(200, len(client.addresses(client.tcp(daemon.port, client.query("many.lab.example")))))
            for name in ("txt-1300", "txt-5000", "txt-20000"):
                query = client.query(name + ".lab.example", "TXT")
                self.assertEqual(client.sections(client.tcp(self.lab.knot.port, query)),
                                 client.sections(client.tcp(daemon.port, query)), name)

    def test_dig_follows_by_itself(self):
        """What a person sees: dig would print a truncated answer."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        done = subprocess.run(["dig", "@127.0.0.1", "-p", str(daemon.port), "+short", "many.lab.example"],
                              capture_output=True, text=True)
        self.assertEqual(200, len([line for line in done.stdout.splitlines() if line.startswith("198.51.100.")]))

    def test_the_limit_to_the_octet(self):
        """A reply one octet too long would be cut off by the client's buffer."""
        proxy = self.lab.proxy(text)
        daemon = self.lab.daemon(self.lab.upstream(proxy))
        for limit, edns in ((512, False), (1232, True), (700, True)):
            def query(length, limit=limit, edns=edns):
                return client.query("txt-%04d.example" % length, "TXT", edns=edns, payload=limit)
            with client.Tcp(daemon.port) as tcp:
                tcp.send(query(limit - 100).to_wire())
                fits = limit - 100 + limit - len(tcp.receive())
            for length in (fits - 1, fits):
                with client.Udp(daemon.port) as udp:
                    udp.send(query(length).to_wire())
                    wire = udp.receive()
                self.assertEqual(limit - (fits - length), len(wire))
                self.assertFalse(client.read(wire).flags & dns.flags.TC)
            self.assert_cut(client.udp(daemon.port, query(fits + 1)), edns)

    def test_udp_size_is_configurable(self):
        """A network that carries more, or less, could not say so."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound), limits={"udp-size": 4096})
        reply = client.udp(daemon.port, client.query("txt-1300.lab.example", "TXT", edns=True, payload=4096))
        self.assertFalse(reply.flags & dns.flags.TC)
        self.assertEqual(4096, reply.payload)
        self.assertEqual(1, len(reply.answer))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U1: nothing leaves in clear text but the names of upstreams. All packets of a network namespace are read while every
kind of trouble happens."""

import re
import signal
import unittest

import dns.message
import dns.rcode
import dns.rdatatype

from lab import client, fault, netns, origin, tap
from lab.ca import CA
from lab.case import LiveCase
from lab.sniffer import TCP, UDP, Sniffer

ALONE = netns.enter()
SECRET = b"very-private-name"
HANDSHAKE, ALERT, DATA, CHANGE_CIPHER = 22, 21, 23, 20


@unittest.skipUnless(ALONE, "needs a network namespace")
class CleartextTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.sniffer = Sniffer()
        self.serial = 0

    def ask(self, one):
        self.serial += 1
        return client.udp(one.port, client.query("%s.n%d.example" % (SECRET.decode(), self.serial), edns=True))

    def assert_private(self, listener, upstreams):
        """Everything but what goes between client and listener is TCP to a TLS port, and names nothing."""
        packets = self.sniffer.stop()
        own = [packet for packet in packets if listener in (packet.sport, packet.dport)]
        self.assertTrue(any(SECRET in packet.payload for packet in own), "the sniffer sees what is in clear")
        others = [packet for packet in packets if packet not in own]
        for packet in others:
            self.assertEqual(TCP, packet.protocol, packet)
            self.assertTrue({packet.sport, packet.dport} & upstreams, packet)
            self.assertNotIn(SECRET, packet.payload.lower(), packet)
            self.assertFalse({packet.sport, packet.dport} & {53, 5353, 5355}, packet)
        return others

    def test_answers_over_tls_only(self):
        """The names that you look up would be read by everyone on the way."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy))
        for _ in range(20):
            self.assertEqual(["192.0.2.80"], client.addresses(self.ask(one)))
        others = self.assert_private(one.port, {proxy.port})
        starts = {packet.payload[0] for packet in others if packet.payload and packet.dport == proxy.port}
        self.assertLessEqual(starts, {HANDSHAKE, ALERT, DATA, CHANGE_CIPHER})
        self.assertIn(DATA, starts)

    def test_answers_over_https_only(self):
        """The same over HTTPS, where the port without one in the URL is 443 (RFC 9110 section 4.2.2)."""
        server = self.lab.doh_server(origin.address("192.0.2.80"), number=443)
        upstream = self.lab.doh_upstream(server)
        self.assertIn(":443/", upstream["url"])
        for method in ("post", "get"):
            one = self.lab.daemon({**upstream, "url": upstream["url"].replace(":443/", "/"), "method": method})
            for _ in range(20):
                self.assertEqual(["192.0.2.80"], client.addresses(self.ask(one)))
            others = self.assert_private(one.port, {443})
            starts = {packet.payload[0] for packet in others if packet.payload and packet.dport == 443}
            self.assertLessEqual(starts, {HANDSHAKE, ALERT, DATA, CHANGE_CIPHER})
            self.sniffer = Sniffer()

    def test_trouble_over_https_is_none_either(self):
        """Whatever the server answers or does not."""
        server = self.lab.doh_server(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.doh_upstream(server), limits={"query-time": "2s"})
        for status in ("301", "404", "429", "500"):
            server.fault = lambda session, stream, _, status=status: session.answer(
                stream, b"", [("location", "http://127.0.0.1/dns-query")], status)
            self.assertEqual(dns.rcode.SERVFAIL, self.ask(one).rcode())
        server.fault = lambda session, _stream, _answer: session.raw(7, 0, 0, bytes(8))
        self.assertEqual(dns.rcode.SERVFAIL, self.ask(one).rcode())
        self.assert_private(one.port, {server.doh_port})

    def test_trouble_is_no_reason_to_ask_in_clear(self):
        """An attacker would only have to break the encrypted way to see the names."""
        proxies = [self.lab.proxy(origin.address("192.0.2.80"), "wrong_name"),
                   self.lab.proxy(origin.address("192.0.2.80"), "good_rsa", offer="tls1.1"),
                   self.lab.proxy(origin.address("192.0.2.80"))]
        one = self.lab.daemon(*[self.lab.upstream(proxy, "up%d" % i) for i, proxy in enumerate(proxies)],
                              limits={"query-time": "2s"})
        last = proxies[-1]
        for code in (dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR, dns.rcode.NOTIMP):
            last.fault = fault.rcode(code)
            self.assertNotEqual([], self.ask(one).question)
        for greeting in ("nonsense", "hangup", "flight", "stall"):
            last.greeting = greeting
            last.cut_all("rst")
            self.assertEqual(dns.rcode.SERVFAIL, self.ask(one).rcode())
        last.refuse()
        last.cut_all("rst")
        self.assertEqual(dns.rcode.SERVFAIL, self.ask(one).rcode())
        self.assert_private(one.port, {proxy.port for proxy in proxies})

    def test_built_in_upstreams_too(self):
        """The defaults, which most people run, would betray their names."""
        one = self.lab.daemon(upstreams=None, limits={"query-time": "2s"})
        self.assertEqual(dns.rcode.SERVFAIL, self.ask(one).rcode())
        others = self.assert_private(one.port, {853})
        self.assertIn("9.9.9.9", {packet.destination for packet in others})

    def test_only_the_name_of_an_upstream(self):
        """To look an upstream up would be a way for other names, too; or go to servers that nobody chose."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))

        def where(query):
            if query.question[0].rdtype == dns.rdatatype.A:
                return origin.reply(query, "@ 300 A 127.0.0.1")
            return origin.reply(query, authority=["@ 300 SOA ns. host. 1 2 3 4 60"])
        failing = self.lab.plain(lambda query: origin.reply(query, rcode=dns.rcode.REFUSED))
        plain = self.lab.plain(where)
        one = self.lab.daemon({"url": "tls://%s:%d" % (CA.NAME, proxy.port), "name": "named",
                               "ca-file": self.lab.ca.file},
                              bootstrap=[failing.address, plain.address], limits={"query-time": "2s"})
        for _ in range(5):
            self.assertEqual(["192.0.2.80"], client.addresses(self.ask(one)))
        proxy.refuse()
        proxy.cut_all("rst")
        self.assertEqual(dns.rcode.SERVFAIL, self.ask(one).rcode())
        bootstraps = {failing.port, plain.port}
        packets = self.sniffer.stop()
        own = [packet for packet in packets if one.port in (packet.sport, packet.dport)]
        clear = [packet for packet in packets if packet not in own and {packet.sport, packet.dport} & bootstraps]
        for packet in packets:
            if packet in own:
                continue
            self.assertNotIn(SECRET, packet.payload.lower(), packet)
            self.assertTrue({packet.sport, packet.dport} & (bootstraps | {proxy.port}), packet)
        self.assertNotEqual([], clear)
        asked = {(packet.protocol, dns.message.from_wire(packet.payload).question[0].name.to_text())
                 for packet in clear if packet.dport in bootstraps}
        self.assertEqual({(UDP, CA.NAME + ".")}, asked)

    def in_clear(self, line):
        """What the ledger says."""
        return int(re.search(r"packets in clear: (\d+) for bootstrap$", line).group(1))

    def test_the_ledger_of_what_left_in_clear(self):
        """Nobody could prove that nothing did, or find out what."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        failing = self.lab.plain(lambda query: origin.reply(query, rcode=dns.rcode.REFUSED))
        silent = self.lab.plain(lambda query: None)

        def where(query):
            return origin.reply(query, *["@ 300 A 127.0.0.1"] * (query.question[0].rdtype == dns.rdatatype.A))
        plain = self.lab.plain(where)
        plain.truncate = True
        one = self.lab.daemon({"url": "tls://%s:%d" % (CA.NAME, proxy.port), "name": "named",
                               "ca-file": self.lab.ca.file},
                              bootstrap=[failing.address, silent.address, plain.address], workers=2)
        one.send(signal.SIGUSR1)
        self.assertEqual(0, self.in_clear(one.await_line("statistics: upstreams: ")))
        for _ in range(10):
            self.assertEqual(["192.0.2.80"], client.addresses(self.ask(one)))
        self.lab.daemons.remove(one)
        self.assertEqual("", one.finish())
        said = self.in_clear(one.matching("statistics: upstreams: ")[1])
        ports = {failing.port, silent.port, plain.port}
        seen = [packet for packet in self.sniffer.stop() if packet.dport in ports and packet.payload and packet.outgoing]
        self.assertEqual({UDP, TCP}, {packet.protocol for packet in seen})
        self.assertEqual(len(seen), said)

    def test_the_ledger_is_empty(self):
        """Zero would be said and not be true."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy), bootstrap="127.0.0.1")
        for _ in range(20):
            self.assertEqual(["192.0.2.80"], client.addresses(self.ask(one)))
        one.send(signal.SIGUSR1)
        line = one.await_line("statistics: upstreams: ")
        self.assertEqual(0, self.in_clear(line))
        self.assertRegex(line, r"asked 2\d, answered 2\d, in vain 0; connections 1; looked up 0;")
        self.assertEqual(1, len(one.matching("clients: 20 queries by UDP, 0 by TCP on 0 connections; 0 dropped")))
        self.assertEqual(1, len(one.matching("answers: 0 hits, 20 misses, 0 of these joined")))
        self.assert_private(one.port, {proxy.port})

    def test_standard_port(self):
        """Without a port in the configuration, port 853 is meant (RFC 7858 section 3.1)."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"), number=853)
        one = self.lab.daemon({**self.lab.upstream(proxy), "addresses": ["127.0.0.1"]})
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask(one)))
        self.assert_private(one.port, {853})

    def test_start_and_reload_ask_nobody(self):
        """Already starting would tell someone that this machine runs us."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy))
        one.send(signal.SIGHUP)
        one.await_line(r"(?i)reloaded")
        reply = client.udp(one.port, client.query(SECRET.decode() + ".invalid"))
        self.assertEqual(dns.rcode.NXDOMAIN, reply.rcode())
        self.assertEqual([], self.assert_private(one.port, {proxy.port}))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U5: DNS over HTTPS as RFC 8484 has it, with servers of five makes and one that keeps a log."""

import dns.flags
import h2.settings

from lab import client, origin, tap
from lab.ca import CA
from lab.case import LiveCase

COUNT = 40
METHODS = ("post", "get")


def own_address(query):
    """Each nN.example has an address of its own."""
    number = int(query.question[0].name.labels[0][1:])
    return origin.address("10.9.%d.%d" % (number // 256, number % 256))(query)


class DohTest(LiveCase):
    def start(self, script=own_address, method="post", path="/dns-query", **keys):
        self.server = self.lab.doh_server(script)
        self.one = self.lab.daemon(self.lab.doh_upstream(self.server, method=method, path=path), **keys)

    def ask(self, name, **how):
        return client.udp(self.one.port, client.query(name, **how))

    # Real servers.

    def assert_serves(self, server):
        """What knotd says, short and long, alone and many at once; over TCP, where nothing is cut."""
        for method in METHODS:
            one = self.lab.daemon(self.lab.doh_upstream(server, method=method))
            self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("www.lab.example"))))
            reply = client.tcp(one.port, client.query("txt-20000.lab.example", "TXT"))
            self.assertGreater(len(reply.answer[0][0].strings), 70, method)
            self.assertEqual(dns.rcode.NXDOMAIN,
                             client.udp(one.port, client.query("no.such.lab.example")).rcode())
            with client.Tcp(one.port) as tcp:
                for start in range(0, 5 * COUNT, COUNT):
                    queries = [client.query("host%d.lab.example" % number).to_wire()
                               for number in range(start, start + COUNT)]
                    tcp.send_raw(b"".join(len(wire).to_bytes(2, "big") + wire for wire in queries))
                    for _ in queries:
                        self.assertTrue(client.addresses(client.read(tcp.receive())), method)
            self.assertEqual([], one.matching(r"(?i)\bwarning\b|\berror\b|\bdown\b|unreachable"))

    def test_unbound(self):
        """People run it at home; it would be of no use to us."""
        self.assert_serves(self.lab.unbound)

    def test_dnsdist(self):
        """Large providers run it."""
        self.assert_serves(self.lab.dnsdist)

    def test_knot_resolver(self):
        """cz.nic and others run it."""
        self.assert_serves(self.lab.kresd)

    def test_bind(self):
        """Companies run it."""
        self.assert_serves(self.lab.named)

    def test_nginx_in_front(self):
        """The web server that stands in front of a resolver more often than not."""
        self.assert_serves(self.lab.nginx)

    # How we ask.

    def test_how_we_introduce_ourselves(self):
        """Anything beyond what RFC 8484 needs tells the server who asks."""
        self.start()
        self.assertEqual(["10.9.0.1"], client.addresses(self.ask("n1.example")))
        seen = self.server.seen[0]
        self.assertEqual("h2", self.server.sessions[0].alpn)
        self.assertEqual([(":method", "POST"), (":scheme", "https"),
                          (":authority", "%s:%d" % (CA.NAME, self.server.doh_port)), (":path", "/dns-query"),
                          ("accept", "application/dns-message"), ("content-type", "application/dns-message"),
                          ("content-length", "128")], seen.fields)
        self.assertEqual(0, seen.message.id)
        self.assertEqual(dns.flags.RD, seen.message.flags)
        self.assertEqual(128, len(seen.wire))
        self.assertEqual({8, 12}, {int(option.otype) for option in seen.message.options}, "client subnet, padding")

    def test_get(self):
        """Caches on the way could not serve what is asked by POST."""
        self.start(method="get", path="/dns-query{?dns}")
        self.assertEqual(["10.9.0.1"], client.addresses(self.ask("n1.example")))
        seen = self.server.seen[0]
        self.assertEqual([":method", ":scheme", ":authority", ":path", "accept"], [name for name, _ in seen.fields])
        self.assertNotIn("=", dict(seen.fields)[":path"].split("?dns=")[1])
        self.assertEqual(0, seen.message.id)
        self.assertEqual(b"", seen.body)

    def test_both_in_one_list(self):
        """A server over HTTPS could not stand in for one over TLS, or the other way round."""
        for order in (0, 1):
            dot, doh = self.lab.proxy(origin.address("192.0.2.1")), self.lab.doh_server(origin.address("192.0.2.2"))
            upstreams = [self.lab.upstream(dot, "over-tls"), self.lab.doh_upstream(doh, "over-https")]
            one = self.lab.daemon(*(reversed(upstreams) if order else upstreams))
            first, second = ("192.0.2.2", "192.0.2.1") if order else ("192.0.2.1", "192.0.2.2")
            self.assertEqual([first], client.addresses(client.udp(one.port, client.query("a.example"))))
            if order:
                doh.fault = lambda session, stream, _: session.answer(stream, b"", status="500")
            else:
                dot.refuse()
                dot.cut_all()
            self.assertEqual([second], client.addresses(client.udp(one.port, client.query("b.example"))))

    # Many at once.

    def assert_many(self, count=COUNT, **release):
        """Many questions in flight; each client gets the address that belongs to its name."""
        self.server.hold()
        with client.Udp(self.one.port) as udp:
            for number in range(count):
                udp.send(client.query("n%d.example" % number).to_wire())
            self.server.wait_held(count)
            self.server.release(**release)
            for _ in range(count):
                reply = client.read(udp.receive())
                number = int(reply.question[0].name.labels[0][1:])
                self.assertEqual(["10.9.0.%d" % number], client.addresses(reply))

    def test_streams(self):
        """Each question would wait for the one before it."""
        self.start()
        self.assert_many()
        self.assertEqual(1, len(self.server.sessions))

    def test_answers_in_any_order(self):
        """One would get the other's address."""
        self.start()
        self.assert_many(reverse=True)

    def test_no_more_streams_than_the_server_takes(self):
        """Questions beyond it would be refused, or the server would take us for an attacker."""
        self.start()
        self.server.streams_max = 3
        self.assertEqual(["10.9.0.1"], client.addresses(self.ask("n1.example")))
        self.server.hold()
        with client.Udp(self.one.port) as udp:
            for number in range(20):
                udp.send(client.query("n%d.example" % (100 + number)).to_wire())
            self.server.wait_held(12)  # four connections of three
            self.server.release()
            for _ in range(20):
                self.assertTrue(client.addresses(client.read(udp.receive())))
        self.assertEqual([], [session.resets for session in self.server.sessions if session.resets])

    def test_the_server_allows_more(self):
        """What waits for a stream would wait for an answer first."""
        self.start()
        self.server.streams_max = 1
        self.assertEqual(["10.9.0.1"], client.addresses(self.ask("n1.example")))
        self.server.hold()
        with client.Udp(self.one.port) as udp:
            for number in range(10):
                udp.send(client.query("n%d.example" % (100 + number)).to_wire())
            self.server.wait_held(4)
            self.server.do(lambda session: session.h2.update_settings(
                {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 50}))
            self.server.wait_held(10)
            self.server.release()
            for _ in range(10):
                self.assertTrue(client.addresses(client.read(udp.receive())))

    def test_large_answers(self):
        """Answers near the limit of DNS would be cut, or stop when the window is spent."""
        def text(query):
            return origin.reply(query, "@ 300 TXT " + " ".join(['"%s"' % ("t" * 255)] * 240))

        def in_pieces(session, stream, answer):
            session.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/dns-message")])
            while answer:
                session.h2.send_data(stream, answer[:9000], end_stream=len(answer) <= 9000)
                answer = answer[9000:]
        self.start(text)
        self.server.fault = in_pieces
        for number in range(25):  # more than the window of a connection
            reply = client.tcp(self.one.port, client.query("n%d.example" % number, "TXT"))
            self.assertEqual(240, len(reply.answer[0][0].strings))
        self.assertEqual(1, len(self.server.sessions))

    # TTLs.

    def test_age_and_max_age(self):
        """What a cache on the way has had for long would be kept for longer than its owner allows."""
        self.start()
        for number, (headers, ttl) in enumerate([
                ([], 300), ([("age", "250")], 50), ([("cache-control", "max-age=20, private")], 20),
                ([("cache-control", "max-age=9999")], 300), ([("age", "40"), ("cache-control", "max-age=100")], 60)]):
            def answer(session, stream, body, headers=headers):
                session.answer(stream, body, [("content-type", "application/dns-message"), *headers])
            self.server.fault = answer
            found = self.ask("n%d.example" % number).answer[0].ttl
            self.assertTrue(ttl - 1 <= found <= ttl, (headers, found))

    # Connections that end.

    def test_idle_close_is_no_failure(self):
        """The first question after a quiet hour would fail, or its server be taken for dead."""
        self.start()
        for number in range(3):
            self.assertEqual(["10.9.0.%d" % number], client.addresses(self.ask("n%d.example" % number)))
            self.server.do(lambda session: session.h2.close_connection())
            self.server.wait(lambda: all(session.ended for session in self.server.sessions), "close by us")
        self.assertEqual(3, len(self.server.sessions))
        self.assertEqual([], self.one.matching(r"(?i)\bwarning\b|\bdown\b|unreachable"))

    def test_restart_in_the_middle(self):
        """A server that restarts would take the questions with it that it had not looked at."""
        self.start()
        self.assertEqual(["10.9.0.1"], client.addresses(self.ask("n1.example")))
        self.server.hold()
        with client.Udp(self.one.port) as udp:
            for number in range(10, 20):
                udp.send(client.query("n%d.example" % number).to_wire())
            self.server.wait_held(10)
            last = sorted(stream for _, stream, _ in self.server._held)[4]
            self.server.do(lambda session: session.raw(7, 0, 0, last.to_bytes(4, "big") + bytes(4)))
            self.server.wait_held(15)  # five of them again, on another connection
            self.server.release()
            for _ in range(10):
                reply = client.read(udp.receive())
                number = int(reply.question[0].name.labels[0][1:])
                self.assertEqual(["10.9.0.%d" % number], client.addresses(reply))
        self.assertEqual(2, len(self.server.sessions))
        self.assertEqual([], self.one.matching(r"(?i)\bwarning\b|\bdown\b|unreachable"))

    def test_address_as_name(self):
        """https://127.0.0.1/… means a certificate for that address; nothing else would do or be needed."""
        server = self.lab.doh_server(own_address)
        one = self.lab.daemon({"url": "https://127.0.0.1:%d/dns-query" % server.doh_port,
                               "ca-file": self.lab.ca.file})
        self.assertEqual(["10.9.0.1"], client.addresses(client.udp(one.port, client.query("n1.example"))))


if __name__ == "__main__":
    tap.main()

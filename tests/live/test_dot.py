#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U4: DNS over TLS as RFC 7858 has it."""

import dns.edns

from lab import client, fault, origin, tap
from lab.ca import CA
from lab.case import LiveCase

KEEPALIVE = 11
COUNT = 40


def own_address(query):
    """Each nN.example has an address of its own."""
    number = int(query.question[0].name.labels[0][1:])
    return origin.address("10.9.%d.%d" % (number // 256, number % 256))(query)


def keepalive(tenths):
    def script(query):
        reply = origin.address("192.0.2.80")(query)
        reply.use_edns(0, 0, 1232, options=[dns.edns.GenericOption(KEEPALIVE, tenths.to_bytes(2, "big"))])
        return reply
    return script


class DotTest(LiveCase):
    def start(self, script=own_address, **keys):
        self.proxy = self.lab.proxy(script)
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **keys)

    def assert_many(self, **release):
        """Many questions in flight; each client gets the address that belongs to its name."""
        self.proxy.hold()
        with client.Udp(self.one.port) as udp:
            for number in range(COUNT):
                udp.send(client.query("n%d.example" % number).to_wire())
            self.proxy.wait_held(COUNT)
            self.proxy.release(**release)
            for _ in range(COUNT):
                reply = client.read(udp.receive())
                number = int(reply.question[0].name.labels[0][1:])
                self.assertEqual(["10.9.0.%d" % number], client.addresses(reply))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_how_we_introduce_ourselves(self):
        """Servers that share a port between protocols, or between names, would not know what is wanted."""
        self.start()
        client.udp(self.one.port, client.query("n1.example"))
        session = self.proxy.sessions[0]
        self.assertEqual(("dot", CA.NAME, "TLSv1.3"), (session.alpn, session.name, session.version))

    def test_server_without_alpn(self):
        """Most servers of today do not know ALPN dot, and would be refused."""
        one = self.lab.daemon(self.lab.upstream(self.lab.dnsdist))
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("www.lab.example"))))

    def test_pipelining(self):
        """Each question would wait for the one before it."""
        self.start()
        self.assert_many()

    def test_answers_in_any_order(self):
        """One would get the other's address."""
        self.start()
        self.assert_many(reverse=True)

    def test_many_answers_in_one_record(self):
        """Of several answers in one TLS record all but the first would be lost."""
        self.start()
        self.assert_many(together=True)

    def test_every_octet_alone(self):
        """An answer in many small records would never be complete."""
        self.start()
        self.proxy.octets = True
        self.assert_many()

    def test_length_and_message_in_one_record(self):
        """Some servers take two octets in a record of their own for a broken message (RFC 7858 section 3.3)."""
        self.start()
        for number in range(5):
            client.udp(self.one.port, client.query("n%d.example" % number))
        self.assertEqual([1, 2, 3, 4, 5], [seen.record for seen in self.proxy.seen])

    def test_a_burst_has_a_record_for_each_message(self):
        """Some servers (dnsdist 1.7) read one message of a TLS record and wait for ever for the rest of it."""
        self.start()
        self.assert_many()
        records = [seen.record for seen in self.proxy.seen]
        self.assertEqual(len(records), len(set(records)), records)

    def test_a_burst_to_another_make(self):
        """The same with dnsdist itself: of forty questions asked at once all but one would be lost."""
        one = self.lab.daemon(self.lab.upstream(self.lab.dnsdist))
        client.udp(one.port, client.query("www.lab.example"))
        with client.Tcp(one.port) as tcp:
            for start in range(0, 5 * COUNT, COUNT):
                queries = [client.query("host%d.lab.example" % number).to_wire()
                           for number in range(start, start + COUNT)]
                tcp.send_raw(b"".join(len(wire).to_bytes(2, "big") + wire for wire in queries))
                for _ in queries:
                    self.assertTrue(client.addresses(client.read(tcp.receive())))

    def test_large_answers(self):
        """Answers over one TLS record, or near the limit of DNS, would be cut."""
        def text(query):
            return origin.reply(query, "@ 300 TXT " + " ".join(['"%s"' % ("t" * 255)] * 240))
        self.start(text)
        for _ in ("miss", "hit"):
            reply = client.tcp(self.one.port, client.query("n1.example", "TXT"))
            self.assertEqual(240, len(reply.answer[0][0].strings))

    def test_the_servers_keepalive_is_obeyed(self):
        """A question would be sent on a connection that the server is about to close, and time out."""
        self.start(keepalive(10))
        client.udp(self.one.port, client.query("a.example"))
        self.proxy.wait(lambda: self.proxy.sessions[0].ended_by == "client", "close by us before the server's time")
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(self.one.port, client.query("b.example"))))

    def test_keepalive_of_zero_means_close_now(self):
        """A server that is shutting down asks its clients to go (RFC 7828 section 3.4), and would be held up."""
        self.start(keepalive(0))
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(self.one.port, client.query("a.example"))))
        self.proxy.wait(lambda: self.proxy.sessions[0].ended_by == "client", "close by us")

    def test_idle_close_is_no_failure(self):
        """The first question after a quiet hour would fail, or its server be taken for dead."""
        self.start()
        self.proxy.idle_s = 0.1
        for number in range(3):
            reply = client.udp(self.one.port, client.query("n%d.example" % number))
            self.assertEqual(["10.9.0.%d" % number], client.addresses(reply))
            self.proxy.wait(lambda: all(session.ended_by for session in self.proxy.sessions), "idle close")
        self.assertEqual(3, len(self.proxy.sessions))
        self.assertEqual([], self.one.matching(r"(?i)\bwarning\b|\bdown\b|unreachable"))

    def test_reset_while_idle_is_no_failure(self):
        """The same for servers and firewalls that do not say goodbye."""
        self.start()
        for number in range(3):
            reply = client.udp(self.one.port, client.query("n%d.example" % number))
            self.assertEqual(["10.9.0.%d" % number], client.addresses(reply))
            self.proxy.cut_all("rst")

    def test_tls_1_2_and_1_3(self):
        """Older servers would be shut out, or newer ones used below their worth."""
        for offer, version in (("tls1.2", "TLSv1.2"), ("tls1.3", "TLSv1.3")):
            proxy = self.lab.proxy(own_address, offer=offer)
            one = self.lab.daemon(self.lab.upstream(proxy))
            self.assertEqual(["10.9.0.1"], client.addresses(client.udp(one.port, client.query("n1.example"))))
            self.assertEqual(version, proxy.sessions[0].version)

    def test_port_in_the_url(self):
        """tls://NAME:PORT would go to port 853."""
        proxy = self.lab.proxy(own_address)
        one = self.lab.daemon({**self.lab.upstream(proxy), "url": "tls://%s:%d" % (CA.NAME, proxy.port),
                               "addresses": ["127.0.0.1"]})
        self.assertEqual(["10.9.0.1"], client.addresses(client.udp(one.port, client.query("n1.example"))))

    def test_address_as_name(self):
        """tls://127.0.0.1 means a certificate for that address; nothing else would do or be needed."""
        proxy = self.lab.proxy(own_address)
        one = self.lab.daemon({"url": "tls://127.0.0.1:%d" % proxy.port, "ca-file": self.lab.ca.file})
        self.assertEqual(["10.9.0.1"], client.addresses(client.udp(one.port, client.query("n1.example"))))
        self.assertIsNone(proxy.sessions[0].name, "no server name for an address (RFC 6066 section 3)")

    def test_a_stray_answer_does_not_harm_the_others(self):
        """A second copy of an answer would be taken for someone else's."""
        self.start()
        self.proxy.fault = lambda query, answer: fault.none(query, answer) * 2
        for number in range(5):
            reply = client.udp(self.one.port, client.query("n%d.example" % number))
            self.assertEqual(["10.9.0.%d" % number], client.addresses(reply))


if __name__ == "__main__":
    tap.main()

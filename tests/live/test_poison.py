#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C4 and the scrubbing of U3: nothing that was not asked for becomes an answer."""

import dns.rdatatype

from lab import client, fault, origin, tap
from lab.case import LiveCase

TRUE, FORGED = "192.0.2.80", "203.0.113.66"


class PoisonTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy))

    def ask(self, name, kind="A"):
        return client.tcp(self.one.port, client.query(name, kind, edns=True))

    def test_unrelated_records_are_neither_kept_nor_passed_on(self):
        """One upstream that lies about one name could change the address of any other, your bank's included."""
        self.proxy.fault = fault.poison
        for _ in ("miss", "hit"):
            reply = self.ask("www.example")
            self.assertEqual([TRUE], client.addresses(reply))
            self.assertNotIn(FORGED, reply.to_text())
            self.assertNotIn("evil", reply.to_text())
        self.proxy.fault = fault.none
        for name in ("victim.example", "bystander.example", "ns.evil.example"):
            self.assertEqual([TRUE], client.addresses(self.ask(name)), name)
        self.assertEqual(4, len(self.proxy.seen), "each of them was asked for")

    def test_glue_is_no_answer(self):
        """An address that only came along would be served as if it had been asked for."""
        proxy = self.lab.proxy(lambda query: origin.reply(
            query, "@ 300 MX 10 mail.example.", additional=["mail.example. 300 A " + FORGED])
            if query.question[0].rdtype == dns.rdatatype.MX else origin.address(TRUE)(query))
        one = self.lab.daemon(self.lab.upstream(proxy))
        mail = client.udp(one.port, client.query("example", "MX"))
        self.assertEqual([dns.rdatatype.MX], [rrset.rdtype for rrset in mail.answer])
        self.assertEqual([TRUE], client.addresses(client.udp(one.port, client.query("mail.example"))))

    def test_records_beside_the_chain_are_removed(self):
        """The chain's true end would come with a second, forged one."""
        proxy = self.lab.proxy(lambda query: origin.reply(
            query, "@ 300 CNAME end.example.", "other.example. 300 A " + FORGED, "end.example. 300 A " + TRUE,
            "end.example. 300 TXT forged"))
        one = self.lab.daemon(self.lab.upstream(proxy))
        for _ in ("miss", "hit"):
            reply = client.udp(one.port, client.query("www.example"))
            self.assertEqual([TRUE], client.addresses(reply))
            self.assertEqual({dns.rdatatype.CNAME, dns.rdatatype.A}, {rrset.rdtype for rrset in reply.answer})

    def test_dname_chains_stay_whole(self):
        """Names below a DNAME would not resolve: scrubbing must follow it."""
        relay = self.lab.proxy()
        one = self.lab.daemon(self.lab.upstream(relay))
        for _ in ("miss", "hit"):
            reply = client.udp(one.port, client.query("a.b.tree.lab.example", edns=True))
            self.assertEqual(["192.0.2.103"], client.addresses(reply))
            self.assertEqual({dns.rdatatype.DNAME, dns.rdatatype.CNAME, dns.rdatatype.A},
                             {rrset.rdtype for rrset in reply.answer})

    def test_long_and_looping_chains_do_no_harm(self):
        """A chain without end would keep the daemon busy for ever; one that is just long would be lost."""
        def chain(query):
            records = ["n%d.example. 300 CNAME n%d.example." % (i, i + 1) for i in range(15)]
            if query.question[0].name.labels[0] == b"loop":
                return origin.reply(query, "loop.example. 300 CNAME pool.example.",
                                    "pool.example. 300 CNAME loop.example.")
            return origin.reply(query, "@ 300 CNAME n0.example.", *records, "n15.example. 300 A " + TRUE)
        proxy = self.lab.proxy(chain)
        one = self.lab.daemon(self.lab.upstream(proxy))
        for _ in ("miss", "hit"):
            client.udp(one.port, client.query("loop.example", edns=True))
            reply = client.tcp(one.port, client.query("long.example"))
            self.assertIn(client.addresses(reply), ([TRUE], []))
        self.assertEqual(["127.0.0.1"], client.addresses(self.ask("localhost")))


if __name__ == "__main__":
    tap.main()

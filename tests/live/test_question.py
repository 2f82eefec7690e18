#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L5-L8: classes and types that are not for us, flags, letter case."""

import random

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rrset

from lab import client, origin, tap
from lab.case import LiveCase


def authoritative(query):
    """An upstream that claims more than it may: AA and AD."""
    reply = origin.address("192.0.2.80")(query)
    reply.flags |= dns.flags.AA | dns.flags.AD
    return reply


class QuestionTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(authoritative)
        self.daemon = self.lab.daemon(self.lab.upstream(self.proxy))

    def ask(self, *args, **how):
        return client.udp(self.daemon.port, client.query(*args, **how))

    def test_chaos_is_refused(self):
        """Anyone could read which version runs here, or be sent to the upstream's."""
        for name in ("version.bind", "version.server", "id.server", "hostname.bind", "VERSION.BIND"):
            self.assertEqual(dns.rcode.REFUSED, self.ask(name, "TXT", rdclass="CH").rcode(), name)
        self.assertEqual([], self.proxy.seen)

    def test_other_classes_are_not_implemented(self):
        """The answer of another class could be taken for the Internet's."""
        for rdclass in ("HS", "ANY", "CLASS65280"):
            reply = self.ask("www.lab.example", rdclass=rdclass)
            self.assertEqual(dns.rcode.NOTIMP, reply.rcode(), rdclass)
            self.assertEqual(dns.rdataclass.from_text(rdclass), reply.question[0].rdclass)
        self.assertEqual([], self.proxy.seen)

    def test_transfers_and_mail_agents_are_refused(self):
        """A transfer would be forwarded and half of it returned."""
        with client.Tcp(self.daemon.port) as tcp:
            for kind in ("AXFR", "MAILA", "MAILB"):
                self.assertEqual(dns.rcode.REFUSED, self.ask("lab.example", kind).rcode(), kind)
                self.assertEqual(dns.rcode.REFUSED, tcp.ask(client.query("lab.example", kind)).rcode(), kind)
            incremental = client.query("lab.example", "IXFR")
            incremental.authority.append(dns.rrset.from_text("lab.example.", 0, "IN", "SOA", "ns. host. 1 2 3 4 5"))
            tcp.send(incremental.to_wire())
            self.assertEqual(dns.rcode.REFUSED, tcp.receive()[3] & 15)
        self.assertEqual([], self.proxy.seen)

    def test_meta_types_are_form_errors(self):
        """A question for what cannot be asked would be sent on."""
        for kind in ("OPT", "TSIG", "TKEY", "TYPE0"):
            query = client.query("www.lab.example", "A").to_wire()
            number = dns.rdatatype.from_text(kind)
            wire = query[:-4] + number.to_bytes(2, "big") + query[-2:]
            with client.Udp(self.daemon.port) as udp:
                udp.send(wire)
                self.assertEqual(dns.rcode.FORMERR, udp.receive()[3] & 15, kind)
        self.assertEqual([], self.proxy.seen)

    def test_any_gets_one_hinfo(self):
        """ANY would be an amplifier and bring back whatever the upstream happens to hold."""
        reply = self.ask("www.lab.example", "ANY")
        self.assertEqual(dns.rcode.NOERROR, reply.rcode())
        self.assertEqual(1, len(reply.answer))
        self.assertEqual((1, dns.rdatatype.HINFO), (len(reply.answer[0]), reply.answer[0].rdtype))
        self.assertEqual(b"RFC8482", reply.answer[0][0].cpu)
        self.assertEqual(dns.name.from_text("www.lab.example."), reply.answer[0].name)
        self.assertEqual([], self.proxy.seen)

    def test_no_recursion_no_answer(self):
        """Others could find out which names were looked up here."""
        self.ask("www.lab.example")
        self.assertEqual(dns.rcode.REFUSED, self.ask("www.lab.example", flags=0).rcode())
        self.assertEqual(dns.rcode.REFUSED, self.ask("uncached.lab.example", flags=0).rcode())
        self.assertEqual(["www.lab.example."], self.proxy.names())

    def test_flags_of_replies(self):
        """A client would believe an unvalidated answer (AD), or that no recursion is to be had (RA)."""
        for what in ("miss", "hit"):
            for flags in (dns.flags.RD, dns.flags.RD | dns.flags.CD, dns.flags.RD | dns.flags.AD):
                reply = self.ask("www.lab.example", flags=flags)
                want = dns.flags.QR | dns.flags.RA | flags & (dns.flags.RD | dns.flags.CD)
                self.assertEqual(dns.flags.to_text(want), dns.flags.to_text(reply.flags), what)

    def test_id_and_letter_case_come_back(self):
        """A client that mixes letter case against forgery would throw every answer away."""
        name = "wWw.LaB.eXaMpLe."
        for asked in (name, name.swapcase(), name.lower(), name.upper()):
            query = client.query(asked)
            query.id = random.randrange(65536)
            with client.Udp(self.daemon.port) as udp:
                udp.send(query.to_wire())
                wire = udp.receive()
            self.assertEqual(query.id, int.from_bytes(wire[:2], "big"))
            self.assertEqual(query.to_wire()[12:], wire[12:len(query.to_wire())], asked)
            self.assertEqual(["192.0.2.80"], client.addresses(client.read(wire)))
        self.assertEqual(1, len(self.proxy.seen), "letter case makes no other name")


if __name__ == "__main__":
    tap.main()

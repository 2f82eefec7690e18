#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C, U12: names and data of every sort, compared with what their own server says, through servers of three makes."""

from lab import client, tap, zone
from lab.case import LiveCase

QUESTIONS = [
    ("www", "A"), ("www", "AAAA"), ("MiXeD-CaSe", "A"), ("mixed-case", "A"), ("alias", "A"), ("alias", "CNAME"),
    ("chain11", "A"), ("many", "A"), ("forty", "A"), ("txt-1300", "TXT"), ("txt-5000", "TXT"), ("txt-20000", "TXT"),
    ("missing", "A"), ("a.b.c.missing", "MX"), ("www", "TXT"), ("below.ent", "A"), ("ent", "TXT"), ("x.wild", "A"),
    ("x.y.wild", "TXT"), ("known.wild", "A"), ("known.wild", "TXT"), ("*.wild", "A"), ("wild-alias.wild", "A"),
    ("odd", "TYPE65280"), ("odd", "TYPE65281"), ("odd", "TYPE65282"), ("svc", "HTTPS"), ("_dns.svc", "SVCB"),
    ("naptr", "NAPTR"), ("loc", "LOC"), ("sshfp", "SSHFP"), ("_25._tcp.mail", "TLSA"), ("_sip._udp", "SRV"),
    ("zero", "A"), ("long", "A"), ("nowhere", "A"), ("empty-alias", "A"), (zone.LONGEST, "A"),
    *[(name, "A") for name in zone.UNUSUAL],
]


class ZonesTest(LiveCase):
    def compare(self, upstream):
        one = self.lab.daemon(self.lab.upstream(upstream))
        with client.Tcp(self.lab.knot.port) as truth, client.Tcp(one.port) as asked:
            for _ in ("miss", "hit"):
                for name, kind in QUESTIONS:
                    query = client.query(name + ".lab.example.", kind)
                    self.assertEqual(client.sections(truth.ask(query)), client.sections(asked.ask(query)), (name, kind))

    def test_through_unbound(self):
        """Some names or types could not be resolved at all."""
        self.compare(self.lab.unbound)

    def test_through_dnsdist(self):
        """The daemon would fit one make of server only."""
        self.compare(self.lab.dnsdist)

    def test_through_kresd(self):
        """The same with a third make."""
        self.compare(self.lab.kresd)

    def test_chain_over_two_zones(self):
        """Most names of large sites lead to another zone."""
        one = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        for _ in ("miss", "hit"):
            reply = client.udp(one.port, client.query("abroad.lab.example"))
            self.assertEqual(["192.0.2.102"], client.addresses(reply))
            self.assertEqual(2, len(reply.answer))


if __name__ == "__main__":
    tap.main()

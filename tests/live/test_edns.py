#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L4 and the OPT of replies."""

import struct

import dns.edns
import dns.flags
import dns.rcode

from lab import client, origin, tap
from lab.case import LiveCase

QUESTION = b"\x03www\x03lab\x07example\x00\x00\x01\x00\x01"
OPT = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"
NAMED_OPT = b"\x03www\x00" + OPT[1:]


def message(an, ns, ar):
    counts = [len(records) for records in (an, ns, ar)]
    return struct.pack("!HHHHHH", 7, dns.flags.RD, 1, *counts) + QUESTION + b"".join(an + ns + ar)


class EdnsTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.daemon = self.lab.daemon(self.lab.upstream(self.proxy))

    def test_misplaced_opt_is_a_form_error(self):
        """Which of two OPT records counts would be guessed."""
        with client.Udp(self.daemon.port) as udp:
            for wire in (message([], [], [OPT, OPT]), message([], [], [NAMED_OPT]), message([OPT], [], []),
                         message([], [OPT], []), message([OPT], [], [OPT])):
                udp.send(wire)
                self.assertEqual(dns.rcode.FORMERR, udp.receive()[3] & 15, wire)
        self.assertEqual([], self.proxy.seen)

    def test_higher_version_gets_badvers(self):
        """A client of a later EDNS could not find out that it must step back."""
        for version in (1, 255):
            query = client.query("www.lab.example", edns=True)
            query.use_edns(version, 0, 1232)
            reply = client.udp(self.daemon.port, query)
            self.assertEqual(dns.rcode.BADVERS, reply.rcode())
            self.assertEqual(0, reply.edns)
            self.assertEqual([], reply.answer)
        self.assertEqual([], self.proxy.seen)

    def test_unknown_options_are_ignored(self):
        """Clients with newer options would be shut out."""
        options = [dns.edns.GenericOption(65001, b"whatever"), dns.edns.GenericOption(12, bytes(40)),
                   dns.edns.GenericOption(65535, b"")]
        reply = client.udp(self.daemon.port, client.query("www.lab.example", options=options))
        self.assertEqual(["192.0.2.80"], client.addresses(reply))
        self.assertNotIn(65001, [option.otype for option in reply.options])

    def test_opt_comes_back_only_to_those_who_sent_one(self):
        """Old clients choke on an OPT they did not send; new ones think that we know no EDNS."""
        for _ in ("miss", "hit"):
            self.assertEqual(-1, client.udp(self.daemon.port, client.query("www.lab.example")).edns)
            reply = client.udp(self.daemon.port, client.query("www.lab.example", edns=True))
            self.assertEqual(0, reply.edns)
            self.assertEqual(1232, reply.payload)
            self.assertFalse(reply.ednsflags & dns.flags.DO)

    def test_opt_of_errors(self):
        """A client would take the error for a server without EDNS, and never use it again."""
        reply = client.udp(self.daemon.port, client.query("nothing.invalid", edns=True))
        self.assertEqual((dns.rcode.NXDOMAIN, 0), (reply.rcode(), reply.edns))

    def test_do_is_copied(self):
        """A validating client would take the answer for one of a server without DNSSEC."""
        for _ in ("miss", "hit"):
            reply = client.udp(self.daemon.port, client.query("www.lab.example", do=True))
            self.assertTrue(reply.ednsflags & dns.flags.DO)

    def test_other_edns_flags_do_not_come_back(self):
        """Reserved bits are zero in replies (RFC 6891 section 6.1.4); a later meaning would be claimed."""
        query = client.query("www.lab.example", edns=True)
        query.use_edns(0, 0x7fff, 1232)
        self.assertEqual(0, client.udp(self.daemon.port, query).ednsflags & 0x7fff)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L2, L3: what is no question gets silence or the right error, and never a guess."""

import struct

import dns.flags
import dns.opcode
import dns.rcode

from lab import client, origin, tap
from lab.case import LiveCase

QUESTION = b"\x03www\x03lab\x07example\x00\x00\x01\x00\x01"
NUMBER = 0x4242
BROKEN = {
    "no question": (0, 0, 0, 0, b""),
    "two questions": (2, 0, 0, 0, QUESTION + QUESTION),
    "question announced, not there": (1, 0, 0, 0, b""),
    "name without end": (1, 0, 0, 0, b"\x03www\x03lab"),
    "type cut": (1, 0, 0, 0, QUESTION[:-3]),
    "class cut": (1, 0, 0, 0, QUESTION[:-1]),
    "label type 01": (1, 0, 0, 0, b"\x41" + b"a" * 65 + b"\x00\x00\x01\x00\x01"),
    "label type 10": (1, 0, 0, 0, b"\x81" + b"a" * 129 + b"\x00\x00\x01\x00\x01"),
    "name of 256 octets": (1, 0, 0, 0, (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"b" * 62 + b"\x00\x00\x01\x00\x01"),
    "pointer to itself": (1, 0, 0, 0, b"\xc0\x0c\x00\x01\x00\x01"),
    "pointer forward": (1, 0, 0, 0, b"\xc0\x10\x00\x01\x00\x01\x00"),
    "pointer past the end": (1, 0, 0, 0, b"\xff\xff\x00\x01\x00\x01"),
    "octets behind the question": (1, 0, 0, 0, QUESTION + b"\x00"),
    "answer announced, not there": (1, 1, 0, 0, QUESTION),
    "65535 records announced": (1, 0, 0, 65535, QUESTION),
    "record cut in its header": (1, 0, 0, 1, QUESTION + b"\x00\x00\x29\x04"),
    "record cut in its data": (1, 0, 0, 1, QUESTION + b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x08\x00\x0a"),
    "option longer than OPT": (1, 0, 0, 1,
                               QUESTION + b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x05\x00\x0a\x00\x08\x01"),
    "option header cut": (1, 0, 0, 1, QUESTION + b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x03\x00\x0a\x00"),
    "octets behind OPT": (1, 0, 0, 1, QUESTION + b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00\x00"),
}


def message(counts_and_body, flags=dns.flags.RD, number=NUMBER):
    qd, an, ns, ar, body = counts_and_body
    return struct.pack("!HHHHHH", number, flags, qd, an, ns, ar) + body


class MalformedTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.daemon = self.lab.daemon(self.lab.upstream(self.proxy))

    def assert_header(self, reply, rcode, what):
        number, flags = struct.unpack("!HH", reply[:4])
        self.assertEqual(NUMBER, number, what)
        self.assertTrue(flags & dns.flags.QR, what)
        self.assertEqual(rcode, flags & 15, what)

    def assert_silence(self, wire):
        """The next reply after wire is the one to a decent question that follows it."""
        with client.Udp(self.daemon.port) as udp:
            udp.send(wire)
            decent = client.query("localhost")
            udp.send(decent.to_wire())
            self.assertEqual(decent.id, client.read(udp.receive()).id, wire)

    def test_short_datagrams_are_dropped(self):
        """A reflected or broken datagram would start an endless exchange of errors."""
        for length in range(12):
            self.assert_silence(message((1, 0, 0, 0, QUESTION))[:length])

    def test_replies_are_dropped(self):
        """Two servers could be made to answer each other for ever."""
        self.assert_silence(message((1, 0, 0, 0, QUESTION), dns.flags.QR | dns.flags.RD))
        self.assert_silence(message((0, 0, 0, 0, b""), dns.flags.QR))
        self.assertEqual([], self.proxy.seen)

    def test_broken_messages_are_form_errors(self):
        """A client with a bug would wait for its timeout, or get the answer to a question it did not ask."""
        with client.Udp(self.daemon.port) as udp:
            for what, parts in BROKEN.items():
                udp.send(message(parts))
                self.assert_header(udp.receive(), dns.rcode.FORMERR, what)
        self.assertEqual([], self.proxy.seen)

    def test_broken_messages_on_tcp_are_form_errors(self):
        """The same by TCP, where a stream out of step would garble every later reply."""
        for what, parts in BROKEN.items():
            with client.Tcp(self.daemon.port) as tcp:
                tcp.send(message(parts))
                self.assert_header(tcp.receive(), dns.rcode.FORMERR, what)
        self.assertEqual([], self.proxy.seen)

    def test_every_prefix_of_a_query_is_refused(self):
        """Some length of a cut message would be read beyond its end."""
        whole = client.query("www.lab.example", edns=True, options=[]).to_wire()
        with client.Udp(self.daemon.port) as udp:
            for length in range(12, len(whole)):
                udp.send(whole[:length])
                self.assertEqual(dns.rcode.FORMERR, udp.receive()[3] & 15, length)
        self.assertEqual([], self.proxy.seen)

    def test_other_opcodes_are_not_implemented(self):
        """An UPDATE or NOTIFY would be taken for a question, or its sender would wait."""
        with client.Udp(self.daemon.port) as udp:
            for opcode in (1, 2, 3, 4, 5, 6, 15):
                for parts in ((1, 0, 0, 0, QUESTION), (0, 0, 0, 0, b"")):
                    udp.send(message(parts, opcode << 11))
                    reply = udp.receive()
                    self.assert_header(reply, dns.rcode.NOTIMP, opcode)
                    self.assertEqual(opcode, reply[2] >> 3 & 15)
                    self.assertEqual(12, len(reply), "header only")
                    self.assertEqual(bytes(8), reply[4:], "no section counted")
        self.assertEqual([], self.proxy.seen)

    def test_a_decent_question_still_gets_its_answer(self):
        """All of the above could pass with a server that refuses everything."""
        reply = client.udp(self.daemon.port, client.query("www.lab.example"))
        self.assertEqual(["192.0.2.80"], client.addresses(reply))
        self.assertEqual(1, len(self.proxy.seen))


if __name__ == "__main__":
    tap.main()

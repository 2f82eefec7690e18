# SPDX-License-Identifier: MIT
"""What an upstream can do wrong with one answer: functions of (query, answer) that return what is sent instead."""

import os
import struct

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset


class Raw(bytes):
    """Octets that go out without the two octets of length in front."""


class Cut:
    """The connection ends here: how is fin, rst or notify (TLS close_notify, then FIN)."""

    def __init__(self, how):
        self.how = how


def none(_, answer):
    return [answer]


def silence(_query, _answer):
    return []


def wrong_id(_, answer):
    return [bytes([answer[0] ^ 0x55, answer[1] ^ 0xaa]) + answer[2:]]


def _flags(change):
    def edit(_, answer):
        flags, = struct.unpack("!H", answer[2:4])
        return [answer[:2] + struct.pack("!H", change(flags)) + answer[4:]]
    return edit


wrong_qr = _flags(lambda flags: flags & ~0x8000)
wrong_opcode = _flags(lambda flags: (flags & ~0x7800) | (2 << 11))


def rcode(code):
    """The same question with that status and nothing else."""
    def edit(query, _):
        reply = dns.message.make_response(dns.message.from_wire(query), recursion_available=True)
        reply.set_rcode(code)
        return [reply.to_wire()]
    return edit


def wrong_question(_, answer):
    message = dns.message.from_wire(answer)
    asked = message.question[0]
    message.question = [dns.rrset.RRset(dns.name.from_text("forged.example."), asked.rdclass, asked.rdtype)]
    return [message.to_wire()]


def wrong_type(_, answer):
    message = dns.message.from_wire(answer)
    asked = message.question[0]
    message.question = [dns.rrset.RRset(asked.name, asked.rdclass, dns.rdatatype.TXT)]
    return [message.to_wire()]


def wrong_class(_, answer):
    message = dns.message.from_wire(answer)
    asked = message.question[0]
    message.question = [dns.rrset.RRset(asked.name, dns.rdataclass.CH, asked.rdtype)]
    return [message.to_wire()]


def no_question(_, answer):
    message = dns.message.from_wire(answer)
    message.question = []
    return [message.to_wire()]


def header_only(_, answer):
    return [answer[:2] + b"\x81\x80" + bytes(8)]


def short(_, answer):
    return [answer[:7]]


def truncated_record(_, answer):
    """A frame of the right length around a message whose last record stops in the middle."""
    return [answer[:-3]]


def truncated_frame(_, answer):
    """The length of all, half of it, and then nothing more."""
    return [Raw(struct.pack("!H", len(answer)) + answer[:len(answer) // 2])]


def garbage(_query, _answer):
    return [Raw(os.urandom(300))]


def empty_frame(_query, _answer):
    return [Raw(b"\0\0")]


def cut(how):
    return lambda _query, _answer: [Cut(how)]


def poison(_, answer):
    """Records that nobody asked for, in every section, about other names."""
    message = dns.message.from_wire(answer)
    for section, owner, kind, data in ((message.answer, "victim.example.", "A", "203.0.113.66"),
                                       (message.authority, "example.", "NS", "ns.evil.example."),
                                       (message.additional, "ns.evil.example.", "A", "203.0.113.66"),
                                       (message.additional, "bystander.example.", "A", "203.0.113.66")):
        section.append(dns.rrset.from_text(owner, 3600, "IN", kind, data))
    return [message.to_wire()]

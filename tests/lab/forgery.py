# SPDX-License-Identifier: MIT
"""What somebody on the way, or the upstream itself, can do to signed answers: functions of (query, answer) for the
proxy's fault, each for one question and harmless to all others."""

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset

SIGNED = {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}


def _read(wire):
    return dns.message.from_wire(wire, one_rr_per_rrset=False)


def _wire(message):
    return message.to_wire(max_size=65535)


def _sections(message):
    return (message.answer, message.authority, message.additional)


def about(name, kind, change):
    """change: function of (query, answer), messages, that edits the answer; for that question only (None: any)."""
    name, kind = name and dns.name.from_text(name), kind and dns.rdatatype.from_text(kind)

    def fault(query, answer):
        message = _read(answer)
        asked = message.question[0]
        if (name and asked.name != name) or (kind and asked.rdtype != kind):
            return [answer]
        change(_read(query), message)
        return [_wire(message)]
    return fault


def both(*faults):
    """One after the other."""
    def fault(query, answer):
        for one in faults:
            answer, = one(query, answer)
        return [answer]
    return fault


def without(kinds, sections=slice(None)):
    """Those types are taken out."""
    def change(_, answer):
        for section in _sections(answer)[sections]:
            section[:] = [rrset for rrset in section if rrset.rdtype not in kinds]
    return change


no_signatures = without({dns.rdatatype.RRSIG})
no_dnssec = without(SIGNED)
no_proof = without(SIGNED, slice(1, None))


def altered(kind, rdata):
    """Other data under the old signature."""
    kind = dns.rdatatype.from_text(kind)

    def change(_, answer):
        for section in _sections(answer):
            for number, rrset in enumerate(section):
                if rrset.rdtype == kind:
                    section[number] = dns.rrset.from_text(rrset.name, rrset.ttl, "IN", kind, rdata)
    return change


def claimed_valid(_, answer):
    """The upstream says that it has validated the answer."""
    answer.flags |= dns.flags.AD


def unsigned(*records):
    """Nothing but those records, "OWNER TYPE DATA", unsigned."""
    def change(_, answer):
        answer.set_rcode(0)
        for section in _sections(answer):
            section.clear()
        for record in records:
            owner, kind, data = record.split(" ", 2)
            answer.answer.append(dns.rrset.from_text(owner, 300, "IN", kind, data))
    return change


def empty(_, answer):
    """No such data, without a proof."""
    unsigned()(None, answer)


def replaced(other, rcode=None):
    """The sections of another answer (a message), which the upstream gave to another question."""
    def change(_, answer):
        answer.set_rcode(other.rcode() if rcode is None else rcode)
        for section, taken in zip(_sections(answer), _sections(other)):
            section[:] = taken
    return change


def denied(*rrsets, rcode=0):
    """That there is no such thing, by these records in the authority section."""
    def change(_, answer):
        answer.set_rcode(rcode)
        answer.answer.clear()
        answer.authority[:] = rrsets
    return change


def renamed(other, old, new):
    """The same, with a name of it replaced by one that was not asked for."""
    old, new = dns.name.from_text(old), dns.name.from_text(new)

    def change(query, answer):
        replaced(other)(query, answer)
        for section in _sections(answer):
            section[:] = [_with_owner(rrset, new) if rrset.name == old else rrset for rrset in section]
    return change


def _with_owner(rrset, owner):
    made = dns.rrset.RRset(owner, rrset.rdclass, rrset.rdtype, rrset.covers)
    made.update(rrset)
    return made


def signed_by(made, name, kind, rdata):
    """Data signed well, by the key of a zone that has no say here."""
    rrset = dns.rrset.from_text(name, 300, "IN", kind, rdata)

    def change(_, answer):
        answer.set_rcode(0)
        for section in _sections(answer):
            section.clear()
        answer.answer += [rrset, dns.rrset.from_rdata(rrset.name, 300, made.signature(rrset))]
    return change


def rcode(code):
    """Another status over the same records."""
    def change(_, answer):
        answer.set_rcode(code)
    return change

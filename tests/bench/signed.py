# SPDX-License-Identifier: MIT
"""The signed zones: a root, two zones below it, and hundreds below those, each with keys of its own. Signed here, since a
program that is started once a zone takes minutes; the choices repeat from run to run, the keys do not."""

import functools
import os
import random
import time

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

TTL = 86400
DAY_S = 86400
KSK, ZSK = 257, 256
RSA_BITS = 2048
RSA_KEYS = 6  # shared by all zones of RSA: making one takes as long as signing three hundred RRsets

TOPS = ("one.", "two.")
ALGORITHMS, SHARES = (13, 8, 15), (85, 10, 5)
NSEC3_SHARE = 1 / 3
# What is asked of a zone, and how often of a hundred: a name that is there, a type that is not, a name that is not.
QUESTIONS, QUESTION_SHARES = (("www", "A"), ("www", "AAAA"), ("missing", "A")), (80, 10, 10)


@functools.lru_cache(RSA_KEYS)
def _rsa_key(_):
    return rsa.generate_private_key(65537, RSA_BITS)


def _private(algorithm, number):
    return {8: lambda: _rsa_key(number % RSA_KEYS), 13: lambda: ec.generate_private_key(ec.SECP256R1()),
            14: lambda: ec.generate_private_key(ec.SECP384R1()), 15: ed25519.Ed25519PrivateKey.generate}[algorithm]()


class Key:
    def __init__(self, algorithm, flags, number=0):
        self.private = _private(algorithm, number)
        self.public = dns.dnssec.make_dnskey(self.private.public_key(), algorithm, flags)


class Zone:
    """nsec3: None for NSEC, or (iterations, salt as octets)."""

    def __init__(self, name, algorithm=13, nsec3=None, number=0):
        self.name = dns.name.from_text(name)
        self.nsec3 = nsec3
        self.ksk, self.zsk = Key(algorithm, KSK, 2 * number), Key(algorithm, ZSK, 2 * number + 1)
        self.keys = [self.ksk.public, self.zsk.public]
        self._rrsets = {}
        self._cuts = set()
        self._forged = {}
        self.add("@", "SOA", "ns.%s host.%s 1 3600 900 604800 3600" % (TOPS[0], TOPS[0]))
        self.add("@", "NS", "ns." + TOPS[0])

    def add(self, owner, kind, *rdata):
        owner = dns.name.from_text(owner, self.name)
        self._rrsets.setdefault(owner, {})[kind] = dns.rrset.from_text(owner, TTL, "IN", kind, *rdata)

    def delegate(self, child):
        self.add(child.name.to_text(), "NS", "ns." + TOPS[0])
        self.add(child.name.to_text(), "DS", child.ds())
        self._cuts.add(child.name)

    def ds(self):
        return dns.dnssec.make_ds(self.name, self.ksk.public, "SHA256").to_text()

    def forge(self, owner, kind, signatures):
        """These signatures (RRSIG as text) take the place of the true one."""
        self._forged[dns.name.from_text(owner, self.name), kind] = signatures

    def _signature(self, rrset):
        key = self.ksk if rrset.rdtype == dns.rdatatype.DNSKEY else self.zsk
        now = int(time.time())
        return dns.dnssec.sign(rrset, key.private, self.name, key.public, inception=now - DAY_S,
                               expiration=now + 20 * DAY_S)

    def signature(self, owner, kind):
        """The true one of what was added."""
        return self._signature(self._rrsets[dns.name.from_text(owner, self.name)][kind])

    def _signed(self, rrset):
        kind, lines = dns.rdatatype.to_text(rrset.rdtype), [rrset.to_text()]
        forged = self._forged.get((rrset.name, kind))
        if forged is not None:
            return lines + ["%s %d IN RRSIG %s" % (rrset.name, TTL, one) for one in forged]
        if kind == "NS" and rrset.name in self._cuts:
            return lines
        return lines + ["%s %d IN RRSIG %s" % (rrset.name, TTL, self._signature(rrset).to_text())]

    def _types(self, owner, extra):
        return " ".join([*self._rrsets[owner], *extra])

    def _denials(self):
        if not self.nsec3:
            owners = sorted(self._rrsets)
            return [dns.rrset.from_text(owner, TTL, "IN", "NSEC", "%s %s" % (after, self._types(owner, ["RRSIG", "NSEC"])))
                    for owner, after in zip(owners, owners[1:] + owners[:1])]
        iterations, salt = self.nsec3
        written = "%d %s" % (iterations, salt.hex() or "-")
        self.add("@", "NSEC3PARAM", "1 0 " + written)
        hashed = sorted((dns.dnssec.nsec3_hash(owner, salt, iterations, 1), owner) for owner in self._rrsets)
        return [dns.rrset.from_text(dns.name.from_text(one, self.name), TTL, "IN", "NSEC3", "1 0 %s %s %s" % (
                    written, after, self._types(owner, ["RRSIG"])))
                for (one, owner), (after, _) in zip(hashed, hashed[1:] + hashed[:1])]

    def text(self):
        """The zone, signed."""
        self.add("@", "DNSKEY", *(key.to_text() for key in self.keys))
        lines = []
        for rrset in [rrset for rrsets in self._rrsets.values() for rrset in rrsets.values()] + self._denials():
            lines += self._signed(rrset)
        if self.nsec3:  # added while the denials were made
            lines += self._signed(self._rrsets[self.name]["NSEC3PARAM"])
        return "\n".join(lines) + "\n"

    def write(self, directory):
        path = os.path.join(directory, self.name.to_text().strip(".") + ".zone")
        with open(path, "w", encoding="ascii") as out:
            out.write(self.text())
        return path


def _leaf(number, choices):
    algorithm = choices.choices(ALGORITHMS, SHARES)[0]
    zone = Zone("z%04d.%s" % (number, TOPS[number % len(TOPS)]), algorithm,
                (0, b"") if choices.random() < NSEC3_SHARE else None, number)
    zone.add("www", "A", "192.0.2.1")
    return zone


class Hierarchy:
    """files: of each zone, by name. anchor: the root's DS. questions: one for each zone, (name, type)."""

    def __init__(self, directory, count, extra=()):
        os.makedirs(directory)
        choices = random.Random(count)
        leaves = [_leaf(number, choices) for number in range(count)]
        self.questions = []
        for zone in leaves:
            label, kind = choices.choices(QUESTIONS, QUESTION_SHARES)[0]
            self.questions.append(("%s.%s" % (label, zone.name), kind))
        tops = [Zone(name) for name in TOPS]
        tops[0].add("ns", "A", "127.0.0.1")
        for zone in [*leaves, *extra]:
            next(top for top in tops if zone.name.is_subdomain(top.name)).delegate(zone)
        root = Zone(".", 8)
        for top in tops:
            root.delegate(top)
        self.anchor = ". DS " + root.ds()
        self.files = {zone.name.to_text(): zone.write(directory) for zone in [root, *tops, *leaves, *extra]}

# SPDX-License-Identifier: MIT
"""Zones that make a validator work in vain, one for each question, since a zone once found out may be remembered."""

import os

import dns.dnssec

from signed import TOPS, ZSK, Key, Zone

COUNT = 40  # of each kind
KEYS, SIGNATURES = 30, 30
ALGORITHM = 14  # the dearest to check that everybody has
SIGNATURE_LEN = 96
ZONE_FLAG, REVOKE_FLAG = 0x0100, 0x0080
ITERATIONS, SALT = 50, b"\xa5" * 255  # of NSEC3: the most that must be put up with (RFC 9276 section 3.2)
NAME_MAX = 255


def _with_tag(tag):
    """A key with that tag: a few of the flags that mean nothing make it fit."""
    while True:
        key = Key(ALGORITHM, ZSK).public
        for carry in (0, 1):
            flags = (ZONE_FLAG + tag - dns.dnssec.key_id(key) - carry) % 0x10000
            made = key.replace(flags=flags)
            if flags & ZONE_FLAG and not flags & REVOKE_FLAG and dns.dnssec.key_id(made) == tag:
                return made


def keytrap(number):
    """(zone, name to ask for): each of many signatures names each of many keys, and none fits (CVE-2023-50387)."""
    zone = Zone("trap%03d.%s" % (number, TOPS[0]), ALGORITHM)
    tag = dns.dnssec.key_id(zone.zsk.public)
    zone.keys += [_with_tag(tag) for _ in range(KEYS - 1)]
    zone.add("www", "A", "192.0.2.1")
    true = zone.signature("www", "A")
    zone.forge("www", "A", [true.replace(signature=os.urandom(SIGNATURE_LEN)).to_text() for _ in range(SIGNATURES)])
    return zone, "www." + zone.name.to_text()


def deep(number):
    """(zone, name to ask for): whether a name of over a hundred labels is there takes a hash for each of them, and each
    hash is of many blocks (CVE-2023-50868)."""
    zone = Zone("deep%03d.%s" % (number, TOPS[0]), nsec3=(ITERATIONS, SALT))
    name = zone.name.to_text()
    return zone, "a." * ((NAME_MAX - len(name) - 1) // 2) + name


KINDS = {"keytrap": keytrap, "deep": deep}


class Traps:
    """zones, and names by kind."""

    def __init__(self):
        self.zones, self.names = [], {}
        for kind, make in KINDS.items():
            made = [make(number) for number in range(COUNT)]
            self.zones += [zone for zone, _ in made]
            self.names[kind] = [name for _, name in made]

# SPDX-License-Identifier: MIT
"""Names whose right answers everybody can work out: the address is in the name. The authority (authority.py) makes the
answer when it is asked, so that there is no end of names that nobody has asked for before."""

import collections
import ipaddress

# One that is asked for: expected is its address as octets. signed: its zone is.
Question = collections.namedtuple("Question", "name kind expected signed")

# zone: (signed, TTL in seconds), all below TOP, which is signed
TOP = "lab."
ZONES = {"signed.lab.": (True, 3600), "open.lab.": (False, 3600), "signed-brief.lab.": (True, 3),
         "open-brief.lab.": (False, 3)}
LASTING, BRIEF = ("signed.lab.", "open.lab."), ("signed-brief.lab.", "open-brief.lab.")
PREFIX = "host-"
NETWORK4, NETWORK6 = "198.18.0.0/15", "2001:db8::/32"
A, AAAA = 1, 28


def popular(number, zone):
    """One of a few that are asked for over and over."""
    address = ipaddress.ip_network(NETWORK4)[number]
    return Question(PREFIX + str(address).replace(".", "-") + "." + zone, A, address.packed, ZONES[zone][0])


def fresh(number, zone):
    """One of as many as anybody can ask for."""
    address = ipaddress.ip_network(NETWORK6)[number]
    groups = "-".join("%x" % int(group, 16) for group in address.exploded.split(":"))
    return Question(PREFIX + groups + "." + zone, AAAA, address.packed, ZONES[zone][0])

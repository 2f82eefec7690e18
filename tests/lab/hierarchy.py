# SPDX-License-Identifier: MIT
"""The signed hierarchy at work: zones signed from the leaves up, and the servers that have them, on port 53 of
addresses of their own, so that resolvers iterate from the root as they do outside."""

import concurrent.futures
import os
import time

import dns.dnssec
import dns.name
import dns.rrset
import dns.zone

from . import broken, maker, tree
from .authority import Authority, free_network

SEP = 1
TTL = 300
DAY_S = 86400
JOBS = 4

HEAD = """\
$ORIGIN %(name)s
$TTL %(ttl)d
@ SOA %(ns)s host.%(ns)s 1 3600 900 604800 60
@ NS %(ns)s
%(ns)s A %(address)s
"""


class Made:
    """A zone after signing. zone (dns.zone.Zone, absolute names) may be edited until it is written."""

    def __init__(self, spec, directory, text):
        self.spec, self.directory, self._text = spec, directory, text
        self.apex = dns.name.from_text(spec.name)
        os.makedirs(directory)
        self.zone = self._parsed(spec.make(directory, spec.name, text, spec.how) if spec.make else text)
        self._ksks = [key for key in self._keys() if key.flags & SEP]

    def _parsed(self, text):
        return dns.zone.from_text(text, self.apex, relativize=False, check_origin=False, allow_include=True)

    def again(self, text=None, **how):
        """The zone signed anew by BIND with the same keys, and with other settings."""
        return self._parsed(maker.bind(self.directory, self.spec.name, text or self._text,
                                       self.spec.how._replace(**how)))

    def _keys(self):
        found = self.zone.get_rdataset(self.apex, "DNSKEY")
        return list(found) if found else []

    def ksks(self):
        """As they were before anybody edited the zone."""
        return list(self._ksks)

    def key(self, number):
        """The DNSKEY of BIND's number-th key, be it in the zone or not."""
        return maker.public_key(self.directory, number)

    def signature(self, rrset, number=1):
        """An RRSIG by BIND's number-th key (the ZSK usually), which must be of P-256."""
        return dns.dnssec.sign(rrset, maker.private_key(self.directory, number), self.apex, self.key(number),
                               inception=time.time() - DAY_S, expiration=time.time() + DAY_S)

    def rrsets(self, owner, kind):
        """An RRset of the zone and its signatures."""
        owner, found = dns.name.from_text(owner), []
        for rdataset in (self.zone.find_rdataset(owner, kind), self.zone.find_rdataset(owner, "RRSIG", kind)):
            rrset = dns.rrset.RRset(owner, rdataset.rdclass, rdataset.rdtype, rdataset.covers)
            rrset.update(rdataset)
            found.append(rrset)
        return found

    def ds(self, key, digest="SHA256"):
        return dns.dnssec.make_ds(self.apex, key, digest, policy=dns.dnssec.allow_all_policy)


class Hierarchy:
    # Zones whose keys the upstreams that validate know, beside the root's.
    ISLANDS = ("island.plain.", "isle.open.alpha.")

    def __init__(self, directory, extra=()):
        """extra: zones beside the usual ones."""
        os.makedirs(directory)
        self.directory = directory
        network = free_network()
        self.addresses = {server: "%s.%d" % (network, number) for number, server in
                          enumerate((tree.A, tree.B, tree.C), 1)}
        self.root_address = self.addresses[tree.A]
        self.zones = {zone.name: zone for zone in [*tree.sound(), *broken.zones(), *extra]}
        self.made, self._due = {}, {}
        self._build()
        self.servers = [Authority(os.path.join(directory, server), address, self._files(server))
                        for server, address in self.addresses.items()]

    def _parent(self, name):
        while name != ".":
            name = name.partition(".")[2] or "."
            if name in self.zones:
                return name
        return None

    def _build(self):
        """Children first, each level at once."""
        levels = {}
        for name in self.zones:
            levels.setdefault(self._depth(name), []).append(name)
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for _, names in sorted(levels.items(), reverse=True):
                for name, made in zip(names, pool.map(self._make, names)):
                    self.made[name] = made
                    self._delegate(made)

    def _depth(self, name):
        parent = self._parent(name)
        return 0 if parent is None else 1 + self._depth(parent)

    def _ns(self, name):
        return "ns.rootserver." if name == "." else "ns." + name

    def _make(self, name):
        spec = self.zones[name]
        text = HEAD % {"name": name, "ttl": TTL, "ns": self._ns(name), "address": self.addresses[spec.server]}
        text += "\n".join([*spec.lines(), *self._due.get(name, ())]) + "\n"
        made = Made(spec, os.path.join(self.directory, name.strip(".") or "root"), text)
        if spec.edit:
            spec.edit(made)
        return made

    def _delegate(self, made):
        name = made.spec.name
        parent = self._parent(name)
        if parent is None:
            return
        lines = self._due.setdefault(parent, [])
        ns = self._ns(name)
        lines.append("%s NS %s\n%s A %s" % (name, ns, ns, self.addresses[made.spec.server]))
        lines += ["%s DS %s" % (name, ds.to_text()) for ds in (made.spec.ds(made) if made.spec.make else ())]

    def _files(self, server):
        files = {}
        for name, made in self.made.items():
            if made.spec.server == server:
                files[name] = os.path.join(made.directory, "served")
                made.zone.to_file(files[name], relativize=False)
        return files

    def anchors(self, *names):
        """Trust anchors as text: DS of the keys of the root and of those zones."""
        return ["%s DS %s" % (name, self.made[name].ds(key).to_text())
                for name in (".", *names) for key in self.made[name].ksks()]

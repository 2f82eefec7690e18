# SPDX-License-Identifier: MIT
"""The network of the laboratory, all of it in namespaces of its own:

    home ── cable ─┐              ┌── far0 ~~~ wan ── upstream0: a server of others, and an authority
         ── wifi ──┤─── router ───┤
         ── vpn ───┘              └── far1 ~~~ wan ── upstream1

The wires ~~~ are 20 ms long, there and back. This process enters the home's namespace and stays there."""

import os
import shutil
import tempfile

from lab import netns
from lab.ca import CA

from authority import Zones
from home import NETWORKS, Home
from router import Router
from upstream import Upstream
from wires import Wires

SERVERS = ("dnsdist", "unbound")
PRIORITY = -10  # where real time is not to be had


def enter():
    """Call it before any thread is there. Why it cannot be, or ""."""
    for program in ("ip", "nft", "ss", "nsenter", "knotd", "keymgr", "dnsdist", "unbound"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return "needs %s" % program
    for path in ("/dev/net/tun", "/proc/net/if_inet6"):
        if not os.path.exists(path):
            return "needs %s" % path
    if not netns.unshare():
        return "needs a network namespace"
    try:
        probe = Home()
        probe.ip("link add name probe type veth peer name eborp")
        probe.ip("link del probe")
        probe.nft("table ip probe {\n}\ndelete table ip probe\n")
    except RuntimeError as error:
        return "needs veth pairs and nftables: %s" % error
    _go_first()
    return ""


def _go_first():
    """Latency is to be the server's, not the machine's, which others use too. All that we start inherits it."""
    for how in (lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
                lambda: os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)):
        try:
            how()
            return
        except PermissionError:
            pass


class World:
    def __init__(self, servers=SERVERS):
        """servers: one for each upstream, by the names that Upstream.serve() knows."""
        self.directory = tempfile.mkdtemp(prefix="stubborn-faults-")
        os.chmod(self.directory, 0o755)
        self.servers, self.upstreams, self.wires, self.router, self._count = servers, [], None, None, 0
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self):
        self.ca = CA(os.path.join(self.directory, "ca"))
        self.zones = Zones(os.path.join(self.directory, "zones"))
        self.home = Home()
        self.router = Router(self.path("router"), NETWORKS)
        self.home.connect(self.router)
        for number, server in enumerate(self.servers):
            self.upstreams.append(Upstream(number, os.path.join(self.directory, "upstream%d" % number), self.ca,
                                           self.zones))
            self.upstreams[-1].serve(server)
        self.wires = Wires(self.path("wires"), self.router, [one.host for one in self.upstreams])
        for one in self.upstreams:
            self.router.ip("link set far%d up" % one.number)
            one.host.ip("link set wan up")
            one.host.ip("route add default dev wan")
            one.host.ip("-6 route add default dev wan")
            for address in one.addresses:
                one.host.ip("addr add %s dev wan" % address)
                self.router.ip("route add %s dev far%d" % (address, one.number))
        self.home.restore()

    def path(self, name):
        """A new directory."""
        self._count += 1
        path = os.path.join(self.directory, "%s-%d" % (name, self._count))
        os.makedirs(path)
        return path

    def addresses(self):
        return [address for one in self.upstreams for address in one.addresses]

    def restore(self):
        """As it was in the beginning, whatever was done to it."""
        self.router.heal()
        self.wires.restore()
        for one, server in zip(self.upstreams, self.servers):
            one.restore(server)
        self.home.restore()

    def close(self):
        for one in self.upstreams:
            one.close()
        for process in (self.wires, self.router):
            if process:
                (process.stop if process is self.wires else process.close)()
        shutil.rmtree(self.directory, ignore_errors=True)

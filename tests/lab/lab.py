# SPDX-License-Identifier: MIT
"""The laboratory: a directory, a CA, and the servers that a test asks for, started on first need."""

import functools
import os
import shutil
import tempfile

from .ca import CA
from .daemon import Daemon
from .dnsdist import Dnsdist
from .doh_server import DohServer
from .knot import Knot
from .kresd import Kresd
from .named import Named
from .nginx import Nginx
from .origin import Relay, Script
from .plain import Plain
from .proxy import Proxy
from .unbound import Unbound


class Lab:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="stubborn-lab-")
        os.chmod(self.directory, 0o755)  # a daemon that dropped its privileges still reads its configuration
        self.extra_zones = ()  # of the signed hierarchy, set before it is first used
        self.processes, self.daemons, self.proxies, self.plains, self._count = [], [], [], [], 0
        self.ca = CA(self.path("ca"))

    def path(self, name):
        return os.path.join(self.directory, name)

    def _started(self, process):
        self.processes.append(process)
        return process

    @functools.cached_property
    def knot(self):
        return self._started(Knot(self.path("knot")))

    @functools.cached_property
    def unbound(self):
        return self._started(Unbound(self.path("unbound"), self.ca.issue("good"), self.knot.port))

    @functools.cached_property
    def dnsdist(self):
        return self._started(Dnsdist(self.path("dnsdist"), self.ca.issue("good"), self.knot.port))

    @functools.cached_property
    def kresd(self):
        return self._started(Kresd(self.path("kresd"), self.ca.issue("good"), self.knot.port))

    @functools.cached_property
    def named(self):
        return self._started(Named(self.path("named"), self.ca.issue("good"), self.knot.port))

    @functools.cached_property
    def nginx(self):
        return self._started(Nginx(self.path("nginx"), self.ca.issue("good"), CA.NAME, self.knot.port))

    @functools.cached_property
    def hierarchy(self):
        """The signed one, with its servers."""
        from .hierarchy import Hierarchy  # takes packages that the laboratory for a person does without
        made = Hierarchy(self.path("hierarchy"), self.extra_zones)
        self.processes += made.servers
        return made

    @functools.cached_property
    def iterating_unbound(self):
        return self._started(Unbound(self.path("iterating-unbound"), self.ca.issue("good"),
                                     root=self.hierarchy.root_address))

    @functools.cached_property
    def iterating_kresd(self):
        anchors = self.hierarchy.anchors(*self.hierarchy.ISLANDS)
        return self._started(Kresd(self.path("iterating-kresd"), self.ca.issue("good"),
                                   root=self.hierarchy.root_address, anchors=anchors))

    def proxy(self, script=None, certificate="good", behind=None, **how):
        """A proxy in front of unbound, or of another server, or one that answers by a script (see origin.py)."""
        origin = Script(script) if script else Relay((behind or self.unbound).port, self.ca.file)
        proxy = Proxy(self.ca.issue(certificate), origin, **how)
        self.proxies.append(proxy)
        return proxy

    def doh_server(self, script, **how):
        """A DoH server that answers by a script and misbehaves on request."""
        server = DohServer(self.ca.issue("good"), script, **how)
        self.proxies.append(server)
        return server

    def plain(self, script, **how):
        """A DNS server without encryption that answers by a script."""
        plain = Plain(script, **how)
        self.plains.append(plain)
        return plain

    def upstream(self, server, name="one", **keys):
        """The configuration of an upstream; server is anything of ours with a port."""
        return {"url": "tls://" + CA.NAME, "name": name, "addresses": ["127.0.0.1@%d" % server.port],
                "ca-file": self.ca.file, **keys}

    def doh_upstream(self, server, name="one", path="/dns-query", **keys):
        """The same, asked over HTTPS; server is anything of ours with a doh_port."""
        return {"url": "https://%s:%d%s" % (CA.NAME, server.doh_port, path), "name": name, "addresses": ["127.0.0.1"],
                "ca-file": self.ca.file, **keys}

    def daemon(self, *upstreams, ready=True, **keys):
        """stubborn with those upstreams, in their order, and those keys of the configuration (_ for -).
        A key that is None is left out."""
        self._count += 1
        how = {name: keys.pop(name) for name in ("env", "prefix", "inherit") if name in keys}
        config = {"upstreams": list(upstreams), "strategy": "ordered",
                  **{key.replace("_", "-"): value for key, value in keys.items()}}
        config = {key: value for key, value in config.items() if value is not None}
        daemon = Daemon(self.path("stubborn-%d" % self._count), config, ready, **how)
        self.daemons.append(daemon)
        return daemon

    def close_daemons(self):
        """End every stubborn; what was wrong with them, "" when nothing was."""
        daemons, self.daemons = self.daemons, []
        return "\n".join(filter(None, [daemon.finish() for daemon in daemons]))

    def close_proxies(self):
        proxies, self.proxies = self.proxies, []
        for proxy in proxies:
            proxy.close()
        plains, self.plains = self.plains, []
        for plain in plains:
            plain.close()

    def close(self):
        self.close_daemons()
        self.close_proxies()
        for process in reversed(self.processes):
            process.stop()
        shutil.rmtree(self.directory)

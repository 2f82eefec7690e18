# SPDX-License-Identifier: MIT
"""Where a server runs: the address and ports that it serves on, and the command that puts it there."""

import collections

from . import port


class Place(collections.namedtuple("Place", "address port doh_port prefix")):
    @classmethod
    def loopback(cls):
        return cls("127.0.0.1", port.free(), port.free(), ())

# SPDX-License-Identifier: MIT
"""Free ports on loopback."""

import random
import socket

# Below the ephemeral range (32768 on Linux), so that no outgoing connection takes a port between our look and its use.
LOWEST, HIGHEST = 15000, 32000
TRIES = 200


def _held(family, address, kind, port):
    with socket.socket(family, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False


def has_ipv6():
    """Some containers have no IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def free():
    """A port that nobody holds, neither TCP nor UDP, on either loopback address."""
    loopbacks = [(socket.AF_INET, "127.0.0.1")]
    if has_ipv6():
        loopbacks.append((socket.AF_INET6, "::1"))
    for _ in range(TRIES):
        port = random.randint(LOWEST, HIGHEST)
        if not any(_held(family, address, kind, port) for family, address in loopbacks
                   for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
            return port
    raise RuntimeError("no free port between %d and %d" % (LOWEST, HIGHEST))

# SPDX-License-Identifier: MIT
"""A network of our own: this process and its children see nothing but a loopback and a road that leads nowhere."""

import ctypes
import os
import subprocess

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
OUTSIDE = "192.0.2.1"


def unshare():
    """Into an empty network, with all rights over it. Call it before anything else. False where the kernel or a
    container does not allow it."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET if user == 0 else CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    if user != 0:
        for path, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % user), ("gid_map", "0 %d 1" % group)):
            with open("/proc/self/" + path, "w", encoding="ascii") as out:
                out.write(text)
    return True


def enter():
    """Into one with a loopback and the road. Call it before anything else. True when inside."""
    if not unshare():
        return False
    # Whatever tried to leave the machine would take this road, and be seen. Kernels differ in what they have.
    made = _ip("link add road type dummy") or _ip("link add road type veth peer name far") and _ip("link set far up")
    return made and all(_ip(command) for command in (
        "link set lo up", "link set road arp off", "link set road up", "addr add %s/24 dev road" % OUTSIDE,
        "route add default dev road", "-6 route add default dev road"))


def _ip(command):
    return subprocess.run(["ip", *command.split()], capture_output=True).returncode == 0

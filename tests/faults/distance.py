#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Wires that are long: distance.py CONTROL NEAR-PID FAR-PID=ONE-WAY-MS…

Each wire is a tun device "far0", "far1", … in the network of NEAR-PID and one named "wan" in that of FAR-PID; what goes
in at one end comes out at the other that much later. The kernel's own means, netem, is missing from many kernels.

CONTROL is a datagram socket that takes "NUMBER KEY VALUE": delay (ms one way), jitter (ms, which lets packets overtake
one another), loss (percent)."""

import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000
PACKET_MAX = 65536
IDLE_S = 60


def open_tun(pid, name):
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/%s/ns/net" % pid, "rb") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns to the network of %s" % pid)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


class Wire:
    def __init__(self, near, far, delay_ms):
        self.other = {near: far, far: near}
        self.how = {"delay": delay_ms, "jitter": 0.0, "loss": 0.0}

    def due(self):
        """When what enters now comes out; None: never."""
        if random.random() * 100 < self.how["loss"]:
            return None
        return time.monotonic() + (self.how["delay"] + random.random() * self.how["jitter"]) / 1000


class Distance:
    def __init__(self, control, wires):
        self._control, self._wires = control, wires
        self._of = {end: wire for wire in wires for end in wire.other}
        self._under_way, self._count = [], 0

    def _enter(self, end):
        wire = self._of[end]
        while True:
            try:
                packet = os.read(end, PACKET_MAX)
            except BlockingIOError:
                return
            due = wire.due()
            if due is not None:
                self._count += 1  # of two due at once, the earlier first
                heapq.heappush(self._under_way, (due, self._count, wire.other[end], packet))

    def _leave(self):
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            *_, end, packet = heapq.heappop(self._under_way)
            try:
                os.write(end, packet)
            except OSError:
                pass  # a full queue or a device that is down loses it, as a wire would

    def _obey(self):
        number, key, value = self._control.recv(100).decode("ascii").split()
        self._wires[int(number)].how[key] = float(value)

    def run(self):
        while True:
            wait_s = max(0, self._under_way[0][0] - time.monotonic()) if self._under_way else IDLE_S
            for ready in select.select([self._control, *self._of], [], [], wait_s)[0]:
                if ready is self._control:
                    self._obey()
                else:
                    self._enter(ready)
            self._leave()


def main():
    control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    control.bind(sys.argv[1])
    wires = []
    for number, argument in enumerate(sys.argv[3:]):
        pid, _, delay_ms = argument.partition("=")
        wires.append(Wire(open_tun(sys.argv[2], "far%d" % number), open_tun(pid, "wan"), float(delay_ms)))
    print("ready", flush=True)
    Distance(control, wires).run()


if __name__ == "__main__":
    main()

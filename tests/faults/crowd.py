#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many TCP clients at once: crowd.py ADDRESS PORT COUNT SOURCE…

It opens so many connections, from those addresses in turn, asks one question over each, and holds them all until SIGTERM,
whatever becomes of them. It says "there" when it is done."""

import os
import resource
import select
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]

import load  # noqa: E402  (the path had to come first)
import names  # noqa: E402

BATCH = 100
BATCH_S = 0.02
SPARE = 100


def main():
    address, port, count, *sources = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + SPARE, max(count + SPARE, resource.getrlimit(
        resource.RLIMIT_NOFILE)[1])))
    wire = load.wire_of(names.popular(0, names.LASTING[0]), 1)
    poll, connections = select.epoll(), {}
    for number in range(count):
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        one.setblocking(False)
        one.bind((sources[number % len(sources)], 0))
        one.connect_ex((address, port))
        connections[one.fileno()] = one
        poll.register(one, select.EPOLLOUT | select.EPOLLONESHOT)
        if number % BATCH == 0 or number == count - 1:
            time.sleep(BATCH_S)
            for ready, _ in poll.poll(0):
                try:
                    connections[ready].send(struct.pack("!H", len(wire)) + wire)
                except OSError:
                    pass  # turned away already
    print("there", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()

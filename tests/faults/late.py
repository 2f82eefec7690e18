#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A server that is slow: late.py PORT SECONDS. It takes questions over TCP, any number at once, and says so late that the
name does not exist."""

import asyncio
import struct
import sys

NXDOMAIN = 0x8183  # QR, RD, RA
HEADER, TAIL = 12, 5  # octets before a question; from the end of its name


async def answer(writer, wire, seconds):
    await asyncio.sleep(seconds)
    reply = wire[:2] + struct.pack("!HHHHH", NXDOMAIN, 1, 0, 0, 0) + wire[HEADER:wire.index(0, HEADER) + TAIL]
    writer.write(struct.pack("!H", len(reply)) + reply)


async def serve(reader, writer, seconds):
    tasks = set()
    try:
        while True:
            length, = struct.unpack("!H", await reader.readexactly(2))
            tasks.add(asyncio.create_task(answer(writer, await reader.readexactly(length), seconds)))
    except asyncio.IncompleteReadError:
        pass  # it has been closed


async def main():
    seconds = float(sys.argv[2])
    server = await asyncio.start_server(lambda *pair: serve(*pair, seconds), "127.0.0.1", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())

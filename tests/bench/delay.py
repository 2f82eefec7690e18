#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A TCP relay that is far away: delay.py PORT TARGET ONE-WAY-MS. It hands octets on as they are, each so much later.
Connections are accepted at once, as the kernel does that; what a handshake over that way would have taken is added to
the first octets of each. On SIGUSR1 it says how many connections and octets it has had."""

import asyncio
import contextlib
import selectors
import signal
import sys

CHUNK = 65536


class Count:
    def __init__(self):
        self.connections = self.up = self.down = 0

    def say(self):
        print("counted %d %d %d" % (self.connections, self.up, self.down), flush=True)


async def hand_on(reader, writer, delay_s, first_s, count):
    """Each chunk leaves delay_s after it came, and not in front of the one before it."""
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()

    async def write():
        while True:
            due_s, data = await queue.get()
            await asyncio.sleep(max(0, due_s - loop.time()))
            if not data:
                break
            writer.write(data)
        writer.close()

    writing = asyncio.create_task(write())
    with contextlib.suppress(ConnectionError):
        earliest_s = loop.time() + first_s
        while data := await reader.read(CHUNK):
            count(len(data))
            queue.put_nowait((max(loop.time(), earliest_s) + delay_s, data))
    queue.put_nowait((loop.time() + delay_s, b""))
    with contextlib.suppress(ConnectionError):
        await writing


async def main():
    port, target, delay_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
    count = Count()

    def up(octets):
        count.up += octets

    def down(octets):
        count.down += octets

    async def serve(reader, writer):
        count.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(hand_on(reader, far_writer, delay_s, 2 * delay_s, up),
                             hand_on(far_reader, writer, delay_s, 0, down))

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, count.say)
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


# epoll counts in milliseconds, select in microseconds.
asyncio.SelectorEventLoop(selectors.SelectSelector()).run_until_complete(main())

# SPDX-License-Identifier: MIT
"""What a row may use while it makes its fault."""

import signal
import time

SETTLE_S = 0.3  # in which what is under way has been answered


class Stage:
    def __init__(self, world, seconds):
        self.world, self.seconds, self.watch, self.subject, self._load = world, seconds, None, None, None

    def wait(self, share=1.0):
        """For as long as the fault is to last, or a share of it."""
        time.sleep(self.seconds * share)

    def favourite(self):
        """The upstream that gets most of the questions, whose loss is felt most."""
        counts = self.watch.questions
        return max(self.world.upstreams, key=lambda one: counts[one.address] + counts[one.other_address])

    def forget_connections(self):
        self.world.router.forget(self.world.home.ports_to(853, 443))

    def fall_asleep(self):
        """The machine does: nobody asks any more, and the server stands still."""
        self._load.send(signal.SIGSTOP)
        time.sleep(SETTLE_S)
        self.subject.send(signal.SIGSTOP)

    def wake_up(self):
        self.subject.send(signal.SIGCONT)
        self._load.send(signal.SIGCONT)

# SPDX-License-Identifier: MIT
"""What a row may use while it makes its fault."""

import signal
import time

from lab.process import Process

SETTLE_S = 0.3  # in which what is under way has been answered


class Stage:
    def __init__(self, world, seconds):
        self.world, self.seconds, self.watch, self.subject, self._load = world, seconds, None, None, None
        self._programs = []

    def wait(self, share=1.0):
        """For as long as the fault is to last, or a share of it."""
        time.sleep(self.seconds * share)

    def favourite(self):
        """The upstream that gets most of the questions, whose loss is felt most."""
        counts = self.watch.questions
        return max(self.world.upstreams, key=lambda one: sum(counts[address] for address in one.addresses))

    def forget_connections(self):
        self.world.router.forget(self.world.home.ports_to(853, 443))

    def start(self, name, argv, ready):
        """A program that ends with the trial."""
        self._programs.append(Process(name, argv, self.directory))
        self._programs[-1].await_line(ready)

    def hush(self):
        """Nobody asks any more."""
        self._load.send(signal.SIGSTOP)
        time.sleep(SETTLE_S)

    def ask_on(self):
        self._load.send(signal.SIGCONT)

    def fall_asleep(self):
        """The machine does: nobody asks any more, and the server stands still."""
        self.hush()
        self.subject.send(signal.SIGSTOP)

    def wake_up(self):
        self.subject.send(signal.SIGCONT)
        self.ask_on()

    def restart(self, number=signal.SIGTERM):
        """The server is ended with that signal, and started again with what it had kept."""
        self.subject = self.subject.again(number)

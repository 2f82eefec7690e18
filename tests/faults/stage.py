# SPDX-License-Identifier: MIT
"""What a row may use while it makes its fault."""

import time


class Stage:
    def __init__(self, world, seconds):
        self.world, self.seconds, self.watch, self.subject = world, seconds, None, None

    def wait(self, share=1.0):
        """For as long as the fault is to last, or a share of it."""
        time.sleep(self.seconds * share)

    def favourite(self):
        """The upstream that gets most of the questions, whose loss is felt most."""
        counts = self.watch.questions
        return max(self.world.upstreams, key=lambda one: counts[one.address] + counts[one.other_address])

    def forget_connections(self):
        self.world.router.forget(self.world.home.ports_to(853, 443))

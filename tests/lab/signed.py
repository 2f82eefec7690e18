# SPDX-License-Identifier: MIT
"""A test case with the signed hierarchy, and stubborn validating it from the hierarchy's own root."""

import unittest

from . import authority
from .case import LiveCase

# Whether we can serve where referrals lead; asked before any thread is there.
READY = authority.ready()


@unittest.skipUnless(READY, "needs port 53 on loopback, or a network namespace")
class SignedCase(LiveCase):
    def validating(self, *upstreams, anchors=(), **keys):
        """anchors: zones whose keys are trusted beside the root's. A key dnssec adds to the section."""
        dnssec = {"trust-anchors": self.lab.hierarchy.anchors(*anchors), **keys.pop("dnssec", {})}
        return self.lab.daemon(*upstreams, dnssec=dnssec, **keys)

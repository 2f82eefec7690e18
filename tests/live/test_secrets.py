#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S8: keys stay where they are."""

import os

from lab import client, origin, tap
from lab.case import LiveCase


class SecretsTest(LiveCase):
    def test_no_key_in_log_or_file(self):
        """Whoever reads the log, or a core of the disk, could decrypt what was recorded on the way."""
        state = self.lab.path("state")
        os.makedirs(state, exist_ok=True)
        keys = self.lab.path("server-keys")
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        proxy.keep_keys(keys)
        one = self.lab.daemon(self.lab.upstream(proxy), log={"level": "debug", "queries": "all"},
                              **{"state-dir": state})
        client.udp(one.port, client.query("www.example"))
        with open(keys, encoding="ascii") as lines:
            secrets = [line.split()[2] for line in lines if not line.startswith("#")]
        self.assertTrue(secrets, "the server tells its keys, else this test sees nothing")
        output = one.output().lower().encode()
        for directory, _, names in os.walk(state):
            for name in names:
                with open(os.path.join(directory, name), "rb") as kept:
                    data = kept.read()
                    output += data.lower() + data.hex().encode()
        for secret in secrets:
            self.assertNotIn(secret.lower().encode(), output)

    def test_no_key_log_by_environment(self):
        """Whoever can set a variable of ours could have our keys written out."""
        path = self.lab.path("client-keys")
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy), env={"SSLKEYLOGFILE": path})
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("www.example"))))
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    tap.main()

# SPDX-License-Identifier: MIT
"""A laboratory on loopback: real servers of others, a throw-away CA, a proxy that misbehaves on request."""

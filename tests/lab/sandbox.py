#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a program that may not open netlink sockets, as in a service unit that leaves AF_NETLINK out.
sandbox.py PROGRAM ARGUMENT..."""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

SOCKET_CALL = {"x86_64": 41, "aarch64": 198}.get(platform.machine())
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
ALLOW, ERRNO = 0x7fff0000, 0x00050000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER_AT, FIRST_ARGUMENT_AT = 0, 16


def supported():
    return SOCKET_CALL is not None


def prefix():
    return [sys.executable, os.path.realpath(__file__)]


def _forbid():
    steps = [(LOAD, 0, 0, NUMBER_AT), (EQUAL, 0, 3, SOCKET_CALL), (LOAD, 0, 0, FIRST_ARGUMENT_AT),
             (EQUAL, 0, 1, socket.AF_NETLINK), (RETURN, 0, 0, ERRNO | errno.EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(
            PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    _forbid()
    os.execvp(sys.argv[1], sys.argv[1:])

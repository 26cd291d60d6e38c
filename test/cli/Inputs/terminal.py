#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs codrop on a terminal: there it has colours and shows how far it is.

Usage: terminal.py CODROP
"""
import os
import pty
import sys


def run(**environment):
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(environment, TERM="xterm-256color")
        os.execv(sys.argv[1], [sys.argv[1]])
    text = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # The other side is closed.
            break
        if not part:
            break
        text += part
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == 1, (status, text)
    return text.decode()


coloured = run()
assert "\x1b[1;31merror[codrop-lock-across-suspension]" in coloured, coloured
assert "\r[0/1] a.cpp\x1b[K" in coloured, coloured
# The progress line is taken away before anything else is printed.
assert coloured.rindex("\r\x1b[K") < coloured.index("error["), coloured
plain = run(NO_COLOR="1")
assert "\nerror[codrop-lock" in plain.replace("\x1b[K", "\n") and "\x1b[1;31m" not in plain, plain

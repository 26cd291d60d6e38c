#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs codrop on a file that never ends to be read, and stops it in two ways.

Usage: interrupt.py CODROP FOLDER INCLUDE
The file includes a FIFO that nobody writes to, so it hangs without work.
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

codrop, folder, include = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
temporary = folder / "tmp"
temporary.mkdir()
os.mkfifo(folder / "fifo.h")
environment = dict(os.environ, TMPDIR=str(temporary))


def start(*arguments):
    command = [codrop, "--output=concise", *arguments, "--", "-std=c++20", "-I" + include]
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def check(name, what, text):
    if what not in text:
        sys.exit(f"{name}: expected {what!r} in:\n{text}")


def workers():
    """Processes whose command line names the temporary folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(temporary).encode() in entry.read_bytes():
                found.append(entry.parent.name)
        except OSError:
            pass
    return found


def nothing_left(name):
    if os.listdir(temporary):
        sys.exit(f"{name}: left in the temporary folder: {os.listdir(temporary)}")
    # A killed worker is gone when its parent has waited for it, which it has.
    if workers():
        sys.exit(f"{name}: workers are still there: {workers()}")


began = time.monotonic()
run = start("--timeout=2", "hangs.cpp")
out, err = run.communicate(timeout=120)
check("timeout", "hangs.cpp: could not be analysed: took longer than 2.0 s (--timeout=2)", err)
check("timeout", "no findings in 1 file", err)
assert run.returncode == 3, run.returncode
assert time.monotonic() - began >= 2
nothing_left("timeout")

run = start("-j2", "found.cpp", "hangs.cpp")
# Wait until the first result has been read: its request is then gone.
deadline = time.monotonic() + 120
while time.monotonic() < deadline:
    names = [p.name for p in temporary.glob("*/*")]
    if "ask1" in names and "ask0" not in names:
        break
    time.sleep(0.05)
else:
    sys.exit("interrupt: the first file was never finished")
assert len(workers()) == 1, workers()
run.send_signal(signal.SIGINT)
out, err = run.communicate(timeout=30)
assert run.returncode == 130, run.returncode
check("interrupt", "found.cpp:3:31: error:", out)
check("interrupt", ", interrupted.", err)
nothing_left("interrupt")

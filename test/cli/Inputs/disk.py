#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs codrop where it cannot write.

Usage: disk.py CODROP FOLDER
/dev/full stands for a full disk, and a limit on the size of files for one
that becomes full on the way.
"""
import os
import resource
import signal
import subprocess
import sys

codrop, folder = sys.argv[1:]


def run(name, wanted_code, *wanted, options=(), limit=None, stdout=subprocess.PIPE, **environment):
    def before():
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    ended = subprocess.run(
        [codrop, "--output=concise", *options], cwd=folder, env=dict(os.environ, **environment), text=True, stdout=stdout, stderr=subprocess.PIPE, preexec_fn=before
    )
    text = (ended.stdout or "") + ended.stderr
    if ended.returncode != wanted_code:
        sys.exit(f"{name}: exit code {ended.returncode} instead of {wanted_code}:\n{text}")
    for words in wanted:
        if words not in text:
            sys.exit(f"{name}: expected {words!r} in:\n{text}")


with open("/dev/full", "w") as full:
    run("output", 4, "codrop: error: cannot write the findings: No space left on device", stdout=full)
    run("other output", 4, "codrop: error: cannot write the output: No space left on device", options=["rules"], stdout=full)
run("report", 4, "codrop: error: cannot write /dev/full: No space left on device", "a.cpp:3:31: error:", options=["--report=sarif=/dev/full"])
run("temporary folder", 4, "codrop: error: cannot make a temporary folder in /no/such/folder: No such file or directory; TMPDIR names another place", TMPDIR="/no/such/folder")
run("request", 4, "codrop: error: cannot write ", ": File too large", limit=0)
# Enough for the request, too little for the result.
run("result", 4, "codrop: error: cannot write ", "/result0: File too large", limit=4000)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and fails unless it exits with the given code.

Usage: exits.py CODE COMMAND...   `not` only knows zero and the rest.
"""
import subprocess
import sys

wanted, command = int(sys.argv[1]), sys.argv[2:]
ended = subprocess.run(command, stdin=subprocess.DEVNULL)
if ended.returncode != wanted:
    sys.exit(f"exits.py: expected exit code {wanted}, got {ended.returncode}: {' '.join(command)}")

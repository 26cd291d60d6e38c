#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes FOLDER/compile_commands.json for the files in the current folder.

Usage: database.py FOLDER FILE... [-- FLAG...]
What does not begin with a dash at their front is the compiler.
"""
import json
import os
import pathlib
import sys

arguments = sys.argv[1:]
flags = []
if "--" in arguments:
    at = arguments.index("--")
    arguments, flags = arguments[:at], arguments[at + 1 :]
compiler = []
while flags and not flags[0].startswith("-"):
    compiler.append(flags.pop(0))
inputs = str(pathlib.Path(__file__).resolve().parent)
folder = pathlib.Path(arguments[0])
folder.mkdir(parents=True, exist_ok=True)
here = os.getcwd()
entries = []
for name in arguments[1:]:
    path = os.path.join(here, name)
    standard = [] if any(f.startswith("-std=") for f in flags) else ["-std=c++20"]
    command = [*(compiler or ["clang++"]), *standard, "-I" + inputs, *flags, "-c", path, "-o", path + ".o"]
    entries.append({"directory": here, "file": path, "arguments": command})
(folder / "compile_commands.json").write_text(json.dumps(entries, indent=1))

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Changes the language level of a file in FOLDER/compile_commands.json.

Usage: flags.py FOLDER FILE -std=LEVEL
"""
import json
import pathlib
import sys

folder, name, standard = sys.argv[1:]
database = pathlib.Path(folder) / "compile_commands.json"
entries = json.loads(database.read_text())
for entry in entries:
    if entry["file"].endswith("/" + name):
        entry["arguments"] = [standard if a.startswith("-std=") else a for a in entry["arguments"]]
database.write_text(json.dumps(entries))

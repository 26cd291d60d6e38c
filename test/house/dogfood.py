#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs all rules over each header of a folder, and over the sources that are
named: none may be found wanting.

Usage: dogfood.py INCLUDE-FOLDER CLANG-TIDY PLUGIN [SOURCE…]
"""
import pathlib
import subprocess
import sys
import tempfile


def main() -> None:
    folder, tidy, plugin = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    headers = sorted(p.relative_to(folder) for p in folder.rglob("*.hpp"))
    if not headers:
        sys.exit(f"no headers below {folder}")
    with tempfile.TemporaryDirectory() as scratch:
        # One translation unit for all: parsing is what costs.
        source = pathlib.Path(scratch) / "all.cpp"
        source.write_text("".join(f"#include <{h}>\n" for h in headers), encoding="utf-8")
        command = [tidy, f"-load={plugin}", "--checks=-*,codrop-*", "--config={}", "--header-filter=.*", "--quiet", str(source), "--", "-std=c++20", f"-I{folder}"]
        wrong = False
        for subject in [str(source), *sys.argv[4:]]:
            done = subprocess.run([subject if word == str(source) else word for word in command], capture_output=True, text=True)
            if done.returncode or done.stdout.strip():
                print(done.stdout + done.stderr)
                wrong = True
        if wrong:
            sys.exit(1)


if __name__ == "__main__":
    main()

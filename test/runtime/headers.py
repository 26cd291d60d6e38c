#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles every header of the runtime alone, without a warning.

Usage: headers.py INCLUDE-FOLDER COMPILER [FLAG…]

A header is included twice, so that its guard is tried too. Exits with 1 and the
compiler's words if one does not compile.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLAGS = "-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Werror -c -o".split()


def main() -> None:
    folder, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    headers = sorted(p.relative_to(folder) for p in folder.rglob("*.hpp"))
    if not headers:
        sys.exit(f"no headers below {folder}")
    # ccache makes the second run cheap.
    launcher = ["ccache"] if shutil.which("ccache") else []
    with tempfile.TemporaryDirectory() as scratch:

        def compile_alone(header: pathlib.Path) -> str:
            source = pathlib.Path(scratch) / (str(header).replace("/", "_") + ".cpp")
            source.write_text(f"#include <{header}>\n#include <{header}>\n", encoding="utf-8")
            done = subprocess.run([*launcher, *command, f"-I{folder}", source, *FLAGS, f"{source}.o"], capture_output=True, text=True, check=False)
            return f"{header} does not compile alone with {' '.join(command)}:\n{done.stderr[:3000]}" if done.returncode else ""

        with concurrent.futures.ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
            wrong = [text for text in pool.map(compile_alone, headers) if text]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles every header of the runtime, without a warning.

Usage: headers.py alone|together INCLUDE-FOLDER COMPILER [FLAG…]

Each alone, or all in one file, which takes a tenth of the time and tells as much
of a second compiler. A header is included twice, so that its guard is tried too.
Exits with 1 and the compiler's words if one does not compile.
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
    alone, folder, command = sys.argv[1] == "alone", pathlib.Path(sys.argv[2]), sys.argv[3:]
    headers = sorted(p.relative_to(folder) for p in folder.rglob("*.hpp"))
    if not headers:
        sys.exit(f"no headers below {folder}")
    groups = [[header] for header in headers] if alone else [headers]
    # ccache makes the second run cheap.
    launcher = ["ccache"] if shutil.which("ccache") else []
    with tempfile.TemporaryDirectory() as scratch:

        def compiled(group: list[pathlib.Path]) -> str:
            source = pathlib.Path(scratch) / (str(group[0]).replace("/", "_") + ".cpp")
            source.write_text("".join(f"#include <{header}>\n" for header in group * 2), encoding="utf-8")
            done = subprocess.run([*launcher, *command, f"-I{folder}", source, *FLAGS, f"{source}.o"], capture_output=True, text=True, check=False)
            return f"{', '.join(map(str, group))} did not compile with {' '.join(command)}:\n{done.stderr[:3000]}" if done.returncode else ""

        with concurrent.futures.ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
            wrong = [text for text in pool.map(compiled, groups) if text]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

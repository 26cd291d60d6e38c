#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Keeps the example of docs/internals/suspend-cfg.md as codrop prints it.

Usage: page_dump.py [--update] PAGE CODROP FOLDER

The page's first ```cpp block is written to FOLDER/example.cpp, and what
`codrop debug cfg` says of each function in it that the following ```text blocks
begin with must be those blocks.
"""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(cpp|text)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def main() -> None:
    update = sys.argv[1] == "--update"
    page, codrop, folder = sys.argv[2 if update else 1 :][:3]
    text = pathlib.Path(page).read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    source = next((b for b in blocks if b[1] == "cpp"), None)
    dumps = [b for b in blocks if b[1] == "text"]
    if source is None or not dumps:
        sys.exit(f"{page}: needs a ```cpp block and a ```text block")
    example = pathlib.Path(folder) / "example.cpp"
    example.write_text(source[2], encoding="utf-8")
    stale = False
    for block in reversed(dumps):
        name = block[2].split(":")[0]
        command = [codrop, "debug", "cfg", str(example), "--no-config", f"--function={name}", "--", "-std=c++20", "-w"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(f"{' '.join(command)}\n{run.stderr}")
        if run.stdout != block[2]:
            stale = True
            text = text[: block.start(2)] + run.stdout + text[block.end(2) :]
            if not update:
                print(f"{page}: {name} is shown as\n{run.stdout}", file=sys.stderr)
    if update:
        pathlib.Path(page).write_text(text, encoding="utf-8")
    elif stale:
        sys.exit(f"stale: run {sys.argv[0]} --update {page} {codrop} FOLDER")


if __name__ == "__main__":
    main()

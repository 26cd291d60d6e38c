#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes OUT, a table of {"name", "text"} C++ string pairs, one a FILE.

Usage: embed.py OUT FILE...
String literals are cut at 8,000 bytes because compilers limit their length.
"""
import pathlib
import sys


def literal(text: str) -> str:
    parts = [text[i : i + 8000] for i in range(0, len(text), 8000)] or [""]
    return "\n".join('R"_codrop_(' + part + ')_codrop_"' for part in parts)


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        rows.append('{"%s", %s},\n' % (path.name, literal(path.read_text(encoding="utf-8"))))
    out.write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fills the pages of docs/runtime from what is compiled.

Usage: docs.py [--check]

A page NAME.md has <!-- synopsis --> and <!-- example --> where the public
declarations of runtime/include/codrop/NAME.hpp and the marked part of
runtime/examples/NAME.cpp go. --check only says which pages are out of date, and
which header has no page. Exits with 1 then, or if something is missing.
"""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADERS, EXAMPLES, PAGES = ROOT / "runtime/include/codrop", ROOT / "runtime/examples", ROOT / "docs/runtime"


def declaration(lines: list[str], at: int) -> str:
    """What is declared from line `at` on, without its body."""
    text = ""
    for line in lines[at:]:
        text += line + "\n"
        code = re.sub(r"//.*", "", line).rstrip()
        if code.endswith(("{", ";", "}")):
            break
    head = re.split(r"\s*\{", text, maxsplit=1)[0] if "{" in text else text.rstrip().rstrip(";")
    is_class = re.search(r"^\s*(template\b.*?>\s*)?(class|struct|enum)\b", head, re.S)
    if not is_class:
        head = re.split(r"\)\s*(?:noexcept)?\s*\n?\s*:\s", head, maxsplit=1)[0] + (")" if re.search(r"\)\s*(noexcept)?\s*\n?\s*:\s", head) else "")
        return head.rstrip() + ";"
    return head.rstrip() + " { … };"


def synopsis(header: pathlib.Path) -> str:
    lines = header.read_text(encoding="utf-8").splitlines()
    found, hidden, at = [], False, 0
    while at < len(lines):
        line = lines[at]
        if re.match(r"(namespace detail|namespace codrop::detail|namespace codrop::testing::detail)\b", line):
            hidden = True
        elif re.match(r"\} // namespace .*detail", line):
            hidden = False
        if hidden or not re.match(r"\s*///(?!<)", line):
            at += 1
            continue
        comment = []
        while at < len(lines) and re.match(r"\s*///", lines[at]):
            comment.append(lines[at])
            at += 1
        if at < len(lines) and lines[at].startswith("#define"):
            found.append("\n".join([*comment, re.split(r"\s+CODROP_ANNOTATE|\\$", lines[at])[0]]))
        else:
            found.append("\n".join([*comment, declaration(lines, at)]))
    if not found:
        sys.exit(f"{header} documents nothing")
    return f"```cpp\n#include <codrop/{header.name}>\n\n" + "\n\n".join(found) + "\n```"


def example(source: pathlib.Path) -> str:
    text = source.read_text(encoding="utf-8")
    parts = re.findall(r"^[ \t]*// \[example\]\n(.*?)^[ \t]*// \[end\]", text, re.S | re.M)
    if not parts:
        sys.exit(f"{source} marks no // [example] … // [end]")
    shown = "\n\n".join(textwrap.dedent(part).strip("\n") for part in parts)
    return f"```cpp\n{shown}\n```\n\nFrom [runtime/examples/{source.name}](../../runtime/examples/{source.name}), which the tests run."


def fill(page: str, mark: str, text: str) -> str:
    block = f"<!-- {mark} -->\n{text}\n<!-- /{mark} -->"
    whole = re.compile(rf"<!-- {mark} -->.*?<!-- /{mark} -->", re.S)
    if whole.search(page):
        return whole.sub(lambda _: block, page)
    return page.replace(f"<!-- {mark} -->", block)


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    wrong = []
    for header in sorted(HEADERS.glob("*.hpp")):
        page = PAGES / f"{header.stem}.md"
        if not page.exists():
            wrong.append(f"{header.relative_to(ROOT)} has no page docs/runtime/{page.name}")
            continue
        old = page.read_text(encoding="utf-8")
        new = old
        if "<!-- synopsis -->" not in old:
            wrong.append(f"docs/runtime/{page.name} has no <!-- synopsis -->")
        else:
            new = fill(new, "synopsis", synopsis(header))
        if "<!-- example -->" in old:
            new = fill(new, "example", example(EXAMPLES / f"{header.stem}.cpp"))
        if new != old:
            if check:
                wrong.append(f"docs/runtime/{page.name} is out of date: run runtime/docs.py")
            else:
                page.write_text(new, encoding="utf-8")
    for page in sorted(PAGES.glob("*.md")):
        if page.stem != "README" and not (HEADERS / f"{page.stem}.hpp").exists():
            wrong.append(f"docs/runtime/{page.name} is about no header")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

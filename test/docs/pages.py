# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs codrop over the code blocks of the rule pages and of README.md.

  ```cpp bad     exactly one finding, of the page's rule
  ```cpp good    no finding of any rule

Both may go on with args="-std=c++23 -DX" and no-prelude; `bad` with
also=codrop-other, for another finding that the code cannot be without. A block
of any other kind is not run. Each page is one test.
"""
import os
import pathlib
import re
import shlex
import subprocess

import lit.formats
import lit.Test

FENCE = re.compile(r"^ {0,3}```+\s*(?P<info>.*?)\s*$")
FINDING = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):\d+: (?P<kind>warning|error|fatal error): (?P<text>.*)$", re.MULTILINE)
PRELUDE = pathlib.Path(__file__).resolve().parent / "prelude.h"


class Block:
    def __init__(self, line: int, info: str):
        self.line, self.lines = line, []
        words = shlex.split(info)
        self.kind = words[1] if words[:1] == ["cpp"] and len(words) > 1 else ""
        self.args, self.also, self.prelude, self.unknown = [], [], True, []
        if self.kind not in ("bad", "good"):
            return
        for word in words[2:]:
            key, _, value = word.partition("=")
            if key == "args":
                self.args += shlex.split(value)
            elif key == "also":
                self.also += value.split(",")
            elif word == "no-prelude":
                self.prelude = False
            else:
                self.unknown.append(word)


def blocks(text: str) -> list[Block]:
    out, current = [], None
    for row, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if current is None and fence:
            current = Block(row, fence["info"])
        elif current is not None and fence and not fence["info"]:
            out.append(current)
            current = None
        elif current is not None:
            current.lines.append(line)
    return out


class Pages(lit.formats.TestFormat):
    """Lit's view: a test a page, found where the pages are."""

    def __init__(self, root: str, build: str):
        self.root, self.build = pathlib.Path(root), pathlib.Path(build)

    def getTestsInDirectory(self, suite, path_in_suite, litConfig, localConfig):
        pages = [p for p in sorted((self.root / "docs" / "rules").glob("*.md")) if p.name != "README.md"]
        if (self.root / "README.md").exists():
            pages.append(self.root / "README.md")
        for page in pages:
            yield lit.Test.Test(suite, path_in_suite + (page.name,), localConfig, file_path=str(page))

    def execute(self, test, litConfig):
        page = pathlib.Path(test.file_path)
        scratch = pathlib.Path(test.getExecPath()).parent / "Output" / page.stem
        problems = check_page(page, scratch, self.build / "lib" / "libcodrop.so")
        return (lit.Test.FAIL, "\n".join(problems)) if problems else (lit.Test.PASS, "")


def check_page(page: pathlib.Path, scratch: pathlib.Path, plugin: pathlib.Path) -> list[str]:
    rule = None if page.name == "README.md" else f"codrop-{page.stem}"
    found = [b for b in blocks(page.read_text(encoding="utf-8")) if b.kind in ("bad", "good")]
    problems = []
    if rule:
        problems += [f"{page}: no ```cpp {kind} block" for kind in ("bad", "good") if not any(b.kind == kind for b in found)]
    for block in found:
        problems += check_block(page, block, rule, scratch, plugin)
    return problems


def check_block(page, block: Block, rule, scratch, plugin) -> list[str]:
    place = f"{page}:{block.line}"
    if block.unknown:
        return [f"{place}: unknown words after ```cpp {block.kind}: {' '.join(block.unknown)}; known are args=, also= and no-prelude"]
    scratch.mkdir(parents=True, exist_ok=True)
    source = scratch / f"line-{block.line}.cpp"
    # Padded so that a line of the block has the number that it has in the page.
    source.write_text("\n" * block.line + "\n".join(block.lines) + "\n", encoding="utf-8")
    flags = ["-std=c++20"] if not any(a.startswith("-std=") for a in block.args) else []
    flags += block.args + (["-include", str(PRELUDE)] if block.prelude else [])
    command = ["clang-tidy-22", f"-load={plugin}", "--checks=-*,codrop-*", "--quiet", "--config={}", str(source), "--", *flags]
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    findings = list(FINDING.finditer(done.stdout))
    if done.returncode or any("error" in f["kind"] for f in findings):
        return [f"{place}: the `{block.kind}` block could not be analysed:", done.stdout, done.stderr if not findings else "", shlex.join(command)]

    rules = [re.search(r"\[(codrop-[\w-]+)", f["text"])[1] for f in findings]
    shown = [f"  {page}:{f['line']}: {f['text']}" for f in findings] or ["  (none)"]
    if block.kind == "good":
        return [f"{place}: the `good` block has findings:", *shown] if findings else []
    mine = [r for r in rules if r not in block.also]
    if len(mine) != 1 or (rule and mine[0] != rule) or set(block.also) - set(rules):
        wanted = rule or "one rule"
        also = "".join(f" and of {r}" for r in block.also)
        return [f"{place}: the `bad` block must have exactly one finding of {wanted}{also}, but has:", *shown]
    return []

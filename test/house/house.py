#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The rules that the project's own sources keep.

Usage: house.py RULE... [--root DIR]   with the rules below; all of them without one
Prints FILE:LINE: what is wrong, and exits with 1.
"""
import argparse
import pathlib
import re
import sys

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import scopes  # noqa: E402
import verify  # noqa: E402

CPP = (".cpp", ".h", ".hpp", ".def")
LIBRARIES = "seastar asio folly cppcoro boost libcoro qcoro kj unifex stdexec winrt drogon".split()
LIBRARY = re.compile(r"(?<![A-Za-z0-9])(" + "|".join(LIBRARIES) + r")(?![A-Za-z0-9])", re.IGNORECASE)
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
# What each room may include of the others.
MAY_INCLUDE = {"analysis": ["analysis"], "checks": ["analysis", "checks"], "tool": ["analysis", "checks", "tool"]}
LONGEST = 600


def sources(root: pathlib.Path, *rooms: str, suffixes=CPP):
    for room in rooms:
        for path in sorted((root / room).rglob("*")):
            if path.is_file() and path.suffix in suffixes:
                yield path


def literals(path: pathlib.Path):
    """(line, text) of each string literal, adjacent ones joined; not of includes."""
    joined: list[tuple[int, str]] = []
    previous = None
    for token in scopes.tokens(path.read_text(encoding="utf-8")):
        if token.kind in ("str", "raw") and not token.text.startswith("'"):
            text = token.text[1:-1] if token.kind == "str" else token.text[token.text.index("(") + 1 : token.text.rindex(")")]
            if previous is not None and previous.kind in ("str", "raw"):
                joined[-1] = (joined[-1][0], joined[-1][1] + text)
            else:
                joined.append((token.at[0], text))
        previous = token
    return joined


def messages(root):
    """What a check says starts in lower case and ends without a full stop."""
    for path in sources(root, "checks", suffixes=(".cpp",)):
        for line, text in literals(path):
            if not re.search(r"[A-Za-z%]\S* +\S", text):
                continue  # A name or an option, not words.
            first = re.match(r"[A-Za-z]+", text)
            if first and first[0][0].isupper() and not first[0].isupper():
                yield path, line, f'message starts with a capital letter: "{text}"'
            if re.search(r"[^.]\.\s*$", text):
                yield path, line, f'message ends with a full stop: "{text}"'


def layering(root):
    """Includes go analysis <- checks <- tool; analysis knows nothing of clang-tidy."""
    for room, allowed in MAY_INCLUDE.items():
        for path in sources(root, room):
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', text)
                if not include:
                    continue
                other = include[1].split("/")[0]
                if other in MAY_INCLUDE and other not in allowed:
                    yield path, line, f"{room}/ must not include {include[1]}"
                if room == "analysis" and other.startswith("clang-tidy"):
                    yield path, line, f"analysis/ must not include clang-tidy's {include[1]}"


def libraries(root):
    """No check and no analysis knows a library by name: that is for knowledge/."""
    for path in sources(root, "analysis", "checks"):
        for line, text in literals(path):
            name = LIBRARY.search(text)
            if name:
                yield path, line, f'library name "{name[1]}" in a string; write a fact in knowledge/{name[1].lower()}.yaml'


def versions(root):
    """LLVM's version is asked for in one header."""
    for path in sources(root, "analysis", "checks", "tool", "unit"):
        if path == root / "analysis" / "LLVMCompat.h":
            continue
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\b(LLVM|CLANG)_VERSION_MAJOR\b", text):
                yield path, line, "LLVM's version is only asked for in analysis/LLVMCompat.h"


def spdx(root):
    """Every source names its licence in the first line, or the second after #!."""
    rooms = ("analysis", "checks", "tool", "unit", "runtime", "examples", "bench", "cmake", "knowledge", "test/mock")
    paths = list(sources(root, *rooms, suffixes=CPP + (".py", ".sh", ".cmake")))
    paths += list(sources(root, "test", suffixes=(".py",)))
    paths += [p for p in root.rglob("CMakeLists.txt") if "build" not in p.relative_to(root).parts[0]]
    paths += [p for p in (root / "dev", root / ".ci" / "run") if p.exists()]
    for path in sorted(set(paths)):
        lines = (path.read_text(encoding="utf-8").splitlines() + ["", ""])[:2]
        if not any(SPDX in line for line in (lines if lines[0].startswith("#!") else lines[:1])):
            yield path, 1, f"the first line must hold {SPDX}"


def sizes(root):
    """A file that no longer fits a head is two files."""
    for path in sources(root, *MAY_INCLUDE):
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > LONGEST:
            yield path, count, f"{count} lines, the limit is {LONGEST}: split it"


def tested(root):
    """Each rule has a test that must find something and one that must not."""
    register = root / "checks" / "rules.yaml"
    for rule in yaml.safe_load(register.read_text(encoding="utf-8"))["rules"]:
        folder = root / "test" / "checks" / rule["name"].removeprefix("codrop-")
        found = [s for path in sources(folder.parent, folder.name, suffixes=(".cpp",)) for s in scopes.scan(path.read_text(encoding="utf-8"))]
        verdicts = {verify.verdict(s) for s in found}
        for wanted, name in (("wanted", "bad_"), ("unwanted", "ok_")):
            if wanted not in verdicts:
                yield folder, 1, f"no {name} function among the tests of {rule['name']}"


def changelog(root):
    """What changes is said when it changes."""
    path = root / "CHANGELOG.md"
    if not path.exists() or not re.search(r"^## \[?Unreleased\]?", path.read_text(encoding="utf-8"), re.MULTILINE):
        yield path, 1, "no `## Unreleased` section"


RULES = {rule.__name__: rule for rule in (messages, layering, libraries, versions, spdx, sizes, tested, changelog)}


def main() -> None:
    about = "\n".join(f"  {name:10} {rule.__doc__}" for name, rule in RULES.items())
    parser = argparse.ArgumentParser(description=f"{__doc__}\n{about}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", choices=[[], *RULES], metavar="RULE")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    args = parser.parse_args()
    root = args.root.resolve()
    bad = 0
    for name in args.rules or RULES:
        for path, line, text in RULES[name](root):
            bad += 1
            print(f"{path.relative_to(root)}:{line}: {text}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

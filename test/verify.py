#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares codrop's findings in a test file with the comments in that file.

  // RUN: %check RULE[,RULE] %s [options] [-std=c++23 -DX -I...] [-- clang-tidy options]

Each finding must be expected where it is, and each expected one must be found,
in the manner of clang's -verify:

  // expected-warning {{part of the text}}          on this line
  // expected-note@-1 {{...}}  expected-note@+2 2 {{...}}   another line, a count (2, 1+, 0-1)
  // expected-warning-re {{guard {{'.*'}} is held}}  patterns in inner braces
  // expected-warning {{re:^guard .* held$}}         a pattern as a whole
  // expected-note@mock.h:* {{...}}                 in another file, on any line

Names count too, of functions and of classes around them, the innermost first: a
finding inside ok_* (Ok*) or *_FN is an error, and so is a bad_* (Bad*) or *_FP
without a finding in it.

Options: --no-notes             leave the notes unchecked
         --checks-options R.O=V a check option, codrop-RULE.Option=Value; may be repeated
         --prefix FOO           read FOO-warning, FOO-note instead; names do not count then
         --names                names count in spite of --prefix
         --update               rewrite the comments of the RUN lines from what is found

`test/verify.py --update FILE` alone takes the rest from the RUN lines of FILE.
"""
import collections
import difflib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scopes  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIRECTIVE = re.compile(r"(?<![\w-])(?P<prefix>[A-Za-z][\w-]*?)-(?P<kind>warning|note)(?P<re>-re)?(?:@(?P<at>[^\s{]+))?\s*(?P<count>\d+\+|\d+-\d+|\d+|\+)?\s*\{\{")
FINDING = re.compile(r"(?P<file>[^\s:][^:]*):(?P<line>\d+):(?P<col>\d+): (?P<kind>warning|note|error|fatal error|remark): (?P<text>.*)")
CHECK_NAME = re.compile(r" \[([\w.,-]+)\]$")
COMPILER_FLAG = re.compile(r"-(std=|stdlib=|D|U|I|isystem|include$|W|f|m|O|x$|pthread|nostd)")


def die(message: str) -> None:
    sys.exit(f"verify.py: error: {message}")


def near(word: str, known) -> str:
    found = difflib.get_close_matches(word, known, 1)
    return f"; did you mean '{found[0]}'?" if found else ""


class Settings:
    """What one RUN line asks for."""

    def __init__(self, args: list[str]):
        self.build = pathlib.Path(os.environ.get("CODROP_BUILD", ROOT / "build"))
        self.clang_tidy = "clang-tidy-22"
        self.plugin = ""
        self.mock = str(ROOT / "test" / "mock")
        self.notes, self.prefix, self.update, self.names = True, "expected", False, False
        self.options: dict[str, str] = {}
        self.tidy: list[str] = []
        self.flags: list[str] = []
        plain, rest = [], iter(args)
        own = True
        for arg in rest:
            if arg == "--":
                own = False
            elif own and arg in ("--no-notes", "--update", "--names"):
                setattr(self, arg[2:].replace("no-", ""), arg != "--no-notes")
            elif own and arg.split("=")[0] in ("--prefix", "--checks-options", "--plugin", "--mock", "--clang-tidy"):
                key, equals, value = arg.partition("=")
                value = value if equals else next(rest, "")
                if not value:
                    die(f"{key} needs a value")
                if key == "--checks-options":
                    name, equals, setting = value.partition("=")
                    if not equals:
                        die(f"--checks-options takes codrop-RULE.Option=Value, not '{value}'")
                    self.options[name] = setting
                else:
                    setattr(self, key[2:].replace("-", "_"), value)
            elif COMPILER_FLAG.match(arg):
                self.flags.append(arg)
                if arg in ("-include", "-isystem", "-I", "-D", "-x"):
                    self.flags.append(next(rest, ""))
            elif not own:
                self.tidy.append(arg)
            elif arg.startswith("-"):
                die(f"unknown option '{arg}'; options of clang-tidy stand after '--'")
            else:
                plain.append(arg)
        if self.update and len(plain) == 1:
            plain.insert(0, "")
        if len(plain) != 2:
            die("usage: verify.py RULE[,RULE] FILE [options] [-- clang-tidy options]")
        self.rules, self.file = plain[0].split(","), pathlib.Path(plain[1]).resolve()
        self.plugin = self.plugin or str(self.build / "lib" / "libcodrop.so")
        self.names = self.names or self.prefix == "expected"
        if not any(f.startswith("-std=") for f in self.flags):
            self.flags.insert(0, "-std=c++20")

    def command(self) -> list[str]:
        checks = ",".join(["-*"] + ["codrop-" + r.removeprefix("codrop-") for r in self.rules])
        tidy = [self.clang_tidy, f"-load={self.plugin}", f"--checks={checks}", "--quiet", "--header-filter=.*"]
        if not any(re.match("--?config", a) for a in self.tidy):
            # Also keeps the .clang-tidy files above the test out of it.
            tidy.append("--config=" + json.dumps({"CheckOptions": self.options}))
        elif self.options:
            die("--checks-options and clang-tidy's --config exclude each other")
        return tidy + self.tidy + [str(self.file), "--"] + self.flags + [f"-I{self.mock}"]


class Finding:
    def __init__(self, match):
        self.path, self.line, self.col = os.path.realpath(match["file"]), int(match["line"]), int(match["col"])
        self.kind, self.text = match["kind"], match["text"]
        name = CHECK_NAME.search(self.text) if self.kind != "note" else None
        self.check = name[1] if name else ""
        self.text = self.text[: name.start()] if name else self.text


class Expected:
    def __init__(self, path: pathlib.Path, row: int, match, text: str):
        self.row, self.kind, self.text = row, match["kind"], text
        self.path, self.line = str(path), row
        at = match["at"] or "+0"
        name, colon, line = at.rpartition(":")
        if colon:
            self.path = name
        if line == "*":
            self.line = None
        elif colon and line.isdigit():
            self.line = int(line)
        elif re.fullmatch(r"[+-]\d+", at):
            self.line = row + int(at)
        elif at.isdigit():
            self.line = int(at)
        else:
            die(f"{path}:{row}: '@{at}' is no line: use @+1, @-1, @12, @file.h:12 or @file.h:*")
        count = match["count"] or "1"
        low, _, high = count.replace("+", "-").partition("-")
        self.least = int(low) if low else 1
        self.most = 1 << 30 if "+" in count else int(high or low)
        self.pattern = None
        if text.startswith("re:"):
            self.pattern = re.compile(text[3:])
        elif match["re"]:
            parts = re.split(r"\{\{(.*?)\}\}", text)
            self.pattern = re.compile("".join(p if i % 2 else re.escape(p) for i, p in enumerate(parts)))
        self.met = 0

    def says(self, finding: Finding) -> bool:
        if finding.kind != self.kind:
            return False
        return bool(self.pattern.search(finding.text)) if self.pattern else self.text in finding.text

    def here(self, finding: Finding) -> bool:
        same = self.path in ("*", finding.path) or finding.path.endswith("/" + self.path)
        return same and self.line in (None, finding.line)


def directives(line: str):
    """The directives of LINE: (match, text, end)."""
    at = 0
    while match := DIRECTIVE.search(line, at):
        depth, at = 1, match.end()
        while depth and at < len(line):
            pair = line[at : at + 2]
            step = 1 if pair == "{{" and match["re"] else -1 if pair == "}}" else 0
            depth, at = depth + step, at + (2 if step else 1)
        yield match, (line[match.end() : at - 2].strip() if depth == 0 else None), at


def expectations(settings: Settings, lines: list[str]) -> list[Expected]:
    out = []
    known = {settings.prefix}
    for line in lines:
        if "%check" in line and "RUN:" in line:
            given = re.search(r"--prefix[= ]([\w-]+)", line)
            known.add(given[1] if given else "expected")
    for row, line in enumerate(lines, 1):
        for match, text, _ in directives(line):
            where = f"{settings.file}:{row}"
            if match["prefix"] not in known:
                die(f"{where}: no RUN line reads '{match['prefix']}-{match['kind']}'" + near(match["prefix"], known))
            if text is None:
                die(f"{where}: '{{{{' without '}}}}' on the same line")
            if not text:
                die(f"{where}: an empty text would match anything")
            if match["prefix"] == settings.prefix:
                out.append(Expected(settings.file, row, match, text))
    return out


def run(settings: Settings) -> list[Finding]:
    for path, hint in [(settings.file, ""), (settings.plugin, "; run ./dev build")]:
        if not os.path.exists(path):
            die(f"{path} does not exist{hint}")
    check_names(settings)
    done = subprocess.run(settings.command(), capture_output=True, text=True, errors="replace")
    findings = [Finding(m) for m in map(FINDING.match, done.stdout.splitlines()) if m]
    errors = any("error" in f.kind for f in findings) or done.returncode not in (0, 1)
    if errors or (done.returncode and not findings):
        print(f"{settings.file}: error: clang-tidy could not analyse it (exit code {done.returncode}):")
        # When clang-tidy has no check to run it prints all its options.
        output = done.stdout + done.stderr
        print("the plugin has no check of this name" if "Error: no checks enabled" in output else output.rstrip())
        finish(settings, 1)
    return findings


def check_names(settings: Settings) -> None:
    """A misspelt rule or option would be ignored by clang-tidy, and prove nothing."""
    text = (ROOT / "checks" / "rules.yaml").read_text(encoding="utf-8")
    rules = re.findall(r"^  - name: codrop-(\S+)$", text, re.MULTILINE)
    for rule in settings.rules:
        rule = rule.removeprefix("codrop-")
        if "*" not in rule and rule not in rules:
            die(f"checks/rules.yaml has no rule '{rule}'" + near(rule, rules))
    if settings.options:
        import yaml

        register = yaml.safe_load(text)
        known = [f"{r['name']}.{o['name']}" for r in register["rules"] for o in (r.get("options") or []) + register["common-options"]]
        for name in settings.options:
            if name not in known:
                die(f"checks/rules.yaml has no option '{name}'" + near(name, known))


def place(settings: Settings, path: str, line) -> str:
    name = os.path.relpath(path) if os.path.isabs(path) else path
    return f"{name}:{'*' if line is None else line}"


def compare(settings: Settings, findings: list[Finding], expected: list[Expected]) -> list[str]:
    out = []
    relevant = [f for f in findings if f.kind == "warning" or (f.kind == "note" and settings.notes)]
    strays = []
    for finding in relevant:
        fits = [e for e in expected if e.here(finding) and e.says(finding)]
        # One that still needs a finding goes before one that only allows more,
        # and a narrow text before a broad one.
        fits.sort(key=lambda e: (e.met >= e.least, -len(e.text)))
        best = next((e for e in fits if e.met < e.most), None)
        if best:
            best.met += 1
        else:
            strays.append(finding)
    missing = [e for e in expected if e.met < e.least and (e.kind != "note" or settings.notes)]
    for finding in strays:
        why = ""
        for other in missing:
            if other.says(finding):
                why = f"\n    expected on line {'any' if other.line is None else other.line} instead"
            elif other.here(finding) and other.kind == finding.kind:
                why = f"\n    expected here:  {other.text}"
        name = f" [{finding.check}]" if finding.check else ""
        out.append(f"{place(settings, finding.path, finding.line)}: unexpected {finding.kind}: {finding.text}{name}{why}")
    for e in missing:
        times = f" ({e.met} of {e.least} found)" if e.least > 1 else ""
        out.append(f"{place(settings, e.path, e.line)}: missing {e.kind}: {e.text}{times}\n    expected by line {e.row}")
    if settings.names:
        out += compare_names(settings, findings)
    return out


def verdict(scope: scopes.Scope) -> str:
    """Whether SCOPE's name says that a finding is "wanted", "unwanted", or nothing."""
    if scope.name.endswith("_FN"):
        return "unwanted"
    if scope.name.endswith("_FP"):
        return "wanted"
    bad, ok = ("Bad", "Ok") if scope.kind == "class" else ("bad_", "ok_")
    return "wanted" if scope.name.startswith(bad) else "unwanted" if scope.name.startswith(ok) else ""


def compare_names(settings: Settings, findings: list[Finding]) -> list[str]:
    out, hit = [], set()
    judged = [s for s in scopes.scan(settings.file.read_text(encoding="utf-8")) if verdict(s)]
    for finding in findings:
        if finding.kind != "warning" or finding.path != str(settings.file):
            continue
        around = [s for s in judged if s.first <= (finding.line, finding.col) <= s.last]
        hit.update(id(s) for s in around)
        if around and verdict(around[-1]) == "unwanted":
            out.append(f"{place(settings, finding.path, finding.line)}: unexpected finding in '{around[-1].name}', whose name says that there is none: {finding.text}")
    for scope in judged:
        if verdict(scope) == "wanted" and id(scope) not in hit:
            out.append(f"{place(settings, str(settings.file), scope.first[0])}: missing: no finding in '{scope.name}', whose name says that there is one")
    return out


def strip(line: str, prefix: str) -> str | None:
    """LINE without the directives of PREFIX; None if nothing else was on it."""
    spans = [(m.start(), end) for m, _, end in directives(line) if m["prefix"] == prefix]
    if not spans:
        return line
    for start, end in reversed(spans):
        line = line[:start] + line[end:]
    line = re.sub(r"\s*//\s*$", "", line).rstrip()
    return line or None


def update(settings: Settings, findings: list[Finding]) -> None:
    lines = settings.file.read_text(encoding="utf-8").split("\n")
    wanted = collections.defaultdict(collections.Counter)
    elsewhere: collections.Counter = collections.Counter()
    for finding in findings:
        if finding.kind == "note" and not settings.notes:
            continue
        if finding.path == str(settings.file):
            wanted[finding.line][finding.kind, finding.text] += 1
        else:
            elsewhere[finding.kind, os.path.basename(finding.path), finding.text] += 1
    out: list[str] = []
    pending: list[tuple[str, str, int, int]] = []  # kind, text, count, index of its line in out
    for row, line in enumerate(lines, 1):
        bare = strip(line, settings.prefix)
        if bare is not None:
            out.append(bare)
        pending += [(kind, text, n, len(out) - 1) for (kind, text), n in wanted[row].items()]
        if out and out[-1].endswith("\\"):
            continue  # A comment would end up inside the macro.
        following = lines[row].strip() if row < len(lines) else ""
        if pending and following.startswith("//") and DIRECTIVE.search(following):
            continue  # Another prefix's comments count their lines from here.
        for kind, text, n, index in pending:
            amount = f" {n}" if n > 1 else ""
            comment = f"// {settings.prefix}-{kind}%s{amount} {{{{{text}}}}}"
            if len(pending) == 1 and index == len(out) - 1 and len(out[-1]) + len(comment) < 130:
                out[-1] += " " + comment % ""
            else:
                out.append(re.match(r"\s*", out[index])[0] + comment % f"@-{len(out) - index}")
        pending = []
    while out and not out[-1]:
        out.pop()
    for (kind, name, text), n in elsewhere.items():
        out.append(f"// {settings.prefix}-{kind}@{name}:*{f' {n}' if n > 1 else ''} {{{{{text}}}}}")
    settings.file.write_text("\n".join(out) + "\n", encoding="utf-8")


def update_from_run_lines(file: pathlib.Path) -> None:
    """Each %check line in turn: the file changes under the next one."""
    lines = file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    commands = [line.split("%check", 1)[1] for line in lines if re.search(r"RUN:.*%check\s", line)]
    if not commands:
        die(f"{file} has no `// RUN: %check RULE %s` line")
    runs = []
    for text in commands:
        text = text.replace("%s", shlex.quote(str(file))).replace("%mock", str(ROOT / "test" / "mock")).replace("%S", shlex.quote(str(file.parent)))
        runs.append(Settings(shlex.split(re.sub(r"//.*RUN:", "", text))))
    # All comments first: those of one prefix count the lines of the others'.
    kept = file.read_text(encoding="utf-8").splitlines()
    for prefix in {settings.prefix for settings in runs}:
        kept = [bare for line in kept if (bare := strip(line, prefix)) is not None]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    for settings in runs:
        update(settings, run(settings))
    print(f"rewrote the expectations of {file}; review the difference")


def finish(settings: Settings, code: int) -> None:
    if code:
        print("  command: " + shlex.join(settings.command()))
    sys.exit(code)


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if len(sys.argv) > 1 else 2)
    settings = Settings(sys.argv[1:])
    if settings.update and settings.rules == [""]:
        return update_from_run_lines(settings.file)
    findings = run(settings)
    if settings.update:
        return update(settings, findings)
    lines = settings.file.read_text(encoding="utf-8").splitlines()
    problems = compare(settings, findings, expectations(settings, lines))
    print("\n".join(problems), end="\n" if problems else "")
    finish(settings, 1 if problems else 0)


if __name__ == "__main__":
    main()

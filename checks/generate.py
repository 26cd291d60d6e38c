#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes everything that follows from the register of rules, checks/rules.yaml.

  generate.py --cpp DIR     Rules.inc, CheckList.inc, CheckHeaders.inc and CheckOptions.inc
  generate.py --docs        the generated parts of docs/rules/*.md and README.md
  generate.py --check       fails if the register is wrong, a rule's file is missing,
                            or a generated part is stale
  generate.py new RULE --group GROUP --summary TEXT
                            the files of a new rule and its entry in the register

What a rule means stands in its page and its check; here is only what can be
derived from the register without thinking.
"""
import argparse
import difflib
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
PREFIX = "codrop-"
GROUPS = {
    "correctness": "on: the code is wrong; a false positive is a bug of the first order",
    "suspicious": "on: the code is most probably wrong, or right for a reason that it should state",
    "pedantic": "off: for those who want the strict form",
    "performance": "off: right, but dearer than it looks",
    "preview": "off: not yet trusted, may change in any release",
}
ON_BY_DEFAULT = ("correctness", "suspicious")
FIXES = ("none", "safe", "unsafe")
TYPES = ("list", "bool", "int", "string", "enum")
TOP_KEYS = {"documentation-url": str, "common-options": list, "rules": list}
RULE_KEYS = {"name": str, "group": str, "summary": str, "fix": str, "fast": bool, "since": str, "options": list}
OPTION_KEYS = {"name": str, "type": str, "default": str, "doc": str, "values": list}
OPTIONAL_KEYS = ("values", "options", "documentation-url")


class Register:
    """rules.yaml, with the problems that were found while reading it."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.path = root / "checks" / "rules.yaml"
        self.problems: list[str] = []
        text = self.path.read_text(encoding="utf-8")
        self.lines = text.splitlines()
        try:
            data = yaml.safe_load(text)
        except yaml.YAMLError as error:
            sys.exit(f"{self.path}: error: not valid YAML: {error}")
        if not isinstance(data, dict):
            sys.exit(f"{self.path}: error: expected keys {', '.join(TOP_KEYS)} at the top")
        self.keys(data, TOP_KEYS, "the register")
        self.url = data.get("documentation-url") or ""
        self.common = data.get("common-options") or []
        self.rules = data.get("rules") or []
        if self.url and not self.url.endswith("/"):
            self.problem("`documentation-url` must end in '/', the page's name is appended to it", "documentation-url")
        self.options(self.common, "common-options")
        for rule in self.rules:
            self.rule(rule)
        self.order([r.get("name", "") for r in self.rules], "rules")

    def problem(self, text: str, near: str = "") -> None:
        """Records TEXT, with the first line of the register that mentions NEAR."""
        line = next((i for i, row in enumerate(self.lines, 1) if near and near in row), 1)
        self.problems.append(f"{self.path.relative_to(self.root)}:{line}: error: {text}")

    def keys(self, entry: dict, known: dict, what: str) -> None:
        for key, value in entry.items():
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"
                self.problem(f"unknown key '{key}' in {what}{hint}", f"{key}:")
            elif value is not None and not isinstance(value, known[key]):
                quote = ' (put it in quotes: "8")' if known[key] is str else ""
                self.problem(f"'{key}' in {what} must be a {known[key].__name__}{quote}", f"{key}:")
        for key in known:
            if key not in entry and key not in OPTIONAL_KEYS:
                self.problem(f"{what} has no '{key}'", entry.get("name", ""))

    def one_of(self, value, allowed, what: str) -> None:
        if value not in allowed:
            near = difflib.get_close_matches(str(value), allowed, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            self.problem(f"{what} is '{value}', expected one of {', '.join(allowed)}{hint}", str(value))

    def order(self, names: list[str], what: str) -> None:
        for a, b in zip(names, names[1:]):
            if a == b:
                self.problem(f"'{a}' stands twice in {what}", a)
            elif a > b:
                self.problem(f"'{b}' must stand before '{a}': {what} are sorted by name", b)

    def rule(self, rule: dict) -> None:
        if not isinstance(rule, dict) or not isinstance(rule.get("name"), str):
            return self.problem(f"each of the rules is a mapping with a 'name', not {rule!r}", "rules:")
        name = rule["name"]
        self.keys(rule, RULE_KEYS, f"rule '{name}'")
        if not re.fullmatch(r"codrop-[a-z]+(-[a-z]+)*", name):
            self.problem(f"rule name '{name}' must be codrop- and words in lower case, joined by '-'", name)
        if re.match(r"codrop-(avoid|no|use|disallow|prefer)-", name):
            self.problem(f"rule '{name}' must name the bad thing, not the cure", name)
        self.one_of(rule.get("group"), list(GROUPS), f"the group of '{name}'")
        self.one_of(rule.get("fix"), FIXES, f"the fix of '{name}'")
        summary = rule.get("summary") or ""
        if summary[:1].isupper() or summary.endswith("."):
            self.problem(f"the summary of '{name}' starts in lower case and has no full stop", summary[:40])
        self.options(rule.get("options") or [], name)

    def options(self, options: list, owner: str) -> None:
        seen = set()
        for option in options:
            if not isinstance(option, dict) or "name" not in option:
                self.problem(f"each option of {owner} is a mapping with a 'name'", owner)
                continue
            label = f"option '{option['name']}' of {owner}"
            self.keys(option, OPTION_KEYS, label)
            if not re.fullmatch(r"([A-Z][a-z0-9]*)+", str(option["name"])):
                self.problem(f"{label} must be written in CamelCase", str(option["name"]))
            if option["name"] in seen:
                self.problem(f"{label} stands twice", option["name"])
            if owner != "common-options" and option["name"] in {o.get("name") for o in self.common}:
                self.problem(f"{label} is a common option already", option["name"])
            seen.add(option["name"])
            kind, default = option.get("type"), option.get("default")
            self.one_of(kind, TYPES, f"the type of {label}")
            if kind == "enum":
                self.one_of(default, [str(v) for v in option.get("values") or []], f"the default of {label}")
            elif kind == "bool":
                self.one_of(default, ["true", "false"], f"the default of {label}")
            elif kind == "int" and not re.fullmatch(r"-?\d+", str(default)):
                self.problem(f"the default of {label} must be a number", label)


def short(rule: dict) -> str:
    return rule["name"].removeprefix(PREFIX)


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def page(root: pathlib.Path, rule: dict) -> pathlib.Path:
    return root / "docs" / "rules" / f"{short(rule)}.md"


# C++ ------------------------------------------------------------------------

GENERATED = "// Generated by checks/generate.py from rules.yaml and docs/rules/*.md.\n"


def quote(text: str) -> str:
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def raw(text: str) -> str:
    """TEXT as adjacent raw string literals: compilers limit the length of one."""
    parts, rest = [], text
    while len(rest) > 8000:
        cut = rest.rfind("\n", 0, 8000) + 1 or 8000
        parts.append(rest[:cut])
        rest = rest[cut:]
    return "\n".join(f'R"_codrop_({part})_codrop_"' for part in parts + [rest])


def option_table(name: str, options: list) -> str:
    if not options:
        return ""
    rows = "".join("    {%s, %s,\n     %s,\n     %s},\n" % tuple(quote(o[k]) for k in ("name", "type", "default", "doc")) for o in options)
    return f"static constexpr RuleOption {name}[] = {{\n{rows}}};\n"


def rules_inc(reg: Register) -> str:
    out = [GENERATED, option_table("CommonOptionTable", reg.common)]
    rows = []
    for rule in reg.rules:
        table = camel(short(rule)) + "Options" if rule.get("options") else ""
        out.append(option_table(table, rule.get("options") or []))
        path = page(reg.root, rule)
        if not path.exists():
            print(f"generate.py: warning: {path.relative_to(reg.root)} is missing, `codrop explain` will have nothing to show", file=sys.stderr)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        words = ", ".join(quote(rule[k]) for k in ("name", "group"))
        more = ", ".join(quote(rule[k]) for k in ("fix", "since"))
        fast = "true" if rule["fast"] else "false"
        rows.append(f"    {{{words},\n     {quote(rule['summary'])},\n     {more}, {fast}, {table or '{}'},\n{raw(text)}}},\n")
    out.append("static constexpr Rule RuleTable[] = {\n" + "".join(rows) + "};\n")
    out.append(f"static constexpr llvm::StringRef DocumentationUrl = {quote(reg.url)};\n")
    return "".join(out)


def check_headers_inc(reg: Register) -> str:
    rows = [f'#include "checks/{camel(short(r))}Check.h"\n' for r in reg.rules]
    return GENERATED + "".join(rows)


def check_list_inc(reg: Register) -> str:
    rows = [f"CODROP_CHECK({camel(short(r))}Check, {quote(r['name'])})\n" for r in reg.rules]
    return GENERATED + "".join(rows)


def check_options_inc(reg: Register) -> str:
    out = [GENERATED]
    for space, options in [("common", reg.common)] + [(short(r).replace("-", "_"), r.get("options") or []) for r in reg.rules]:
        if not options:
            continue
        out.append(f"namespace {space} {{\n")
        for option in options:
            out.append(f"inline constexpr llvm::StringLiteral {option['name']} = {quote(option['name'])};\n")
            out.append(f"inline constexpr llvm::StringLiteral {option['name']}Default = {quote(option['default'])};\n")
        out.append(f"}} // namespace {space}\n")
    return "".join(out)


def write_cpp(reg: Register, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {
        "Rules.inc": rules_inc(reg),
        "CheckList.inc": check_list_inc(reg),
        "CheckOptions.inc": check_options_inc(reg),
        "CheckHeaders.inc": check_headers_inc(reg),
    }.items():
        path = folder / name
        # The checks include only the options: a changed page must not rebuild them.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# Documentation --------------------------------------------------------------


def cell(text: str) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def option_rows(options: list) -> str:
    out = "| Option | Type | Default | Meaning |\n|---|---|---|---|\n"
    for o in options:
        kind = " or ".join(f"`{v}`" for v in o["values"]) if o["type"] == "enum" else o["type"]
        out += f"| `{o['name']}` | {cell(kind)} | {'`' + o['default'] + '`' if o['default'] else 'empty'} | {cell(o['doc'])} |\n"
    return out


def options_part(rule: dict) -> str:
    options = rule.get("options") or []
    if not options:
        return "This rule has no options of its own, only [those that every rule has](README.md#options-of-every-rule).\n"
    key = f"{rule['name']}.{options[0]['name']}"
    return (
        option_rows(options)
        + f"\nIn a `.clang-tidy` file the first one is written `{key}`. To these come [the options that every rule has](README.md#options-of-every-rule).\n"
    )


def recommended(reg: Register) -> str:
    return ",".join(["-*"] + [r["name"] for r in reg.rules if r["group"] in ON_BY_DEFAULT])


def index(reg: Register) -> str:
    out = "<!-- Generated by checks/generate.py from checks/rules.yaml; change it there. -->\n# Rules\n\n"
    out += "`codrop explain RULE` shows a page in the terminal.\n"
    for group, trust in GROUPS.items():
        rules = [r for r in reg.rules if r["group"] == group]
        if not rules:
            continue
        out += f"\n## {group.capitalize()}\n\n{trust[0].upper() + trust[1:]}.\n\n"
        out += "| Rule | Finds | Fix | While you type | Since |\n|---|---|---|---|---|\n"
        for r in rules:
            fast = "yes" if r["fast"] else "on save"
            out += f"| [{r['name']}]({short(r)}.md) | {cell(r['summary'])} | {r['fix']} | {fast} | {r['since']} |\n"
    out += "\n## Options of every rule\n\n"
    out += "Under clang-tidy each is written with the rule's name before it, such as "
    out += f"`{reg.rules[0]['name']}.{reg.common[0]['name']}`.\n\n" if reg.rules and reg.common else "`codrop-RULE.Option`.\n\n"
    return out + option_rows(reg.common)


def between(text: str, marker: str, inner: str) -> str | None:
    """TEXT with INNER between the two comments of MARKER; None if they are missing."""
    begin, end = f"<!-- {marker}:begin -->\n", f"<!-- {marker}:end -->"
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    return head + begin + inner + end + tail if found and closed else None


def documents(reg: Register, problems: list[str]) -> dict[pathlib.Path, str]:
    """What each file with a generated part should contain."""
    out = {reg.root / "docs" / "rules" / "README.md": index(reg)}
    for rule in reg.rules:
        path = page(reg.root, rule)
        if not path.exists():
            continue
        old = path.read_text(encoding="utf-8")
        if old.splitlines()[:1] != [f"# {rule['name']}"]:
            problems.append(f"{path.relative_to(reg.root)}:1: error: the first line must be `# {rule['name']}`")
        text = between(old, "options", options_part(rule))
        if text is None:
            problems.append(f"{path.relative_to(reg.root)}:1: error: no `<!-- options:begin -->` and `<!-- options:end -->` lines, between which the option table goes")
        else:
            out[path] = text
    readme = reg.root / "README.md"
    if readme.exists():
        text = between(readme.read_text(encoding="utf-8"), "checks", f"```yaml\nChecks: '{recommended(reg)}'\n```\n")
        if text is not None:
            out[readme] = text
    return out


def write_docs(reg: Register) -> None:
    problems: list[str] = []
    for path, text in documents(reg, problems).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(reg.root)}")
    fail_on(problems)


def missing_files(reg: Register) -> list[str]:
    problems = []
    for rule in reg.rules:
        name, check = short(rule), camel(short(rule)) + "Check"
        for path, what in [
            (f"docs/rules/{name}.md", "page"),
            (f"test/checks/{name}", "tests"),
            (f"checks/{check}.h", "check"),
            (f"checks/{check}.cpp", "check"),
        ]:
            target = reg.root / path
            if not target.exists() or (target.is_dir() and not any(target.iterdir())):
                problems.append(f"{path}: error: missing, the {what} of {rule['name']}")
    names = {short(r) for r in reg.rules}
    for path in sorted((reg.root / "docs" / "rules").glob("*.md")):
        if path.stem not in names | {"README"}:
            near = difflib.get_close_matches(path.stem, names, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            problems.append(f"{path.relative_to(reg.root)}: error: rules.yaml has no rule codrop-{path.stem}{hint}")
    return problems


def check(reg: Register) -> None:
    problems = missing_files(reg)
    for path, text in documents(reg, problems).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            problems.append(f"{path.relative_to(reg.root)}: error: stale, run checks/generate.py --docs")
    fail_on(problems)


def fail_on(problems: list[str]) -> None:
    if problems:
        print("\n".join(problems), file=sys.stderr)
        sys.exit(f"generate.py: {len(problems)} problem{'s' if len(problems) > 1 else ''}")


# A new rule -----------------------------------------------------------------


def new_rule(reg: Register, name: str, group: str, summary: str) -> None:
    name = PREFIX + name.removeprefix(PREFIX)
    entry = {"name": name, "group": group, "summary": summary, "fix": "none", "fast": True, "since": "", "options": []}
    before = len(reg.problems)
    reg.rule(entry)
    if any(r["name"] == name for r in reg.rules):
        reg.problem(f"there is a rule '{name}' already", name)
    fail_on([p.split(": error: ", 1)[1] for p in reg.problems[before:]])

    words = {"RULE": short(entry), "CAMEL": camel(short(entry)), "NAME": name, "SUMMARY": summary, "GROUP": group}
    words["UPPER"] = words["CAMEL"].upper()
    words["VERSION"] = re.search(r"project\(codrop VERSION (\S+)", (reg.root / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
    templates = pathlib.Path(__file__).resolve().parent / "templates"
    files = {
        f"checks/{words['CAMEL']}Check.h": "check.h.in",
        f"checks/{words['CAMEL']}Check.cpp": "check.cpp.in",
        f"docs/rules/{words['RULE']}.md": "page.md.in",
        f"test/checks/{words['RULE']}/basic.cpp": "test.cpp.in",
    }
    for path in files:
        if (reg.root / path).exists():
            sys.exit(f"generate.py: error: {path} exists already, nothing was written")
    for path, template in files.items():
        text = (templates / template).read_text(encoding="utf-8")
        text = re.sub(r"@([A-Z]+)@", lambda m: words[m[1]], text)
        (reg.root / path).parent.mkdir(parents=True, exist_ok=True)
        (reg.root / path).write_text(text, encoding="utf-8")
        print(f"wrote {path}")
    # How lines break depends on how long the rule's name is.
    if shutil.which("clang-format-22"):
        sources = [reg.root / path for path in files if path.startswith("checks/")]
        subprocess.run(["clang-format-22", "-i", "--style=LLVM", *sources], check=True)

    block = [
        f"  - name: {name}",
        f"    group: {group}",
        "    summary: " + yaml.safe_dump(summary, width=10000, allow_unicode=True).splitlines()[0],
        "    fix: none",
        "    fast: true",
        f"    since: {words['VERSION']}",
    ]
    following = [r["name"] for r in reg.rules if r["name"] > name]
    at = reg.lines.index(f"  - name: {following[0]}") if following else len(reg.lines)
    while reg.lines[at - 1].lstrip().startswith("#"):
        at -= 1  # A comment belongs to the entry below it.
    lines = reg.lines[:at] + block + reg.lines[at:]
    reg.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"added {name} to checks/rules.yaml")
    write_docs(Register(reg.root))
    print(f"Next: write test/checks/{words['RULE']}/basic.cpp, then make it pass with ./dev test --filter {words['RULE']}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--cpp", metavar="DIR", type=pathlib.Path, help="write the files that the build includes")
    parser.add_argument("--docs", action="store_true", help="rewrite the generated parts of the documentation")
    parser.add_argument("--check", action="store_true", help="say what is wrong, missing or stale")
    commands = parser.add_subparsers(dest="command", metavar="new")
    new = commands.add_parser("new", help="make the files of a new rule")
    new.add_argument("rule", metavar="RULE", help="its name, such as discarded-task")
    new.add_argument("--group", required=True, help=", ".join(GROUPS))
    new.add_argument("--summary", required=True, help="one sentence that says what it finds")
    args = parser.parse_args()

    reg = Register(args.root.resolve())
    if args.command != "new":
        if not (args.cpp or args.docs or args.check):
            parser.error("nothing to do: give --cpp DIR, --docs, --check or new RULE")
        if args.check:
            # All problems at once, the register's own and those of the files.
            names = [r for r in reg.rules if isinstance(r, dict) and isinstance(r.get("name"), str)]
            if reg.problems:
                reg.rules = names
                fail_on(reg.problems + missing_files(reg))
    fail_on(reg.problems)
    if args.command == "new":
        return new_rule(reg, args.rule, args.group, args.summary)
    if args.cpp:
        write_cpp(reg, args.cpp)
    if args.docs:
        write_docs(reg)
    if args.check:
        check(reg)


if __name__ == "__main__":
    main()

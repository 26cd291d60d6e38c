#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every option of rules.yaml reaches its check and comes back out of it.

Usage: options.py RULES.YAML CLANG-TIDY PLUGIN
`--dump-config` must show each option with its default, and a value that is not
the default must survive: an option that the register promises and a check
forgets to read or to store would otherwise be ignored in silence.
"""
import json
import subprocess
import sys

import yaml

# Made for options that say what their text looks like; others take any.
OTHER = {"list": "some::name;other::name", "string": "/tmp/codrop-test"}


def dump(tidy: str, plugin: str, options: dict[str, str]) -> dict[str, str]:
    command = [tidy, f"-load={plugin}", "--checks=-*,codrop-*", "--config=" + json.dumps({"CheckOptions": options}), "--dump-config", "--"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{tidy} --dump-config failed ({done.returncode}):\n{done.stderr}")
    # As text: the defaults in the register are text as well.
    return yaml.load(done.stdout, yaml.BaseLoader).get("CheckOptions") or {}


def other(option: dict) -> str:
    if option["type"] == "bool":
        return "false" if option["default"] == "true" else "true"
    if option["type"] == "int":
        return str(int(option["default"]) + 1)
    if option["type"] == "enum":
        return next(v for v in option["values"] if v != option["default"])
    return "codrop::knowledge::facts=close" if option["name"] == "ResourceTypes" else OTHER[option["type"]]


def main() -> None:
    register, tidy, plugin = sys.argv[1:]
    data = yaml.safe_load(open(register, encoding="utf-8"))
    options = {f"{r['name']}.{o['name']}": o for r in data["rules"] for o in (r.get("options") or []) + data["common-options"]}
    # A list of files must name existing ones; none is as good a list as any.
    changed = {name: other(o) for name, o in options.items() if o["name"] != "KnowledgeFiles"}
    problems = []
    for what, given, wanted in [
        ("default", {}, {name: o["default"] for name, o in options.items()}),
        ("value", changed, changed),
    ]:
        found = dump(tidy, plugin, given)
        for name, value in wanted.items():
            if name not in found:
                problems.append(f"{name} is in rules.yaml but not in --dump-config: the check does not store it")
            elif str(found[name]) != value:
                problems.append(f"{name}: the {what} '{value}' comes back as '{found[name]}'")
        if what == "default":
            problems += [f"{name} is in --dump-config but not in rules.yaml" for name in found if name.startswith("codrop-") and name not in options]
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

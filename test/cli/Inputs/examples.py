#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what codrop finds in an example with what its hazards.yaml says.

Usage: examples.py EXAMPLE REPORT   a folder with hazards.yaml, and codrop's jsonl report on it

Each entry under `now` must be found, and nothing may be found that stands
neither under `now` nor under `maybe`. An entry and a finding are the same if
rule, file and function are; the function is one that the finding's line lies in.
"""
import json
import pathlib
import sys

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
import scopes  # noqa: E402


def enclosing(path: pathlib.Path, line: int) -> set[str]:
    found = scopes.scan(path.read_text(encoding="utf-8"))
    return {scope.name for scope in found if scope.first[0] <= line <= scope.last[0]}


def last_name(function: str) -> str:
    return function.rsplit("::", 1)[-1].removeprefix("~")


def main() -> None:
    example, report = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    hazards = yaml.safe_load((example / "hazards.yaml").read_text(encoding="utf-8"))
    records = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    run = next(record for record in records if record["type"] == "run")
    problems = []
    if run["failed"] or not run["analysed"]:
        problems.append(f"{run['analysed']} files analysed, {run['failed']} failed")
    found = []
    for record in records:
        if record["type"] != "finding":
            continue
        path = (pathlib.Path(run["root"]) / record["path"]).resolve()
        where = f"{path.relative_to(example)}:{record['line']}: {record['message']} [{record['rule']}]"
        found.append((record["rule"], str(path.relative_to(example)), enclosing(path, record["line"]), where))

    def is_found(hazard, finding) -> bool:
        rule, file, functions, _ = finding
        return rule == hazard["rule"] and file == hazard["file"] and last_name(hazard["function"]) in functions

    for hazard in hazards["now"]:
        if not any(is_found(hazard, finding) for finding in found):
            problems.append(f"not found: {hazard['rule']} in {hazard['file']}, {hazard['function']}: {hazard['what']}")
    for finding in found:
        if not any(is_found(hazard, finding) for hazard in hazards["now"] + hazards["maybe"]):
            problems.append(f"not in hazards.yaml: {finding[3]}")
    print("\n".join(problems) or f"{len(hazards['now'])} hazards, {len(found)} findings")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

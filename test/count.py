#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Adds up the results of all suites: `N passed, N failed`, the last line.

Usage: count.py FOLDER, with lit.json of lit, NAME.json of each GoogleTest
program, and NAME.failed for a suite that ended with an error.
"""
import json
import pathlib
import sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
FAILED = {"FAIL", "XPASS", "UNRESOLVED", "TIMEOUT"}


def lit(data: dict) -> tuple[int, int, int]:
    codes = [test["code"] for test in data["tests"]]
    passed = sum(code in PASSED for code in codes)
    failed = sum(code in FAILED for code in codes)
    return passed, failed, len(codes) - passed - failed


def gtest(data: dict) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for suite in data.get("testsuites", []):
        for test in suite["testsuite"]:
            if test["status"] == "NOTRUN":
                continue
            if test.get("failures"):
                failed += 1
                print(f"FAIL: {suite['name']}.{test['name']}")
            elif test.get("result") == "SKIPPED":
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def read(path: pathlib.Path) -> tuple[int, int, int]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0, 0, 0
    return lit(data) if path.stem == "lit" else gtest(data)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    total = [0, 0, 0]
    for name in sorted({path.stem for path in folder.iterdir()}):
        passed, failed, skipped = read(folder / f"{name}.json")
        code = folder / f"{name}.failed"
        if code.exists() and not failed:
            # It crashed or never started: its own count knows nothing of that.
            failed = 1
            print(f"FAIL: {name} ended with exit code {code.read_text().strip()}")
        for i, n in enumerate((passed, failed, skipped)):
            total[i] += n
    if total[2]:
        print(f"{total[2]} skipped, because something they need is not installed")
    if total[0] + total[1] == 0:
        print("no test ran")
    print(f"{total[0]} passed, {total[1]} failed", flush=True)
    sys.exit(0 if total[0] and not total[1] else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares codrop's estimates with the frames that the compiler allocates.

Usage: measure.py CLANG++ CLANG-TIDY PLUGIN SCRATCH PERCENT SOURCE...
The sources are compiled and linked into one program, which prints a line
`NAME BYTES` for each coroutine it has started. What codrop says of the first
source must not differ from that by more than PERCENT at -O2. Without
optimization the sizes are printed and not compared: there Clang keeps all that
has a name.
"""
import json
import pathlib
import re
import subprocess
import sys

ESTIMATE = re.compile(r"the frame of coroutine '(\w+)' has an estimated size of (\d+) byte")
STANDARD = "-std=c++20"


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def measured(compiler: str, level: str, scratch: pathlib.Path, sources: list[str]) -> dict[str, int]:
    program = scratch / f"frames{level}"
    run([compiler, STANDARD, level, *sources, "-o", str(program)])
    return {name: int(size) for name, size in map(str.split, run([str(program)]).splitlines())}


def estimated(tidy: str, plugin: str, source: str) -> dict[str, int]:
    options = {"codrop-large-frame.FrameLimit": "1", "codrop-large-frame.LocalLimit": "1000000"}
    config = "--config=" + json.dumps({"CheckOptions": options})
    text = run([tidy, f"-load={plugin}", "--checks=-*,codrop-large-frame", "--quiet", config, source, "--", STANDARD])
    return {name: int(size) for name, size in ESTIMATE.findall(text)}


def main() -> None:
    compiler, tidy, plugin, scratch, percent, *sources = sys.argv[1:]
    folder = pathlib.Path(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    real, plain = (measured(compiler, level, folder, sources) for level in ("-O2", "-O0"))
    guess = estimated(tidy, plugin, sources[0])
    problems = []
    print(f"{'coroutine':<24}{'-O0':>8}{'-O2':>8}{'codrop':>8}{'off by':>9}")
    for name, size in real.items():
        if name not in guess:
            problems.append(f"{name}: no estimate")
            continue
        off = 100 * (guess[name] - size) / size
        print(f"{name:<24}{plain[name]:>8}{size:>8}{guess[name]:>8}{off:>8.1f}%")
        if abs(off) > float(percent):
            problems.append(f"{name}: {guess[name]} bytes estimated, {size} allocated: off by more than {percent}%")
    problems += [f"{name}: estimated, but never started" for name in guess if name not in real]
    if not real:
        problems.append("the program has started no coroutine")
    print(f"{len(real)} coroutines, {len(problems)} problems")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()

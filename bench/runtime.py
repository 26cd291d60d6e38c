#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the patterns of the runtime cost, next to what one would write by hand.

Usage: runtime.py [--build DIR] [--repeat N] [--json FILE]

Runs bin/runtime_bench, N repetitions of each pattern in random order, and shows
the fastest of each and their ratio: what else the machine does only adds. Exits with 1 if a ratio is above its goal; the goals are
those of the library's description, with what the clock of a busy machine is
worth on top (TOLERANCE).
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOALS = {"token": 1.0, "guard": 1.0, "with_resource": 1.1, "timeout": 1.2, "timeout_by_signal": 1.2}
TOLERANCE = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    program = options.build / "bin" / "runtime_bench"
    if not program.exists():
        sys.exit(f"{program} is not there: run ./dev build with libbenchmark-dev installed, or give --build DIR")
    command = [program, f"--benchmark_repetitions={options.repeat}", "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.05", "--benchmark_format=json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{program} ended with {done.returncode}:\n{done.stderr}")
    best: dict[str, float] = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        if run["run_type"] == "iteration":
            best[run["run_name"]] = min(run["cpu_time"], best.get(run["run_name"], float("inf")))
    if options.json:
        options.json.write_text(json.dumps(best, indent=1) + "\n", encoding="utf-8")
    print("| pattern | by hand | codrop | ratio | goal |\n|---|---|---|---|---|")
    late = []
    for pattern, goal in GOALS.items():
        hand, ours = best[f"{pattern}/by_hand"], best[f"{pattern}/codrop"]
        print(f"| {pattern} | {hand:.1f} ns | {ours:.1f} ns | {ours / hand:.2f} | {goal:.1f} |")
        if ours / hand > goal + TOLERANCE:
            late.append(pattern)
    if late:
        sys.exit(f"above the goal: {', '.join(late)}")


if __name__ == "__main__":
    main()

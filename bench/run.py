#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What linting costs, next to what compiling the same files costs.

Usage: run.py [--build DIR] [--repeat N] [--quick] [--only TEXT] [--json FILE]

Runs each of these on each file, one after the other, N times over:
  parse    clang++ -fsyntax-only
  codrop   codrop with all rules, one worker, no configuration
  bare     codrop's parse without any rule (codrop debug cfg of no function)
  tidy     stock clang-tidy with its four coroutine checks
  plugin   stock clang-tidy with codrop's rules loaded into it

Shown are medians of the processor time and the largest peak memory, and how
they compare with parse; the spread is (largest - smallest) / median. Exits with
1 if the rules cost more than LIMIT of the parse on the files that are not
generated.
"""
import argparse
import json
import os
import pathlib
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 0.10
STOCK_CHECKS = (
    "cppcoreguidelines-avoid-capturing-lambda-coroutines,cppcoreguidelines-avoid-reference-coroutine-parameters,"
    "cppcoreguidelines-no-suspend-with-lock,misc-coroutine-hostile-raii"
)
ASIO = ["-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED", "-DASIO_HAS_CO_AWAIT", "-DASIO_HAS_STD_COROUTINE"]
BOOST = ["-DBOOST_ASIO_HAS_CO_AWAIT", "-DBOOST_ASIO_HAS_STD_COROUTINE"]
GENERATED = [("coroutines", 300), ("long", 10000)]


class Subject:
    def __init__(self, path: pathlib.Path, flags: list[str], generated: bool = False):
        self.path, self.generated = path, generated
        self.flags = ["-std=c++20", "-w", *flags]
        self.name = path.stem


def subjects(folder: pathlib.Path, quick: bool) -> list[Subject]:
    examples = [Subject(p, ASIO) for p in sorted((ROOT / "examples" / "unsafe" / "src").glob("*.cpp"))]
    if quick:
        examples = [s for s in examples if s.name in ("session", "ledger", "write_ahead_log")]
    found = examples + [Subject(ROOT / "bench" / "sources" / "asio_relay.cpp", ASIO), Subject(ROOT / "bench" / "sources" / "boost_relay.cpp", BOOST)]
    for kind, count in GENERATED:
        path = folder / f"generated_{kind}.cpp"
        with open(path, "w", encoding="utf-8") as out:
            subprocess.run([sys.executable, ROOT / "bench" / "generate.py", kind, str(count)], stdout=out, check=True)
        found.append(Subject(path, [], generated=True))
    return found


class Sample:
    """One run of one program: seconds on the clock and of the processor, MiB."""

    def __init__(self, command: list[str], accepted: set[int], folder: pathlib.Path):
        log = folder / "output"
        with open(log, "wb") as out:
            start = time.monotonic()
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
            # Of the program and all it has waited for, as no other call says.
            _, status, usage = os.wait4(child.pid, 0)
        self.wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in accepted:
            sys.exit(f"{shlex.join(command)}\nended with {child.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024
        self.rules = None


class Programs:
    def __init__(self, build: pathlib.Path, folder: pathlib.Path):
        self.codrop, self.plugin, self.folder = build / "bin" / "codrop", build / "lib" / "libcodrop.so", folder
        for path in (self.codrop, self.plugin):
            if not path.exists():
                sys.exit(f"{path} is not there: run ./dev build, or give --build DIR")

    def parse(self, s: Subject) -> Sample:
        return Sample(["clang++-22", "-fsyntax-only", *s.flags, str(s.path)], {0}, self.folder)

    def run_codrop(self, s: Subject) -> Sample:
        report = self.folder / "report.jsonl"
        command = [str(self.codrop), "--no-config", "--no-skip", "-q", "-j1", f"--report=jsonl={report}", str(s.path)]
        sample = Sample([*command, "--", *s.flags], {0, 1}, self.folder)
        with open(report, encoding="utf-8") as lines:
            counts = json.loads(lines.readline())["statistics"]
        sample.rules = counts["rule_seconds"]
        return sample

    def bare(self, s: Subject) -> Sample:
        command = [str(self.codrop), "debug", "cfg", str(s.path), "--no-config", "--function=no_function_has_this_name"]
        return Sample([*command, "--", *s.flags], {2}, self.folder)

    def tidy(self, s: Subject) -> Sample:
        return Sample(["clang-tidy-22", f"--checks=-*,{STOCK_CHECKS}", "--quiet", str(s.path), "--", *s.flags], {0}, self.folder)

    def run_plugin(self, s: Subject) -> Sample:
        command = ["clang-tidy-22", f"--load={self.plugin}", "--checks=-*,codrop-*", "--quiet", str(s.path)]
        return Sample([*command, "--", *s.flags], {0}, self.folder)

    def all(self):
        return {"parse": self.parse, "codrop": self.run_codrop, "bare": self.bare, "tidy": self.tidy, "plugin": self.run_plugin}


def summary(samples: list[Sample]) -> dict:
    cpu = [s.cpu for s in samples]
    result = {
        "cpu": statistics.median(cpu),
        "wall": statistics.median(s.wall for s in samples),
        "spread": (max(cpu) - min(cpu)) / statistics.median(cpu),
        "memory": max(s.memory for s in samples),
    }
    if samples[0].rules is not None:
        result["rules"] = statistics.median(s.rules for s in samples)
    return result


def table(results: list[dict]) -> str:
    others = ("codrop", "bare", "tidy", "plugin")
    lines = ["| file | parse | " + " | ".join(others) + " | rules | spread |", "|---|---" + "|---" * len(others) + "|---|---|"]
    for r in results:
        parse = r["parse"]
        cells = [f"{parse['cpu']:.2f} s, {parse['memory']:.0f} MiB"]
        cells += [f"{r[name]['cpu'] / parse['cpu']:.2f}, {r[name]['memory'] / parse['memory']:.2f}" for name in others]
        cells.append(f"{r['share'] * 100:.1f}% ({r['codrop']['rules'] * 1000:.0f} ms)")
        cells.append(f"{max(r[name]['spread'] for name in ('parse', *others)) * 100:.0f}%")
        lines.append(f"| {r['file']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="folder of the build (default: build/)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each program on each file (default: 3)")
    parser.add_argument("--quick", action="store_true", help="three of the example's files, one run each")
    parser.add_argument("--only", default="", help="only files with this in their name")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    args = parser.parse_args()
    if args.repeat < 1:
        parser.error("--repeat must be at least 1")
    repeat = 1 if args.quick else args.repeat

    with tempfile.TemporaryDirectory(prefix="codrop-bench") as name:
        folder = pathlib.Path(name)
        programs = Programs(args.build.resolve(), folder).all()
        chosen = [s for s in subjects(folder, args.quick) if args.only in s.name]
        if not chosen:
            sys.exit(f"no file has '{args.only}' in its name")
        samples = {(s.name, program): [] for s in chosen for program in programs}
        # Interleaved, so that what else the machine does hits all alike.
        for turn in range(repeat):
            for s in chosen:
                print(f"\r\033[Krun {turn + 1} of {repeat}: {s.name}", end="", file=sys.stderr, flush=True)
                for program, run in programs.items():
                    samples[s.name, program].append(run(s))
        print("\r\033[K", end="", file=sys.stderr, flush=True)

    results = []
    for s in chosen:
        r = {"file": s.name, "generated": s.generated, **{p: summary(samples[s.name, p]) for p in programs}}
        r["share"] = r["codrop"]["rules"] / r["parse"]["cpu"]
        results.append(r)
    print(table(results))
    real = [r for r in results if not r["generated"]]
    rules, parse = sum(r["codrop"]["rules"] for r in real), sum(r["parse"]["cpu"] for r in real)
    print("\nProcessor time and peak memory; codrop, bare, tidy and plugin as multiples of parse.")
    if real:
        print(f"All rules together cost {rules / parse * 100:.1f}% of the parse of the {len(real)} files that are not generated.")
    if args.json:
        machine = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "page": resource.getpagesize()}
        args.json.write_text(json.dumps({"machine": machine, "repeat": repeat, "files": results}, indent=1) + "\n", encoding="utf-8")
    if real and rules / parse > LIMIT:
        sys.exit(f"that is more than the limit of {LIMIT * 100:.0f}%")


if __name__ == "__main__":
    main()

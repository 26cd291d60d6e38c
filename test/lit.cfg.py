# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The suites below test/. Run them with ./dev test, or some of them with
#   /usr/lib/llvm-22/bin/lit test/checks/torn-state
# The build is build/ unless --param build=DIR says otherwise.
import os
import pathlib
import shutil

import lit.formats

source = pathlib.Path(__file__).resolve().parent
root = source.parent
build = pathlib.Path(lit_config.params.get("build", root / "build")).resolve()
llvm = "/usr/lib/llvm-22/bin"
python = "/usr/bin/python3"
plugin = build / "lib" / "libcodrop.so"

if not build.is_dir():
    lit_config.fatal(f"{build} does not exist: run ./dev build, or give --param build=DIR")

config.name = "codrop"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cpp", ".test"]
config.excludes = ["Inputs", "mock", "CMakeLists.txt"]
config.test_source_root = str(source)
config.test_exec_root = str(build / "test")
# The tests' own files lie below the checkout, whose .clang-tidy is not theirs.
os.makedirs(config.test_exec_root, exist_ok=True)
with open(os.path.join(config.test_exec_root, ".clang-tidy"), "w", encoding="utf-8") as file:
    file.write("WarningsAsErrors: ''\n")
config.codrop_root = str(root)
config.codrop_build = str(build)
config.codrop_python = python
# A test that hangs must fail and not hold up the rest. The limit is far above
# what the slowest test needs on a busy machine.
try:
    import psutil  # noqa: F401  lit kills the processes of a test with it

    lit_config.maxIndividualTestTime = int(lit_config.params.get("timeout", 300))
except ImportError:
    lit_config.note("python3-psutil is not installed: a test that hangs will not be ended")

config.environment["PATH"] = os.pathsep.join([llvm, "/usr/local/bin", "/usr/bin", "/bin"])
config.environment["CODROP_BUILD"] = str(build)
config.environment["LC_ALL"] = "C.UTF-8"
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
# What a user set for himself must not change a test.
for name in [n for n in config.environment if n.startswith("CODROP_") and n != "CODROP_BUILD"] + ["NO_COLOR", "FORCE_COLOR"]:
    config.environment.pop(name, None)

verify = f"{python} {source / 'verify.py'} --plugin={plugin} --clang-tidy=clang-tidy-22 --mock={source / 'mock'}"
for name, value in {
    "codrop": build / "bin" / "codrop",
    "codrop_clangd": build / "bin" / "codrop-clangd",
    "plugin": plugin,
    "clang_tidy": "clang-tidy-22",
    "clang": "clang++-22",
    "check": verify,
    "mock": source / "mock",
    "python": python,
    "root": root,
    "build": build,
}.items():
    config.substitutions.append((rf"%{name}\b", str(value)))

# A container may have no /dev/pts.
try:
    for end in os.openpty():
        os.close(end)
    config.available_features.add("pty")
except OSError:
    lit_config.note("there are no pseudo terminals: colours on a terminal are not tested")
if os.path.exists("/usr/include/asio.hpp"):
    config.available_features.add("asio")
if os.path.exists("/usr/include/liburing.h"):
    config.available_features.add("liburing")
if os.path.exists("/usr/include/boost/asio.hpp"):
    config.available_features.add("boost")
if os.path.exists("/usr/include/sqlite3.h"):
    config.available_features.add("sqlite")
qt = next(pathlib.Path("/usr/include").glob("*/qt6"), None)
if qt and os.path.exists("/usr/include/qcoro6"):
    config.available_features.add("qcoro")
    config.substitutions.append((r"%qt\b", str(qt)))
for program in ["clang-tidy-19", "clang-format-22", "g++-12", "clang++-16", "clang++-19", "clang++-22", "pkg-config"]:
    if shutil.which(program):
        config.available_features.add(program)
if os.path.exists("/usr/lib/llvm-22/include/c++/v1/version"):
    config.available_features.add("libc++")
if plugin.exists():
    config.available_features.add("plugin")
if any((root / "runtime" / "include").rglob("*.hpp")):
    config.available_features.add("runtime")

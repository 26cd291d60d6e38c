#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the SARIF and JSON lines of reports.test.

Usage: reports.py SARIF JSONL ROOT
"""
import json
import pathlib
import sys

sarif_file, jsonl_file, root = map(pathlib.Path, sys.argv[1:])
rule = "codrop-lock-across-suspension"

log = json.loads(sarif_file.read_text(encoding="utf-8"))
assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
(run,) = log["runs"]
driver = run["tool"]["driver"]
assert driver["name"] == "codrop" and driver["version"]
ids = [r["id"] for r in driver["rules"]]
assert ids == sorted(ids) and len(ids) == len(set(ids)) and rule in ids
for entry in driver["rules"]:
    assert entry["shortDescription"]["text"]
    assert entry["defaultConfiguration"]["level"] in ("error", "warning")
    if "helpUri" in entry:
        assert "://" in entry["helpUri"]
assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == root.resolve().as_uri() + "/"
assert run["columnKind"] == "unicodeCodePoints"

(result,) = run["results"]
assert result["ruleId"] == rule and ids[result["ruleIndex"]] == rule
assert result["level"] == "error" and result["message"]["text"]
place = result["locations"][0]["physicalLocation"]
assert place["artifactLocation"] == {"uri": "sub/a%25.cpp", "uriBaseId": "SRCROOT"}, place
assert place["region"] == {"startLine": 3, "startColumn": 31, "endColumn": 36}, place
(flow,) = result["codeFlows"]
steps = flow["threadFlows"][0]["locations"]
assert [s["executionOrder"] for s in steps] == list(range(1, len(steps) + 1)) and len(steps) >= 2
assert all(s["location"]["message"]["text"] for s in steps)
suspends = steps[1]["location"]["physicalLocation"]["region"]
# Characters, not bytes: the comment before the await has one of two bytes.
assert (suspends["startLine"], suspends["startColumn"]) == (4, 11), suspends
fingerprint = result["partialFingerprints"]["codropFinding/v1"]
assert len(fingerprint) == 16

(invocation,) = run["invocations"]
assert invocation["executionSuccessful"] is False and invocation["exitCode"] == 3
told = {
    n["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: (n["level"], n["message"]["text"])
    for n in invocation["toolExecutionNotifications"]
}
assert told["broken.cpp"][0] == "error" and "could not be analysed" in told["broken.cpp"][1], told
assert told["plain.cpp"] == ("note", "skipped: includes nothing that declares coroutines"), told

lines = [json.loads(line) for line in jsonl_file.read_text(encoding="utf-8").splitlines()]
assert [line["type"] for line in lines] == ["run", "finding", "failure"]
first, finding, failure = lines
assert first["version"] == 1 and first["exit_code"] == 3
assert (first["analysed"], first["failed"], first["skipped"]) == (1, 1, 1)
assert (finding["rule"], finding["path"], finding["line"], finding["column"]) == (rule, "sub/a%.cpp", 3, 31)
assert finding["fingerprint"] == fingerprint
assert finding["steps"][1]["column"] == 12, finding["steps"]
assert failure["path"] == "broken.cpp" and "undeclared" in failure["errors"][0]["message"]

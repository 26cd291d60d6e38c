#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks knowledge files against the published schema, as an editor would.

Usage: validate.py SCHEMA FILE...   a FILE.md: its blocks after "<!-- test: knowledge -->"
Knows the part of JSON Schema that the schema uses, and refuses the rest.
"""
import json
import pathlib
import re
import sys

import yaml

KNOWN = set("$schema $id $ref $defs title description type properties additionalProperties required items enum const oneOf minimum minItems minLength".split())
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def check(schema, value, where, root):
    """Yields what is wrong with value."""
    if unknown := set(schema) - KNOWN:
        sys.exit(f"validate.py does not know {', '.join(sorted(unknown))}")
    if "$ref" in schema:
        yield from check(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, where, root)
    wanted = schema.get("type")
    if wanted and (not isinstance(value, TYPES[wanted]) or (wanted == "integer" and isinstance(value, bool))):
        yield f"{where}: not of type {wanted}"
        return
    # `is` matters: Python thinks that 1 == True.
    if "enum" in schema and not any(value == e and type(value) is type(e) for e in schema["enum"]):
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: not {schema['const']!r}"
    if "oneOf" in schema and sum(not list(check(s, value, where, root)) for s in schema["oneOf"]) != 1:
        yield f"{where}: {value!r} fits no alternative, or several"
    if isinstance(value, (str, list)) and len(value) < schema.get("minLength" if isinstance(value, str) else "minItems", 0):
        yield f"{where}: empty"
    if isinstance(value, int) and value < schema.get("minimum", value):
        yield f"{where}: below {schema['minimum']}"
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from check(schema["items"], item, f"{where}[{index}]", root)
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{where}: no {key!r}"
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            if inner is False:
                yield f"{where}: unknown key {key!r}"
            elif inner is not True:
                yield from check(inner, item, f"{where}.{key}", root)


def documents(path: pathlib.Path):
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".md":
        return [text]
    blocks = re.findall(r"<!-- test: knowledge -->\n```yaml\n(.*?)```", text, re.DOTALL)
    return blocks or sys.exit(f"{path}: no block to test")


def main() -> None:
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    wrong = []
    for name in sys.argv[2:]:
        for text in documents(pathlib.Path(name)):
            wrong += check(schema, yaml.safe_load(text), pathlib.Path(name).name, schema)
    print("\n".join(wrong) or "all fit the schema")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lines of JSON on stdin against the schema of what mobilenettext writes.

Knows the part of JSON Schema that the schema uses, and fails on the rest.
Where the jsonschema package is installed, it has to agree."""
import json
import pathlib
import re
import sys

SCHEMA = (pathlib.Path(__file__).resolve().parents[2] /
          "gst" / "text" / "ndjson.schema.json")

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float))
    and not isinstance(v, bool),
}
WORDS = {"$schema", "title", "description", "type", "enum", "pattern",
         "minimum", "items", "properties", "required",
         "additionalProperties"}


def fail(path, what):
    raise ValueError(f"{path}: {what}")


def check_object(schema, value, path):
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            fail(path, f"no {name}")
    for name, item in value.items():
        if name in properties:
            check(properties[name], item, f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            fail(path, f"unknown {name}")


def check(schema, value, path="line"):
    unknown = set(schema) - WORDS
    if unknown:
        fail(path, f"the schema says {unknown}, which is not known here")
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(TYPES[kind](value) for kind in kinds):
        fail(path, f"{value!r} is not of type {kinds}")
    if "enum" in schema and value not in schema["enum"]:
        fail(path, f"{value!r} is not one of {schema['enum']}")
    if isinstance(value, str) and "pattern" in schema and \
            not re.search(schema["pattern"], value):
        fail(path, f"{value!r} does not match")
    if TYPES["number"](value) and value < schema.get("minimum", value):
        fail(path, f"{value!r} is too small")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            check(schema["items"], item, f"{path}[{i}]")
    if isinstance(value, dict):
        check_object(schema, value, path)


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    try:
        import jsonschema
        second = jsonschema.Draft202012Validator(schema).validate
    except (ImportError, AttributeError):
        second = None
    n = 0
    for line in sys.stdin.buffer:
        text = line.decode("utf-8")     # fails where it is not valid
        if not text.endswith("\n"):
            fail(f"line {n + 1}", "has no end")
        value = json.loads(text, parse_constant=no_constant)
        check(schema, value, f"line {n + 1}")
        if second:
            second(value)
        n += 1
    print(n)


main()

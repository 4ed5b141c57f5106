#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Holds texts against a JSON schema and prints what is not as it should be, one fault a line.

Reads one JSON object: `schema` as a text, and `cases` with `name`, the text as `yaml` or `json`, and `accepts`
(null where the schema need not know). YAML is read as the program reads it, by the core rules of YAML 1.2.
"""
import json
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Scalars by the core rules: no dates, no `yes`, no octal by a leading zero."""

    yaml_implicit_resolvers = {}


def resolve(tag, pattern, first):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


resolve("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF")
resolve("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""])
resolve("int", r"^[-+]?[0-9]+$", "-+0123456789")
resolve("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+.0123456789")
resolve("merge", r"^<<$", "<")
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value, 10))


def with_text_keys(value):
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item) for item in value]
    return value


def main():
    given = json.load(sys.stdin)
    schema = json.loads(given["schema"])
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for case in given["cases"]:
        if case["accepts"] is None:
            continue
        try:
            if "json" in case:
                value = json.loads(case["json"])
            else:
                value = with_text_keys(yaml.load(case["yaml"], Loader))
        except (yaml.YAMLError, json.JSONDecodeError) as error:
            if case["accepts"]:
                print(f"{case['name']}: cannot be read: {error}")
            continue
        fault = next(validator.iter_errors(value), None)
        if case["accepts"] and fault is not None:
            print(f"{case['name']}: refused at {'.'.join(map(str, fault.path))}: {fault.message}")
        if not case["accepts"] and fault is None:
            print(f"{case['name']}: accepted, and it should be refused:\n{case.get('yaml') or case.get('json')}")


if __name__ == "__main__":
    main()

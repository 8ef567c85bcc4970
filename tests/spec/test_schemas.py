"""The schemas themselves: valid, named, with examples, listed, and those of protos current."""

from __future__ import annotations

import re
import runpy
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from spec_schemas import NAMES, SPEC, faults, schema

from taurus_beam.specs import spec_id

each_name = pytest.mark.parametrize("name", NAMES)
FROM_PROTOS: Any = runpy.run_path(str(SPEC / "from_protos.py"))


@each_name
def test_a_schema_is_valid_and_says_what_it_is_of(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == spec_id(name)
    assert found["title"]
    assert found["description"].endswith(".")


@each_name
def test_its_examples_follow_it(name: str) -> None:
    assert schema(name)["examples"]
    for example in schema(name)["examples"]:
        assert faults(name, example) == []


@each_name
def test_its_references_stay_within_it(name: str) -> None:
    text = (SPEC / f"{name}.v1.json").read_text(encoding="utf-8")
    targets = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text))
    assert targets <= set(schema(name).get("$defs", {}))
    assert text.count('"$ref"') == text.count('"$ref": "#/$defs/')


@each_name
def test_it_is_listed(name: str) -> None:
    listed = SPEC.with_suffix(".md").read_text(encoding="utf-8")
    assert f"](spec/{name}.v1.json)" in listed


@pytest.mark.parametrize("name", FROM_PROTOS["SCHEMAS"])
def test_those_of_protos_say_what_the_protos_do(name: str) -> None:
    # Of a later tensorflow-metadata, whose protos may have more, they are still a part.
    assert is_part(schema(name), FROM_PROTOS["schema_of"](name)), (
        "make them anew: python docs/spec/from_protos.py"
    )


def is_part(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return all(name in whole and is_part(each, whole[name]) for name, each in part.items())
    if isinstance(part, list):
        return all(each in whole for each in part)
    return bool(part == whole)

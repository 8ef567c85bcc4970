"""What is written follows its schema, and what was changed does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_schemas import NAMES, faults, of_text, schema

GOLDEN = Path(__file__).parents[1] / "golden"

each_name = pytest.mark.parametrize("name", NAMES)


@each_name
def test_what_is_written_follows_its_schema(name: str, written: dict[str, list[Any]]) -> None:
    documents = written.get(name, [])
    assert documents
    for document in documents:
        assert faults(name, document) == []


def test_everything_written_has_a_schema(written: dict[str, list[Any]]) -> None:
    assert set(written) <= set(NAMES)


@pytest.mark.parametrize("part", ["manifest", "graph", "provenance"])
def test_what_earlier_versions_wrote_follows_the_schema(part: str) -> None:
    files = sorted(GOLDEN.rglob(f"{part}.json"))
    assert files
    for file in files:
        assert faults(f"transformation-{part}", of_text(file.read_text("utf-8"))) == []


@each_name
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_was_changed_does_not(name: str, data: st.DataObject, written: Any) -> None:
    documents = written.get(name, []) + schema(name)["examples"]
    document = copy.deepcopy(data.draw(st.sampled_from(documents)))
    places = list(objects(schema(name), schema(name), document))
    if not places:  # an empty list
        return
    kind, place = data.draw(st.sampled_from(places))
    changes = ["unknown"] if kind.get("additionalProperties") is False else []
    changes += ["lacking"] * bool(kind.get("required"))
    changes += ["other type"] * bool(said(kind, place))
    if not changes:
        return
    change = data.draw(st.sampled_from(changes))
    if change == "unknown":
        place["no such member"] = 0
    elif change == "lacking":
        del place[data.draw(st.sampled_from(kind["required"]))]
    else:
        # Nothing that is named in a schema may be this.
        place[data.draw(st.sampled_from(said(kind, place)))] = [[[]]]
    assert faults(name, document) != []


def said(kind: Any, place: Any) -> list[str]:
    """The members of an object that may not be just anything."""
    known = kind["properties"]
    return sorted(name for name in set(place) & set(known) if set(known[name]) != {"description"})


def objects(root: Any, kind: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    """Each object in a document that a schema says all of, with that part of the schema."""
    while "$ref" in kind:
        kind = root["$defs"][kind["$ref"].rpartition("/")[2]]
    if isinstance(value, list) and "items" in kind:
        for each in value:
            yield from objects(root, kind["items"], each)
    if isinstance(value, dict) and "properties" in kind:
        if set(value) & set(kind["properties"]):
            yield kind, value
        for name in set(value) & set(kind["properties"]):
            yield from objects(root, kind["properties"][name], value[name])

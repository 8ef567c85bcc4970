"""The configuration of a run: its digest, its document, and what it never holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from taurus_beam.configuration import Configuration, Source, changes, configured
from taurus_beam.configuration.model import json_schema
from taurus_beam.errors import ArtifactError

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "configuration.v1.json"

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text
scalars |= st.floats(allow_nan=False, allow_infinity=False)
values = scalars | st.lists(scalars, max_size=4)
settled = st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), values, max_size=6)
many = settings(max_examples=50, deadline=None)


@many
@given(known=settled, data=st.data())
def test_the_digest_depends_neither_on_order_nor_on_source(
    known: dict[str, Any], data: st.DataObject
) -> None:
    names = data.draw(st.permutations(list(known)))
    sources = {name: data.draw(st.sampled_from(Source)) for name in names}
    one = configured("fit", known)
    other = configured("fit", {name: known[name] for name in names}, sources, "9.9.9")
    assert one.digest == other.digest
    assert changes(one, other) == {}


@many
@given(known=settled, name=st.just("seed"), value=st.integers(0, 9))
def test_the_digest_depends_on_every_value_and_on_the_command(
    known: dict[str, Any], name: str, value: int
) -> None:
    one = configured("fit", {**known, name: value})
    other = configured("fit", {**known, name: value + 1})
    assert one.digest != other.digest
    assert list(changes(one, other)) == [name]
    assert configured("stats", {**known, name: value}).digest != one.digest


@many
@given(known=settled, source=st.sampled_from(Source))
def test_what_is_written_is_read_back(known: dict[str, Any], source: Source) -> None:
    written = configured("fit", known, dict.fromkeys(known, source))
    assert Configuration.from_json(written.to_json()) == written


def test_the_digest_is_what_the_specification_says() -> None:
    canonical = '{"command":"fit","configuration":{"a":[1,"\\u00e9"],"b":0.5}}'
    digest = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    assert configured("fit", {"b": 0.5, "a": (1, "é")}).digest == digest


def test_the_specification_is_that_of_the_model() -> None:
    # python -c "from taurus_beam.configuration.model import json_schema; import json;
    #            print(json.dumps(json_schema(), indent=2))" > docs/spec/configuration.v1.json
    assert json.loads(SPEC.read_text()) == json_schema()


@many
@given(known=settled)
def test_a_validator_that_knows_nothing_of_us_takes_what_is_written(known: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SPEC.read_text()))
    document = json.loads(configured("fit", known).to_json())
    validator.validate(document)
    for damage in ({"format_version": 2}, {"digest": "sha256:ab"}, {"further": 1}):
        assert not validator.is_valid({**document, **damage})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"command": "stats"}, "its digest is not that"),
        ({"format_version": 2}, "format_version"),
        ({"command": None}, "command"),
        ({"parameters": {"seed": {"value": 1, "source": "hearsay"}}}, "parameters.seed.source"),
        ({"parameters": 3}, "parameters"),
    ],
)
def test_a_damaged_document_is_refused_by_key(change: dict[str, Any], message: str) -> None:
    document = {**json.loads(configured("fit", {"seed": 1}).to_json()), **change}
    with pytest.raises(ArtifactError) as caught:
        Configuration.from_json(json.dumps(document), "a/configuration.json")
    assert message in str(caught.value)
    assert caught.value.where == "a/configuration.json"


def test_no_json_is_refused() -> None:
    with pytest.raises(ArtifactError):
        Configuration.from_json("[")


def test_it_cannot_be_changed() -> None:
    configuration: Any = configured("fit", {"seed": 1})
    for change in (
        lambda: setattr(configuration, "command", "stats"),
        lambda: setattr(configuration.parameters["seed"], "value", 2),
    ):
        with pytest.raises(ValidationError):
            change()


def test_secrets_are_hidden_wherever_they_stand() -> None:
    told = {
        "to": "s3://me:hunter2@host/x",
        "password": "hunter2",
        "token_file": "token.txt",
        "beam_options": ["--s3_secret_access_key=hunter2", "--s3_session_token", "hunter2", "--x"],
    }
    known = configured("fit", told)
    assert "hunter2" not in known.to_json()
    assert known.values == {
        "to": "s3://me:***@host/x",
        "password": "***",
        "token_file": "token.txt",
        "beam_options": ["--s3_secret_access_key=***", "--s3_session_token", "***", "--x"],
    }


def test_what_no_json_holds_is_its_text() -> None:
    assert configured("fit", {"share": float("nan"), "at": Path("a/b")}).values == {
        "share": "nan",
        "at": "a/b",
    }

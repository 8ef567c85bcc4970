"""The published schemas, and validation by them with nothing of ours."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[2] / "docs" / "spec"
NAMES = sorted(path.name.removesuffix(".v1.json") for path in SPEC.glob("*.v1.json"))


@functools.cache
def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPEC / f"{name}.v1.json").read_text(encoding="utf-8"))
    return found


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(name: str, document: Any) -> list[str]:
    """What in a document does not follow a schema."""
    found = _validator(name).iter_errors(document)
    return [f"{each.json_path}: {each.message:.300}" for each in found]


def of_text(text: str) -> Any:
    """JSON as strict readers take it: without NaN."""

    def refuse(token: str) -> Any:
        raise ValueError(f"{token} is no JSON")

    return json.loads(text, parse_constant=refuse)

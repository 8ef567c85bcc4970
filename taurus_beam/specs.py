"""What the JSON documents of this package say they are: the names of the schemas in `docs/spec`.

A name and a version never change their meaning. Documents that had a format and a version of their
own before, such as `split.json` and an artifact's manifest, keep these.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["document", "json_text", "spec_id"]


def spec_id(name: str, version: int = 1) -> str:
    """The ``$id`` of a schema.

    Example:
        >>> spec_id("verification")
        'urn:taurus-beam:spec:verification:1'
    """
    return f"urn:taurus-beam:spec:{name}:{version}"


def document(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """A document that says, first of all, which schema it follows.

    Example:
        >>> document("verification", {"same": True})
        {'$schema': 'urn:taurus-beam:spec:verification:1', 'same': True}
    """
    return {"$schema": spec_id(name), **content}


def json_text(value: Any) -> str:
    """JSON that every reader takes: NaN and infinities are strings, as is what JSON has no form of.

    Example:
        >>> print(json_text({"fare": float("nan")}))
        {
          "fare": "NaN"
        }
    """
    try:
        return _text(value)
    except ValueError:
        return _text(_finite(value))


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value

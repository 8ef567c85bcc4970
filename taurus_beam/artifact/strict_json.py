"""JSON of an artifact, read strictly: what another reader could take otherwise is refused."""

from __future__ import annotations

import json
from typing import Any

from taurus_beam.errors import ArtifactError

__all__ = ["decode"]

_FIX = "Fit again, or restore the artifact from where it was written."


def decode(text: bytes | str, what: str) -> Any:
    """JSON data from text; ArtifactError where it is none, or says something twice."""
    try:
        # Left to itself, json would take UTF-16 and halves of surrogate pairs, too.
        text = text.decode() if isinstance(text, bytes) else text
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once_each)
        if "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
        return data
    except (ValueError, RecursionError) as problem:
        raise ArtifactError(f"{what} is no JSON: {problem}", fix=_FIX) from problem


def _no_number(token: str) -> Any:
    raise ValueError(f"{token} is no JSON number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("an object has two entries of one name")
    return data

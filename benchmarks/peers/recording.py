"""How answers are written down: small ones whole, large ones as a sample and a digest of all.

Shared by the Python that has TFT and the tests, so plain lists and standard library only.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

WHOLE = 400
SAMPLE = 331


def recorded(rows: list[list[Any]]) -> dict[str, Any]:
    """One output: for each row the list of its values, missing ones left out."""
    flat = [value for row in rows for value in row]
    kind = "float" if any(isinstance(value, float) for value in flat) else "exact"
    if len(rows) > 1 and all(same(row, rows[0]) for row in rows):
        return {"kind": kind, "rows": len(rows), "constant": rows[0]}
    if len(rows) <= WHOLE:
        return {"kind": kind, "rows": len(rows), "values": rows}
    every = len(rows) // SAMPLE + 1
    record = {"kind": kind, "rows": len(rows), "every": every, "sample": rows[::every]}
    if kind == "exact":
        record["sha256"] = digest(rows)
    return record


def same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        a == b or (a != a and b != b)
        for a, b in zip(one, other)  # noqa: B905 (Python 3.9)
    )


def digest(rows: list[list[Any]]) -> str:
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def lists(column: Any) -> list[list[Any]]:
    """An Arrow column as the flat list of what each row has: nothing for a missing one."""
    return [flattened(value) for value in column.to_pylist()]


def flattened(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return [leaf for element in value for leaf in flattened(element)]
    return [value.decode() if isinstance(value, bytes) else value]

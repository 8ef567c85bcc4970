"""What ONNX has no form for, and how a refusal of it reads."""

from __future__ import annotations

import re

from taurus_beam.errors import EngineError

BINARY = "ONNX has no type for binary values"
NO_ROWS = "read no column"
REASONS = {
    "cast": "read numbers from strings|eight digits",
    "cross": "computes no farmhash64|All pairs of several lists",
    "date_part": "knows no clocks of (Europe/Berlin|Asia/Kathmandu)",
    **dict.fromkeys(("less", "less_equal", "greater", "greater_equal"), "Strings under"),
    **dict.fromkeys(("apply_vocabulary", "hash_strings"), "computes no farmhash64"),
}
"""What is refused of operations that are written for other types or arguments."""

FREEZING = "while the graph is frozen"
NONE = {
    "change_case": "changes the case of few characters",
    "hash_strings_with_key": "computes no SipHash",
    "normalize_unicode": "no Unicode normal forms",
    "parse_timestamp": "reads no dates",
    "positions_above": FREEZING,
    "regex_replace": "replaces nothing",
    "sparse_to_dense": "outside the vector is an error",
    "string_length": "does not count characters",
    "strip": "no substrings",
    "tokenize": "at separators only",
    "top_positions": FREEZING,
}
"""What is always refused."""


LISTS = "ragged lists of different columns|a constant ragged list"
"""What is refused of lists, whatever the operation."""


def assert_refused_for_a_reason(refusal: EngineError) -> None:
    """A refusal names the output, the operation, the line, why and what to do."""
    assert refusal.fix
    if NO_ROWS in refusal.what:
        return
    found = re.match(r"Output '\w+' cannot be written as ONNX: '?(\w+)", refusal.what)
    assert found, refusal.what
    assert refusal.where
    why = "|".join([{**REASONS, **NONE}.get(found.group(1), BINARY), BINARY, LISTS])
    assert re.search(why, refusal.what), refusal.what

"""Samples exported once and run in real ONNX Runtime, and how far they are from the batch path."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from applications import Application
from fitting import fitted

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.onnx.session import OnnxTransform

INEXACT = {
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh"),
    *("exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "power", "cbrt"),
    *("hypot", "cyclic", "power_transform", "inverse_tukey", "rank_share", "rescale"),
}
"""What is computed by functions that no two libraries round alike; all else agrees to the bit."""

AMPLIFYING = {"power_transform", "inverse_tukey"}
"""Powers of a logarithm: its rounding is multiplied by as much as the result's own logarithm."""

EITHER_ZERO = {"minimum", "maximum", "dot"}
"""Which of 0.0 and -0.0 they give differs between processors, or libraries."""

MOST_ULPS, NOTHING = 8, 1e-14
MOST_AMPLIFIED = 1e-12
Exactness: TypeAlias = Literal["exact", "either zero", "rounded", "amplifying"]
_TYPES = {"halffloat": np.float16, "float": np.float32, "double": np.float64}


@functools.cache
def exported(application: Application) -> OnnxTransform | EngineError:
    """The application's model in a session, or why there is none."""
    try:
        model = tb.to_onnx(fitted(application))
    except EngineError as refusal:
        return refusal
    return OnnxTransform(model)


@functools.cache
def exactness(application: Application) -> Exactness:
    """How far the application's results may be from the batch path's."""
    return exactness_of({node.operation.name for node in fitted(application).graph.nodes})


def exactness_of(used: set[str]) -> Exactness:
    """How far the results of some operations may be from the batch path's."""
    if used & AMPLIFYING:
        return "amplifying"
    if used & INEXACT:
        return "rounded"
    return "either zero" if used & EITHER_ZERO else "exact"


def differences(expected: pa.Table, found: pa.Table, exactness: Exactness) -> list[Any]:
    """The places where two tables differ: column, row, both values."""
    assert found.schema.equals(expected.schema)
    assert len(found) == len(expected)
    return [
        (name, row, one, other)
        for name in expected.schema.names
        for row, (one, other) in enumerate(
            zip(expected[name].to_pylist(), found[name].to_pylist(), strict=True)
        )
        if not _same(one, other, expected.schema.field(name).type, exactness)
    ]


def _same(one: Any, other: Any, arrow_type: Any, exactness: Exactness) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        inner = arrow_type.value_type
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_same(a, b, inner, exactness) for a, b in pairs)
    if not isinstance(one, float) or not isinstance(other, float):
        return type(one) is type(other) and one == other
    if one == other == 0 and exactness == "exact":
        return math.copysign(1, one) == math.copysign(1, other)
    if one == other or (math.isnan(one) and math.isnan(other)):
        return True
    if exactness in ("exact", "either zero") or not (math.isfinite(one) and math.isfinite(other)):
        return False
    size = max(abs(one), abs(other))
    unit = float(np.spacing(_TYPES[str(arrow_type)](size)))
    if exactness == "amplifying":
        return abs(one - other) <= max(MOST_ULPS * unit, MOST_AMPLIFIED * max(size, 1.0))
    return abs(one - other) <= max(MOST_ULPS * unit, NOTHING)


def pieces(table: pa.Table) -> Iterator[pa.Table]:
    """A table whole, of no row and of one row."""
    yield from (table, table.slice(0, 0), table.slice(len(table) // 2, 1))

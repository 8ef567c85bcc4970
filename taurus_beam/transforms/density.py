"""How likely each value is, by a histogram of the whole data: `estimated_probability_density`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.complete_rows import require_rows
from taurus_beam.analyzers.histogram import (
    BucketShares,
    Categories,
    CategoryCounts,
    bucket_boundaries,
)
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.node import InputColumn
from taurus_beam.graph.recorder import claim_name
from taurus_beam.graph.types import is_float
from taurus_beam.transforms.buckets import apply_buckets
from taurus_beam.transforms.cast import cast
from taurus_beam.transforms.lookup import take
from taurus_beam.transforms.selection import where
from taurus_beam.transforms.vectors import concat, select_positions
from taurus_beam.transforms.vocabulary import apply_vocabulary

__all__ = ["estimated_probability_density"]


def estimated_probability_density(
    x: Column, boundaries: int | Sequence[float] | None = None, categorical: bool = False
) -> Column:
    """How likely each value is in the whole data set, by its histogram.

    Args:
        x: Numeric column, or strings, binary or integers for categories: scalars, vectors or
            ragged lists.
        boundaries: As for `histogram`.
        categorical: Estimate the probability of each distinct value instead.

    Returns:
        Floats of ``x``'s shape: float64 for float64 columns, float32 for everything else.

        Numbers: the share of the values in the value's bucket, over the bucket's width; a value
        beyond the boundaries has the density of the first or last bucket, as in TFT. Categories:
        the value's share; 0 for one that was never seen. Missing stays missing and NaN stays
        NaN (TFT puts it in the first bucket). A constant column with equally spaced boundaries
        has density infinity from its value on, as in TFT, and 0 below (NaN in TFT). NaN
        everywhere where no value was seen; 0 for categories.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, 9.0], "s": ["a", "a", "b", None]})
        >>> def fn(inputs):
        ...     return {
        ...         "x": tb.estimated_probability_density(inputs["x"], [0, 2, 4]),
        ...         "s": tb.estimated_probability_density(inputs["s"], categorical=True),
        ...     }
        >>> out, _ = tb.fit_transform(table, fn)
        >>> out["x"].to_pylist()
        [0.125, 0.375, 0.375, 0.375]
        >>> [p and round(p, 4) for p in out["s"].to_pylist()]
        [0.6667, 0.6667, 0.3333, None]
    """
    require_rows("estimated_probability_density", x)
    if categorical:
        return _category_density(x)
    edges = bucket_boundaries(x, boundaries)
    (size,) = edges.shape
    assert size is not None
    wide = cast(edges, pa.float64())
    lower, upper = (select_positions(wide, range(i, size - 1 + i)) for i in (0, 1))
    shares = apply(BucketShares(), x, edges)
    densities = where(shares == 0, 0.0, shares / (upper - lower))
    # From the last boundary on, the density of the last bucket applies.
    table = cast(concat([densities, densities[-1]]), _result_dtype(x.dtype))
    density = take(table, apply_buckets(x, select_positions(edges, range(1, size))))
    return where(x != x, float("nan"), density) if is_float(x.dtype) else density


def _category_density(x: Column) -> Column:
    source = x.node.operation
    base = source.column if isinstance(source, InputColumn) else "values"
    name = re.sub(r"[^\w\-]+", "_", f"{base}_categories")
    asset = claim_name("vocabulary", name, ("categories", x.node), exact=False)
    place = apply_vocabulary(x, apply(Categories(asset), x))
    return take(cast(apply(CategoryCounts("shares"), x), pa.float32()), place, default=0.0)


def _result_dtype(dtype: Any) -> Any:
    return pa.float64() if dtype == pa.float64() else pa.float32()

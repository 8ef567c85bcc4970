"""Cutting numbers into buckets by their quantiles: `bucketize`."""

from __future__ import annotations

from taurus_beam.analyzers.quantiles import quantiles
from taurus_beam.graph.column import Column, apply
from taurus_beam.transforms.buckets import ApplyBuckets

__all__ = ["bucketize"]


def bucketize(
    x: Column,
    num_buckets: int,
    epsilon: float | None = None,
    elementwise: bool = False,
    weights: Column | None = None,
) -> Column:
    """Cut a column into buckets of equal size by its quantiles.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        num_buckets: How many buckets.
        epsilon: Rank error of the boundaries; see `quantiles`.
        elementwise: True computes boundaries for each position of a vector.
        weights: Numeric column that makes buckets of equal weight; see `quantiles`.

    Returns:
        int64 bucket of each value, 0 … ``num_buckets - 1``; see `apply_buckets`. A constant
        column is all in the last bucket.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3, 4]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"b": tb.bucketize(i["x"], 4)})
        >>> out["b"].to_pylist()
        [0, 1, 2, 3]
    """
    return apply(ApplyBuckets(), x, quantiles(x, num_buckets, epsilon, not elementwise, weights))

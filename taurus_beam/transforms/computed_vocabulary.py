"""From values to ids of a vocabulary found in the same data: `compute_and_apply_vocabulary`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taurus_beam.analyzers.approximate_vocabulary import approximate_vocabulary
from taurus_beam.analyzers.vocabulary import vocabulary
from taurus_beam.graph.column import Column
from taurus_beam.transforms.vocabulary import apply_vocabulary

__all__ = ["compute_and_apply_approximate_vocabulary", "compute_and_apply_vocabulary"]


def compute_and_apply_vocabulary(
    x: Column,
    default_value: int = -1,
    top_k: int | None = None,
    frequency_threshold: float | None = None,
    num_oov_buckets: int = 0,
    vocab_filename: str | None = None,
    hash: str = "murmur3",
    *,
    reserved_tokens: Sequence[Any] | None = None,
    weights: Column | None = None,
    labels: Column | None = None,
    use_adjusted_mutual_info: bool = False,
    min_diff_from_avg: float | None = 0.0,
    coverage_top_k: int | None = None,
    coverage_frequency_threshold: float | None = None,
    coverage_key: str | None = None,
    fingerprint_shuffle: bool = False,
) -> Column:
    """Learn a vocabulary from a column and replace its values by their ids.

    See `vocabulary` for the order of the ids, the null and empty-string rules and the
    arguments, and `apply_vocabulary` for values outside the vocabulary. For several columns that
    share a vocabulary, call those two. As in TFT, ``min_diff_from_avg`` is 0 here by default, and
    None asks for the default of `vocabulary`.

    Returns:
        int64 ids of ``x``'s shape; see `apply_vocabulary`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "c", "a", "b", "b"]})
        >>> fn = lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"], top_k=2)}
        >>> tb.fit_transform(table, fn)[0]["id"].to_pylist()
        [0, 1, -1, 1, 0, 0]
    """
    terms = vocabulary(
        x,
        top_k,
        frequency_threshold,
        vocab_filename,
        reserved_tokens=reserved_tokens,
        weights=weights,
        labels=labels,
        use_adjusted_mutual_info=use_adjusted_mutual_info,
        min_diff_from_avg=None if labels is None and min_diff_from_avg == 0 else min_diff_from_avg,
        coverage_top_k=coverage_top_k,
        coverage_frequency_threshold=coverage_frequency_threshold,
        coverage_key=coverage_key,
        fingerprint_shuffle=fingerprint_shuffle,
    )
    return apply_vocabulary(x, terms, default_value, num_oov_buckets, hash)


def compute_and_apply_approximate_vocabulary(
    x: Column,
    top_k: int,
    default_value: int = -1,
    num_oov_buckets: int = 0,
    vocab_filename: str | None = None,
    hash: str = "murmur3",
    *,
    reserved_tokens: Sequence[Any] | None = None,
    weights: Column | None = None,
) -> Column:
    """Learn a vocabulary in bounded memory and replace a column's values by their ids.

    See `approximate_vocabulary` for what is guaranteed and the arguments, and `apply_vocabulary`
    for values outside the vocabulary.

    Returns:
        int64 ids of ``x``'s shape; see `apply_vocabulary`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "c", "a", "b", "b"]})
        >>> fn = lambda i: {"id": tb.compute_and_apply_approximate_vocabulary(i["s"], top_k=2)}
        >>> tb.fit_transform(table, fn)[0]["id"].to_pylist()
        [0, 1, -1, 1, 0, 0]
    """
    terms = approximate_vocabulary(
        x, top_k, vocab_filename, reserved_tokens=reserved_tokens, weights=weights
    )
    return apply_vocabulary(x, terms, default_value, num_oov_buckets, hash)

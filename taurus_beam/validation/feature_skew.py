"""Feature skew: rows of training and serving with one identifier, compared feature by feature.

Works on tables in memory at the speed of Arrow; the Beam transform gives it the rows of a share
of the identifiers at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.plain_arrays import plain_table
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.serving.frames import as_table
from taurus_beam.stats.feature_column import Array, Mask
from taurus_beam.validation.cell_equality import Tolerance, as_cells, equal_cells, has_value
from taurus_beam.validation.feature_skew_result import (
    MISSING_VALUE,
    FeatureSkew,
    FeatureSkewResult,
    MatchStats,
    PartialSkew,
    Rank,
    SkewPair,
    merge_results,
)
from taurus_beam.validation.row_keys import Match, match_rows, row_keys

__all__ = [
    "SkewOptions",
    "compare_feature",
    "compare_tables",
    "feature_skew",
    "least_samples",
]


@dataclass(frozen=True)
class SkewOptions:
    """How two data sets are joined and compared; see `feature_skew`."""

    identifier_features: Sequence[str]
    features_to_ignore: Sequence[str] = ()
    sample_size: int = 0
    float_round_ndigits: int | None = None
    allow_duplicate_identifiers: bool = False
    confusion_features: Sequence[str] = ()
    tolerance: Tolerance = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("identifier_features", "features_to_ignore", "confusion_features"):
            if isinstance(getattr(self, name), str):
                raise TraceError(f"{name} is a str.", expected="a list of column names")
        if not self.identifier_features:
            raise TraceError(
                "At least one feature name must be specified in identifier_features.",
                expected="the columns that tell which rows belong together",
            )
        if self.sample_size < 0:
            raise TraceError(f"Invalid sample_size {self.sample_size!r}.", expected="0 or more")
        object.__setattr__(self, "tolerance", Tolerance(digits=self.float_round_ndigits))

    def used(self, table: Any) -> Any:
        """A table or record batch without the columns that are ignored."""
        asked = {*self.identifier_features, *self.confusion_features}
        unused = set(self.features_to_ignore) - asked
        return table.select([name for name in table.schema.names if name not in unused])


def feature_skew(
    base: Any,
    test: Any,
    identifier_features: Sequence[str],
    features_to_ignore: Sequence[str] = (),
    sample_size: int = 0,
    float_round_ndigits: int | None = None,
    allow_duplicate_identifiers: bool = False,
    confusion_features: Sequence[str] = (),
) -> FeatureSkewResult:
    """Joins two data sets by identifier and counts, feature by feature, which values differ.

    Values are the same if their types are (integers, floats, strings), and all values of a list
    in their order; NaN equals NaN, and a scalar a list of one. A null and an empty list are no
    value. As in TFDV, whose ``DetectFeatureSkew`` this is for data in memory.

    Args:
        base: The training rows: ``pa.Table``, ``pa.RecordBatch``, DataFrame or dict of arrays.
        test: The serving rows.
        identifier_features: Columns that together tell which rows belong together, at least one.
            A row that lacks one of them is counted and left out.
        features_to_ignore: Columns not to compare, nor to show in samples.
        sample_size: How many differing pairs to keep.
        float_round_ndigits: Decimal places to round floats to before they are compared.
        allow_duplicate_identifiers: Whether to compare all pairs of rows of an identifier that is
            there more than once; by default such identifiers are counted and left out.
        confusion_features: String columns of which to count pairs of values (TFDV's
            ``confusion_configs``).

    Returns:
        Counts, samples and statistics of the join; the same for rows in any order.

    Raises:
        TraceError: An option cannot be meant.
        DataError: An identifier is not a column or cannot identify a row, a type cannot be
            compared, or a confusion feature is not of strings.

    Example:
        >>> base = pa.table({"id": [1, 2, 3], "x": [1.0, 2.0, 3.0]})
        >>> test = pa.table({"id": [3, 2, 4], "x": [3.0, 5.0, 4.0]})
        >>> result = feature_skew(base, test, ["id"], sample_size=1)
        >>> result.features["x"].match_count, result.features["x"].mismatch_count
        (1, 1)
        >>> result.samples[0].base, result.samples[0].test
        ({'id': 2, 'x': 2.0}, {'id': 2, 'x': 5.0})
        >>> result.match_stats.ids_missing_in_test_count
        1
    """
    options = SkewOptions(
        identifier_features,
        features_to_ignore,
        sample_size,
        float_round_ndigits,
        allow_duplicate_identifiers,
        confusion_features,
    )
    return merge_results(
        [compare_tables(plain_table(as_table(base)), plain_table(as_table(test)), options)],
        sample_size,
    )


def compare_tables(base: Any, test: Any, options: SkewOptions) -> PartialSkew:
    """The skew of all rows of some identifiers."""
    base, test = options.used(base), options.used(test)
    base_keys, base_known = row_keys(base, options.identifier_features)
    test_keys, test_known = row_keys(test, options.identifier_features)
    match = match_rows(base_keys, base_known, test_keys, test_known)
    compared = np.ones(len(match.unique), np.bool_)
    if not options.allow_duplicate_identifiers:
        compared = match.unique
    rows = match.base_rows[compared], match.test_rows[compared]
    ignored = {*options.identifier_features, *options.features_to_ignore}
    names = sorted({*base.schema.names, *test.schema.names} - ignored)
    features, fates = {}, {}
    for name in names:
        cells = _cells(name, base, rows[0]), _cells(name, test, rows[1])
        features[name], fates[name] = compare_feature(*cells, name, options.tolerance)
    return PartialSkew(
        features,
        _match_stats(base_known, test_known, match, int(compared.sum())),
        _samples(base, test, rows, base_keys, fates, options.sample_size),
        _confusion(base, test, rows, options.confusion_features),
    )


_NOTHING, _BASE_ONLY, _TEST_ONLY, _MATCHED, _MISMATCHED = range(5)


def compare_feature(a: Any, b: Any, name: str, tolerance: Tolerance) -> tuple[FeatureSkew, Array]:
    """The counts of one feature over paired cells, and what became of it in each pair."""
    in_base, in_test = has_value(a), has_value(b)
    fate = np.where(in_base, _BASE_ONLY, np.where(in_test, _TEST_ONLY, _NOTHING))
    both = np.flatnonzero(in_base & in_test)
    if len(both):
        if len(both) < len(fate):
            a, b = a.take(pa.array(both)), b.take(pa.array(both))
        fate[both] = np.where(equal_cells(a, b, tolerance), _MATCHED, _MISMATCHED)
    counts = np.bincount(fate, minlength=5).tolist()
    skew = FeatureSkew(
        name,
        base_count=int(in_base.sum()),
        test_count=int(in_test.sum()),
        match_count=counts[_MATCHED],
        base_only=counts[_BASE_ONLY],
        test_only=counts[_TEST_ONLY],
        mismatch_count=counts[_MISMATCHED],
    )
    return skew, fate


def least_samples(
    base: Callable[[Any], Any],
    test: Callable[[Any], Any],
    keys: Callable[[Any], Any],
    fates: Mapping[str, Array],
    size: int,
) -> tuple[tuple[Rank, SkewPair], ...]:
    """The differing pairs of rows whose keys have the least hashes.

    Args:
        base: Gives the base rows of some pairs, as a table, from their Arrow array of positions.
        test: Gives the test rows.
        keys: Gives what the pairs are known by.
        fates: What became of each feature in each pair, by `compare_feature`.
        size: How many pairs to take.
    """
    if not size or not fates:
        return ()
    unlike = (_BASE_ONLY, _TEST_ONLY, _MISMATCHED)
    pairs = np.flatnonzero(np.logical_or.reduce([np.isin(fate, unlike) for fate in fates.values()]))
    if not len(pairs):
        return ()
    hashes = hash_terms(keys(pa.array(pairs)))
    if len(pairs) > size:
        # Pairs of one key share a hash; which of them are kept, their text decides.
        least = np.partition(hashes, size - 1)[size - 1]
        pairs, hashes = pairs[hashes <= least], hashes[hashes <= least]
    rows, others = (side(pa.array(pairs)).to_pylist() for side in (base, test))
    found = []
    for pair, number, row, other in zip(pairs, hashes.tolist(), rows, others, strict=True):
        base_only, test_only, matched, mismatched = (
            tuple(name for name, fate in fates.items() if fate[pair] == kind)
            for kind in (_BASE_ONLY, _TEST_ONLY, _MATCHED, _MISMATCHED)
        )
        sample = SkewPair(row, other, base_only, test_only, matched, mismatched)
        found.append(((number, repr((row, other))), sample))
    return tuple(sorted(found, key=lambda one: one[0])[:size])


def _cells(name: str, table: Any, rows: Array) -> Any:
    if name not in table.schema.names:
        return pa.nulls(len(rows))
    try:
        return as_cells(table.column(name)).take(pa.array(rows))
    except DataError as problem:
        raise DataError(
            problem.what, where=f"column {name!r}", expected=problem.expected,
            fix=f"Add {name!r} to features_to_ignore.",
        ) from problem  # fmt: skip


def _match_stats(base_known: Mask, test_known: Mask, match: Match, compared: int) -> MatchStats:
    base, test = int(base_known.sum()), int(test_known.sum())
    return MatchStats(
        base_with_id_count=base,
        test_with_id_count=test,
        identifiers_count=match.base_keys + match.test_keys - match.shared_keys,
        ids_missing_in_base_count=match.test_keys - match.shared_keys,
        ids_missing_in_test_count=match.base_keys - match.shared_keys,
        matching_pairs_count=len(match.base_rows),
        compared_pairs_count=compared,
        duplicate_id_count=match.repeated_keys,
        base_missing_id_count=len(base_known) - base,
        test_missing_id_count=len(test_known) - test,
    )


def _samples(
    base: Any,
    test: Any,
    rows: tuple[Array, Array],
    keys: Any,
    fates: Mapping[str, Array],
    size: int,
) -> tuple[tuple[Rank, SkewPair], ...]:
    of_base, of_test = (pa.array(some) for some in rows)
    return least_samples(
        lambda pairs: base.take(of_base.take(pairs)),
        lambda pairs: test.take(of_test.take(pairs)),
        lambda pairs: keys.take(of_base.take(pairs)),
        fates,
        size,
    )


def _confusion(
    base: Any, test: Any, rows: tuple[Array, Array], names: Sequence[str]
) -> dict[tuple[str, bytes, bytes], int]:
    counts: dict[tuple[str, bytes, bytes], int] = {}
    for name in names:
        values = [_strings(name, table, at) for table, at in zip((base, test), rows, strict=True)]
        pairs = pa.table(values, ["base", "test"]).group_by(["base", "test"])
        for row in pairs.aggregate([([], "count_all")]).to_pylist():
            counts[name, row["base"], row["test"]] = row["count_all"]
    return counts


def _strings(name: str, table: Any, rows: Array) -> Any:
    cells = _cells(name, table, rows)
    if pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type):
        lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy(zero_copy_only=False)
        if len(lengths) and lengths.max() > 1:
            raise DataError(
                f"Column {name!r} has rows of several values, so it has no confusion counts.",
                expected="at most one string in each row",
                fix=f"Leave {name!r} out of confusion_features.",
            )
        first = np.append(0, np.cumsum(lengths))[:-1]
        at = pa.array(first, mask=lengths == 0)
        cells = as_cells(cells.flatten()).take(at)
    if not (pa.types.is_large_binary(cells.type) or pa.types.is_null(cells.type)):
        raise DataError(
            f"Column {name!r} is {cells.type}, so it has no confusion counts.",
            expected="strings",
            fix=f"Leave {name!r} out of confusion_features.",
        )
    return pc.fill_null(cells.cast(pa.large_binary()), MISSING_VALUE)

"""How pairs of numeric features vary together: covariance and correlation, as cross features.

Sums of products are exact integers (`analyzers.exact_sum`), each result is rounded once. TFDV
looks at a random tenth of the batches; here every row takes part.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers.correlation import pearson_of_products
from taurus_beam.analyzers.exact_sum import UNIT_BITS, cross_products, ratio
from taurus_beam.errors import TraceError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeatureColumn, FeaturePath, Mask
from taurus_beam.stats.tally import Tally, TallyGenerator, by_path

__all__ = ["CrossFeatureStatsGenerator"]

_Type = statistics_pb2.FeatureNameStatistics

_COUNT = "count"
# The sums of a pair of columns x, y and ones, as places in the matrix of products.
_SUMS = {"xx": (0, 0), "xy": (0, 1), "yy": (1, 1), "x": (0, 2), "y": (1, 2)}


@dataclass(frozen=True)
class _Numbers:
    """A feature's numbers by row; where `known` is false, they are 0."""

    name: str
    numbers: Array
    known: Mask


@dataclass(frozen=True)
class CrossFeatureStatsGenerator(TallyGenerator):
    """Covariance and correlation of each two numeric features of one value a row.

    Takes part in the pairs: every top-level feature of type INT or FLOAT; in a pair: the rows in
    which each of the two has exactly one value, neither null nor NaN nor infinite (in TFDV an
    infinity makes the covariance NaN). Tells a cross feature for each pair of which some row takes
    part, ``path_x`` the name that sorts first: ``count``, ``covariance`` (of the population) and
    ``correlation``, which is left out where one of the two is constant.

    Args:
        feature_crosses: Pairs of names to look at; None for all pairs, of which there are many
            where features are many.

    Raises:
        TraceError: A cross is not of two different features.

    Example:
        >>> import pyarrow as pa
        >>> batch = pa.record_batch({"x": [[1], [2], [3], [4, 5], None], "y": [2, 4, 6, 7, 8]})
        >>> generator = CrossFeatureStatsGenerator()
        >>> stats = generator.result(generator.add(generator.zero(), Examples(batch)))
        >>> cross = stats.cross_features[0]
        >>> cross.count, cross.num_cross_stats.correlation
        (3, 1.0)
    """

    feature_crosses: Sequence[tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        for cross in self.feature_crosses or ():
            if len(cross) != 2 or cross[0] == cross[1] or isinstance(cross, str):
                raise TraceError(
                    f"{cross!r} is no feature cross.", expected="the names of two features"
                )

    def facts(self, examples: Examples) -> Iterator[tuple[FeaturePath, str, int]]:
        """Count and sums of each pair; the pair's names stand for the path."""
        columns = {one.name: one for one in map(_numbers, self._features(examples)) if one}
        groups: dict[bytes, list[_Numbers]] = {}
        for name in sorted(columns):
            groups.setdefault(np.packbits(columns[name].known).tobytes(), []).append(columns[name])
        wanted = None if self.feature_crosses is None else set(map(_sorted, self.feature_crosses))
        # Features that are known in the same rows share one matrix of products.
        for alike in groups.values():
            yield from _facts_of(alike, alike[0].known, wanted)
        for some, others in itertools.combinations(groups.values(), 2):
            both = some[0].known & others[0].known
            for x, y in itertools.product(some, others):
                if wanted is None or _sorted((x.name, y.name)) in wanted:
                    yield from _facts_of([x, y], both, None)

    def result(self, state: Tally) -> statistics_pb2.DatasetFeatureStatistics:
        """A cross feature for each pair of which some row takes part, sorted by name."""
        dataset = statistics_pb2.DatasetFeatureStatistics()
        for (x, y), sums in by_path(self.told(state)).items():
            count = sums[_COUNT]
            if not count:
                continue
            products = _matrix(count, sums)
            cross = dataset.cross_features.add(count=count)
            cross.path_x.step.append(x)
            cross.path_y.step.append(y)
            told = cross.num_cross_stats
            told.covariance = _float32(_covariance(products))
            correlation = pearson_of_products(products)
            if not np.isnan(correlation):
                told.correlation = correlation
        return dataset

    def _features(self, examples: Examples) -> Iterator[FeatureColumn]:
        named = None
        if self.feature_crosses is not None:
            named = {name for cross in self.feature_crosses for name in cross}
        for path, feature in examples.features.items():
            numeric = feature.type in (_Type.INT, _Type.FLOAT)
            wanted = len(path) == 1 and (named is None or path[0] in named)
            if numeric and wanted and len(feature.levels) == 1:
                yield feature


def _numbers(feature: FeatureColumn) -> _Numbers | None:
    """The numbers of rows that have just one; None where no row has."""
    numbers, rows = feature.numbers, feature.row_of_value
    single = feature.levels[0].lengths[rows] == 1
    if numbers.dtype.kind == "f":
        single &= np.isfinite(numbers)
    if not single.any():
        return None
    known = np.zeros(feature.slots, np.bool_)
    known[rows[single]] = True
    by_row = np.zeros(feature.slots, numbers.dtype)
    by_row[rows[single]] = numbers[single]
    return _Numbers(feature.name, by_row, known)


def _facts_of(
    columns: Sequence[_Numbers], rows: Mask, wanted: set[tuple[str, str]] | None
) -> Iterator[tuple[FeaturePath, str, int]]:
    """Count and sums of each pair of columns that are all known in some rows."""
    count = int(np.count_nonzero(rows))
    if len(columns) < 2 or not count:
        return
    products = cross_products([*(one.numbers[rows] for one in columns), np.ones(count)])
    last = len(columns)
    for i, j in itertools.combinations(range(last), 2):
        if columns[i].name > columns[j].name:
            i, j = j, i
        pair = (columns[i].name, columns[j].name)
        if wanted is None or pair in wanted:
            places = (i, j, last)
            yield pair, _COUNT, count
            for name, (a, b) in _SUMS.items():
                yield pair, name, int(products[places[a], places[b]])


def _matrix(count: int, sums: Mapping[str, int]) -> Any:
    """The symmetric matrix of the sums of products of x, y and 1."""
    products = np.zeros((3, 3), object)
    for name, (a, b) in _SUMS.items():
        products[a, b] = products[b, a] = sums[name]
    products[2, 2] = count << 2 * UNIT_BITS
    return products


def _covariance(products: Any) -> float:
    """``(n Σxy - Σx Σy) / n²``."""
    n = products[2, 2]
    return ratio(n * products[0, 1] - products[0, 2] * products[1, 2], n * n)


def _float32(value: float) -> float:
    """The nearest float32; infinite beyond its range, where protobuf would raise an error."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _sorted(cross: tuple[str, str]) -> tuple[str, str]:
    x, y = sorted(cross)
    return x, y

"""Transform skew: logged serving requests are replayed through the artifact, and its features
compared with the features that serving logged.

What the model was given and what the artifact makes of the same request should be the same; here
is told where they are not. Works on data in memory, a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.errors import DataError, TraceError
from taurus_beam.serving.frames import as_table
from taurus_beam.serving.transform_fn import TransformFn, load
from taurus_beam.validation.cell_equality import Tolerance, as_cells, numeric_alike
from taurus_beam.validation.feature_skew import compare_feature, least_samples
from taurus_beam.validation.feature_skew_result import (
    FeatureSkew,
    MatchStats,
    PartialSkew,
    SkewPair,
    merge_results,
)
from taurus_beam.validation.row_keys import row_texts

__all__ = ["TransformSkewResult", "transform_skew"]

_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class TransformSkewResult:
    """How logged features compare with those that the artifact computes of the same requests.

    Attributes:
        num_requests: How many requests were replayed.
        features: The counts of each logged feature, by name in alphabetical order; the base is
            what the artifact computes, the test what serving logged.
        not_logged: Outputs of the artifact that were not logged.
        samples: Some requests that differ, as ``SkewPair``s: ``base`` is the request with the
            computed features, ``test`` the logged ones.
    """

    num_requests: int
    features: Mapping[str, FeatureSkew] = field(default_factory=dict)
    not_logged: tuple[str, ...] = ()
    samples: tuple[SkewPair, ...] = ()

    @property
    def skewed(self) -> tuple[str, ...]:
        """The features that differ in some request."""
        return tuple(name for name, skew in self.features.items() if skew.diff_count)


def transform_skew(
    artifact: TransformFn | str,
    requests: Any,
    logged_features: Any = None,
    prefix: str = "",
    absolute_tolerance: float = 0.0,
    relative_tolerance: float = 0.0,
    sample_size: int = 0,
) -> TransformSkewResult:
    """Replays logged serving requests through an artifact and compares with the logged features.

    A difference means that serving ran another artifact or other code than this one, or that it
    logged something else than it gave the model. Integers and floats are compared as numbers,
    since logs often do not tell 1 from 1.0; NaN equals NaN, and is not the same as null.

    Args:
        artifact: The frozen function, or its path.
        requests: The inputs of the artifact, and the logged features unless they are given apart:
            ``pa.Table``, ``pa.RecordBatch``, DataFrame or dict of arrays.
        logged_features: The logged features, a row for each request, in the same order.
        prefix: What the names of the logged features begin with; the rest is that of the output.
        absolute_tolerance: The greatest difference of floats that is none.
        relative_tolerance: The same, as a part of the logged number. By default floats have to be
            equal, which the batch and the row path of one artifact are.
        sample_size: How many differing requests to keep.

    Returns:
        Counts by feature and samples, the same for requests in any order.

    Raises:
        TraceError: A tolerance is negative, or ``sample_size``.
        DataError: No output of the artifact was logged, an input is missing or of another type,
            or there are not as many logged rows as requests.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> fn = tb.fit(pa.table({"x": [0.0, 4.0]}), lambda i: {"y": tb.scale_to_0_1(i["x"])})
        >>> log = pa.table({"x": [1.0, 2.0], "y": [0.25, 0.75]})
        >>> result = transform_skew(fn, log, sample_size=1)
        >>> result.features["y"].match_count, result.features["y"].mismatch_count
        (1, 1)
        >>> result.samples[0].base, result.samples[0].test
        ({'x': 2.0, 'y': 0.5}, {'y': 0.75})
    """
    if not (absolute_tolerance >= 0 and relative_tolerance >= 0 and sample_size >= 0):
        raise TraceError(
            "Tolerances and sample_size cannot be negative.", expected="numbers of 0 or more"
        )
    function = load(artifact) if isinstance(artifact, str) else artifact
    table = as_table(requests)
    log = table if logged_features is None else as_table(logged_features)
    if log.num_rows != table.num_rows:
        raise DataError(
            f"There are {table.num_rows:,} requests and {log.num_rows:,} rows of logged features.",
            expected="a row of features for each request, in the same order",
        )
    outputs: list[str] = function.output_arrow_schema.names
    # A column that the artifact takes is no logged feature because an output has its name.
    inputs = set(function.input_arrow_schema.names) if logged_features is None else set()
    names = [n for n in outputs if prefix + n in log.schema.names and prefix + n not in inputs]
    if not names:
        raise DataError(
            "The log has no feature that the artifact computes.",
            where=f"columns {', '.join(map(repr, log.schema.names))}",
            expected=", ".join(repr(prefix + name) for name in outputs),
            fix="Pass prefix=, or the features as logged_features=.",
        )
    log = log.select([prefix + name for name in names]).rename_columns(names)
    tolerance = Tolerance(absolute=absolute_tolerance, relative=relative_tolerance)
    parts = _replayed(function, table, log, tolerance, sample_size)
    merged = merge_results(parts, sample_size)
    return TransformSkewResult(
        num_requests=table.num_rows,
        features=merged.features,
        not_logged=tuple(name for name in outputs if name not in names),
        samples=merged.samples,
    )


def _replayed(
    function: TransformFn, requests: Any, log: Any, tolerance: Tolerance, sample_size: int
) -> Iterator[PartialSkew]:
    inputs = function.input_arrow_schema.names
    for start in range(0, requests.num_rows, _BATCH_ROWS):
        asked = requests.slice(start, _BATCH_ROWS)
        logged = log.slice(start, _BATCH_ROWS)
        computed = function.transform(asked).select(log.schema.names)
        features, fates = {}, {}
        for name in sorted(log.schema.names):
            cells = numeric_alike(as_cells(computed[name]), as_cells(logged[name]))
            features[name], fates[name] = compare_feature(*cells, name, tolerance)
        shown = asked.select([name for name in inputs if name in asked.schema.names])
        base = shown
        for name in log.schema.names:
            base = _with(base, name, computed[name])
        samples = least_samples(base.take, logged.take, _texts_of(shown), fates, sample_size)
        yield PartialSkew(features, MatchStats(), samples, {})


def _with(table: Any, name: str, column: Any) -> Any:
    if name in table.schema.names:
        return table.set_column(table.schema.get_field_index(name), name, column)
    return table.append_column(name, column)


def _texts_of(requests: Any) -> Callable[[Any], Any]:
    return lambda rows: row_texts(requests.take(rows))

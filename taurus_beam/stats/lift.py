"""Lift: how much more often a label has a value where a feature has one than it has elsewhere.

``lift(x, y) = P(y | x) / P(y)``, where x and y are values that an example has (of lists, among
others). What is gathered are counts of x, of y and of pairs; `lift_series` makes protos of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeatureColumn, FeaturePath
from taurus_beam.stats.lift_series import EXAMPLES, PAIR, LiftSettings, X, Y, lift_statistics
from taurus_beam.stats.options import as_path
from taurus_beam.stats.schema_facts import SchemaFacts, leaves
from taurus_beam.stats.table_of_terms import TermTableGenerator
from taurus_beam.stats.term_table import TermState
from taurus_beam.stats.terms import category_values

__all__ = ["LiftStatsGenerator", "categorical_features"]

_Type = statistics_pb2.FeatureNameStatistics


@dataclass(frozen=True)
class LiftStatsGenerator(TermTableGenerator):
    """The lift of every value of some features for every value of a label.

    Tells a cross feature for each x feature: a series for each y, in the order of the y; in it a
    value for each x, the highest lift first, of equal lifts the smaller x first. Pairs that never
    occur have lift 0. An example counts once for each of its distinct values; missing values, null
    elements and (with boundaries) NaN are none. Counts are of examples.

    With weights a second cross feature of the same paths follows, whose counts are sums of weights.
    There the share of y among all examples is taken by weight too (TFDV divides the weight of y by
    the unweighted number of examples). An x or y that weighs nothing has no lift and is left out.

    Args:
        y_path: The label.
        schema: Where ``x_paths`` are not given, says which features are categories; and whether
            the label is one.
        x_paths: The features; by default all categorical features of the schema but the label.
        y_boundaries: Of a numeric label, the edges of the buckets ``[lower, upper)`` that take the
            place of its values; those below the first and from the last on have buckets too.
        min_x_count: In how many examples (or with what weight) x must occur, at least. TFDV's
            description says the same, but it leaves out those that occur just so often.
        top_k_per_y: How many of the highest lifts to tell for each y; of equal ones the larger x.
        bottom_k_per_y: How many of the lowest; all, if neither is given.
        weighted: Whether examples have weights, by ``weight_feature`` or
            ``per_feature_weight_override``; x and pairs are weighed by the weight of x.
        output_custom_stats: Whether to tell the lifts as custom statistics of x too: a rank
            histogram ``Lift (Y=…)`` for each y, and ``Weighted lift (Y=…)``.

    Raises:
        TraceError: There are neither x_paths nor a schema; boundaries are given for a label that is
            a category, or none for one that is not.

    Example:
        >>> batch = pa.record_batch({"x": ["a", "a", "b", "b"], "y": [1, 1, 1, 0]})
        >>> generator = LiftStatsGenerator("y", x_paths=["x"])
        >>> stats = generator.result(generator.add(generator.zero(), Examples(batch)))
        >>> for series in stats.cross_features[0].categorical_cross_stats.lift.lift_series:
        ...     print(series.y_int, [(v.x_string, round(v.lift, 3)) for v in series.lift_values])
        0 [('b', 2.0), ('a', 0.0)]
        1 [('a', 1.333), ('b', 0.667)]
    """

    y_path: FeaturePath | str
    schema: InitVar[schema_pb2.Schema | None] = None
    x_paths: Iterable[FeaturePath | str] | None = None
    y_boundaries: Sequence[float] | None = None
    min_x_count: float = 0
    top_k_per_y: int | None = None
    bottom_k_per_y: int | None = None
    weighted: bool = False
    output_custom_stats: bool = False

    def __post_init__(self, schema: schema_pb2.Schema | None) -> None:
        label = as_path(self.y_path)
        boundaries = tuple(sorted(set(map(float, self.y_boundaries or ()))))
        if schema is not None:
            _check_label(schema, label, bool(boundaries))
        if self.x_paths is not None:
            paths = {as_path(path) for path in self.x_paths}
        elif schema is not None:
            paths = categorical_features(schema) - {label}
        else:
            raise TraceError("Either a schema or x_paths must be provided.")
        for name, value in (
            ("y_path", label),
            ("x_paths", tuple(sorted(paths))),
            ("y_boundaries", boundaries),
        ):
            object.__setattr__(self, name, value)

    def zero(self) -> TermState:
        """No counts."""
        return TermState()

    def add(self, state: TermState, examples: Examples) -> TermState:
        """The counts with those of one more batch."""
        label = examples.features.get(as_path(self.y_path))
        self._add_total(state, examples, label)
        if label is None or label.type in (None, _Type.STRUCT):
            return state
        y = self._label(label)
        state.add((Y,), y.kind, y.terms, y.codes, y.weights(label, self.weighted))
        for path in self.x_paths or ():
            feature = examples.features.get(as_path(path))
            if feature is None or feature.type in (None, _Type.STRUCT):
                continue
            x = _Presence.of(feature, *category_values(feature))
            weights = x.weights(feature, self.weighted)
            state.add((X, *feature.path), x.kind, x.terms, x.codes, weights)
            _add_pairs(state, feature.path, x, y, weights)
        return state

    def trim(self, state: TermState) -> TermState:
        """The state as it is: which x are told is decided by all y together."""
        return state

    def result(self, state: TermState) -> statistics_pb2.DatasetFeatureStatistics:
        """A cross feature for each x feature, sorted by path; two with weights."""
        settings = LiftSettings(
            as_path(self.y_path),
            tuple(self.y_boundaries or ()),
            self.min_x_count,
            self.top_k_per_y,
            self.bottom_k_per_y,
            self.weighted,
            self.output_custom_stats,
        )
        return lift_statistics(state, settings)

    def _add_total(self, state: TermState, examples: Examples, label: Any) -> None:
        """Counts all examples, weighed by the label's weight."""
        codes = np.zeros(examples.num_rows, np.int64)
        weights = None
        if self.weighted:
            weights = examples.weights if label is None else label.row_weights
            weights = np.ones(len(codes)) if weights is None else weights
        state.add((EXAMPLES,), _Type.STRING, pa.array([b""]), codes, weights)

    def _label(self, label: FeatureColumn) -> _Presence:
        if not self.y_boundaries:
            return _Presence.of(label, *category_values(label))
        if label.type == _Type.STRING:
            raise DataError(
                f"Boundaries cannot be applied to {label.name!r}, which holds strings.",
                expected="a numeric label",
                fix="Leave out y_boundaries.",
            )
        numbers, rows = label.numbers, label.row_of_value
        known = ~np.isnan(numbers)
        bins = np.searchsorted(self.y_boundaries, numbers[known], side="right")
        terms = pa.array([str(i) for i in range(len(self.y_boundaries) + 1)])
        return _Presence.distinct(int(_Type.INT), terms, bins, rows[known])


@dataclass(frozen=True)
class _Presence:
    """Which distinct values the examples have: each example and value once, by example.

    Attributes:
        kind: Type of the feature.
        terms: Arrow array of the distinct values as text or binary.
        codes: Which of them.
        rows: Which example has it, ascending.
    """

    kind: int
    terms: Any
    codes: Array
    rows: Array

    @staticmethod
    def of(feature: FeatureColumn, terms: Any, codes: Array) -> _Presence:
        """The values of a feature, from its dictionary and codes."""
        assert feature.type is not None
        return _Presence.distinct(feature.type, terms, codes, feature.row_of_value)

    @staticmethod
    def distinct(kind: int, terms: Any, codes: Array, rows: Array) -> _Presence:
        """The values without those that an example has several times."""
        size = max(len(terms), 1)
        rows, codes = np.divmod(np.unique(rows * size + codes), size)
        return _Presence(kind, terms, codes, rows)

    def weights(self, feature: FeatureColumn, weighted: bool) -> Array | None:
        """The weight of each; None where there are none to gather."""
        if not weighted:
            return None
        if feature.row_weights is None:
            return np.ones(len(self.rows))
        return feature.row_weights[self.rows]


def _add_pairs(
    state: TermState, path: FeaturePath, x: _Presence, y: _Presence, weights: Array | None
) -> None:
    """Counts each x with each y of the same example."""
    first = np.searchsorted(y.rows, x.rows, side="left")
    number = np.searchsorted(y.rows, x.rows, side="right") - first
    which = np.repeat(np.arange(len(x.rows)), number)
    if not len(which):
        return
    starts = np.cumsum(number) - number
    partner = np.arange(len(which)) - starts[which] + first[which]
    pairs = x.codes[which] * len(y.terms) + y.codes[partner]
    distinct, codes = np.unique(pairs, return_inverse=True)
    x_codes, y_codes = np.divmod(distinct, len(y.terms))
    x_terms, y_terms = (
        one.take(pa.array(at)).cast(pa.large_binary())
        for one, at in ((x.terms, x_codes), (y.terms, y_codes))
    )
    lengths = pc.binary_length(x_terms).cast(pa.string()).cast(pa.large_binary())
    colon, nothing = (pa.scalar(text, pa.large_binary()) for text in (b":", b""))
    terms = pc.binary_join_element_wise(lengths, colon, x_terms, y_terms, nothing)
    state.add(
        (PAIR, *path), _Type.STRING, terms, codes, None if weights is None else weights[which]
    )


def categorical_features(schema: schema_pb2.Schema) -> set[FeaturePath]:
    """The features of a schema whose values are names: strings, and numbers declared to be.

    Example:
        >>> from google.protobuf import text_format
        >>> text = 'feature { name: "s" type: BYTES } feature { name: "x" type: INT }'
        >>> categorical_features(text_format.Parse(text, schema_pb2.Schema()))
        {('s',)}
    """
    strings = {path for path, one in leaves((), schema.feature) if one.type == schema_pb2.BYTES}
    return strings | set(SchemaFacts.of(schema).categorical)


def _check_label(schema: schema_pb2.Schema, label: FeaturePath, boundaries: bool) -> None:
    if label not in dict(leaves((), schema.feature)):
        raise TraceError(f"Feature {'.'.join(label)!r} is not in the schema.")
    categorical = label in categorical_features(schema)
    if boundaries and categorical:
        raise TraceError("Boundaries cannot be applied to a categorical y_path.")
    if not boundaries and not categorical:
        raise TraceError(
            "Boundaries must be provided with a non-categorical y_path.",
            where=f"label {'.'.join(label)!r}",
            fix="Give y_boundaries, or declare the label a category in the schema.",
        )

"""The default statistics of every feature: presence and valency, numbers, strings, bytes.

Top values and counts of distinct values are not here: their states grow with the values, so they
are gathered by a keyed generator beside this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers import exact_sum
from taurus_beam.errors import DataError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeatureColumn, FeaturePath
from taurus_beam.stats.generator import StatsGenerator
from taurus_beam.stats.numeric import NumberGatherer, Numbers
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.text_facts import TEXT_SCHEMA, TextFacts
from taurus_beam.stats.valency import VALENCY_SCHEMA, Valency

__all__ = ["BasicState", "BasicStats", "FeatureFacts"]

_Type = statistics_pb2.FeatureNameStatistics
_NUMERIC = (_Type.INT, _Type.FLOAT)


@dataclass
class FeatureFacts:
    """What is known of one feature.

    Attributes:
        type: A `FeatureNameStatistics.Type`; None while only nulls were seen.
        depth: How many levels of lists its values lie in; 0 while only nulls were seen.
        valency: How often it is present, and how many values it has.
        text: Lengths of strings; untouched for other types.
        numbers: Facts of numbers; None for other types.
    """

    type: int | None = None
    depth: int = 0
    valency: Valency = field(default_factory=Valency)
    text: TextFacts = field(default_factory=TextFacts)
    numbers: Numbers | None = None


@dataclass
class BasicState:
    """Facts of all features so far.

    Attributes:
        examples: How many rows there were.
        weights: By weight column, the exact sum of the weights of all rows.
        features: In no order that means anything.
    """

    examples: int = 0
    weights: dict[str, int] = field(default_factory=dict)
    features: dict[FeaturePath, FeatureFacts] = field(default_factory=dict)


@dataclass(frozen=True)
class BasicStats(StatsGenerator[BasicState]):
    """Common, numeric, string (lengths), bytes and struct statistics of every feature.

    Fills all fields of these that TFDV fills, but for ``unique``, ``top_values``,
    ``rank_histogram`` and ``weighted_string_stats``; further the custom statistics
    ``level_k_value_list_length_quantiles`` and ``…_standard`` of nested lists. Tells the number of
    examples and, with a ``weight_feature``, their weight. Features come in the order of their
    paths.

    Args:
        options: Which features and weights are meant, and how many buckets histograms have.

    Raises:
        DataError: By `add` and `merge`: a feature has two types, or lies in lists of two depths.

    Example:
        >>> generator = BasicStats(StatsOptions())
        >>> batch = pa.record_batch({"x": [1, 2, 3, 4, None]})
        >>> state = generator.add(generator.zero(), Examples(batch))
        >>> numeric = generator.result(state).features[0].num_stats
        >>> numeric.mean, numeric.median, numeric.common_stats.num_missing
        (2.5, 3.0, 1)
    """

    options: StatsOptions = field(default_factory=StatsOptions)

    def zero(self) -> BasicState:
        return BasicState()

    def add(self, state: BasicState, examples: Examples) -> BasicState:
        state.examples += examples.num_rows
        for name, total in examples.weight_totals.items():
            state.weights[name] = state.weights.get(name, 0) + total
        for path, feature in examples.features.items():
            facts = state.features.setdefault(path, FeatureFacts())
            depth = len(feature.levels) if feature.type is not None else 0
            self._settle(path, facts, feature.type, depth)
            self._add(facts, feature)
        return state

    def merge(self, states: Sequence[BasicState]) -> BasicState:
        result = self.zero()
        for state in states:
            result.examples += state.examples
            for name, total in state.weights.items():
                result.weights[name] = result.weights.get(name, 0) + total
            for path, facts in state.features.items():
                if path not in result.features:
                    result.features[path] = facts
                    continue
                known = result.features[path]
                self._settle(path, known, facts.type, facts.depth)
                known.valency.plus(facts.valency)
                known.text.plus(facts.text)
                if known.numbers is not None and facts.numbers is not None:
                    known.numbers = self._gatherer.merge(known.numbers, facts.numbers)
                    # Let go of now, for of many features these are most of the memory.
                    facts.numbers = None
        return result

    def to_wire(self, state: BasicState) -> Any:
        paths = sorted(state.features)
        facts = [state.features[path] for path in paths]
        numbers = [f.numbers for f in facts if f.numbers is not None]
        tables = [self._gatherer.to_wire(one) for one in [self._gatherer.zero(), *numbers]]
        number_rows = pa.Table.from_batches(tables).combine_chunks().to_batches()[0]
        weights = sorted(state.weights)
        content = {
            "path": pa.array([list(path) for path in paths], pa.list_(pa.string())),
            "type": pa.array([f.type for f in facts], pa.int8()),
            "depth": pa.array([f.depth for f in facts], pa.int16()),
            "valency": pa.array([f.valency.to_row() for f in facts], pa.struct(VALENCY_SCHEMA)),
            "text": pa.array([f.text.to_row() for f in facts], pa.struct(TEXT_SCHEMA)),
        }
        # One row in all: the parts differ in how many they have.
        wire = {
            "examples": pa.array([state.examples], pa.int64()),
            "weight_names": pa.array([weights], pa.list_(pa.string())),
            "weights": pa.array(
                [[exact_sum.to_bytes(state.weights[name]) for name in weights]],
                pa.list_(pa.binary()),
            ),
            "features": _one_list(pa.record_batch(content).to_struct_array()),
            "numbers": _one_list(number_rows.to_struct_array()),
        }
        return pa.record_batch(wire)

    def from_wire(self, batch: Any) -> BasicState:
        names, totals = batch["weight_names"][0].as_py(), batch["weights"][0].as_py()
        features = pa.RecordBatch.from_struct_array(batch["features"][0].values)
        numbers = pa.RecordBatch.from_struct_array(batch["numbers"][0].values)
        found = {}
        at = 0
        for row in features.to_pylist():
            facts = FeatureFacts(
                row["type"],
                row["depth"],
                Valency.from_row(row["valency"]),
                TextFacts.from_row(row["text"]),
            )
            if self._is_number(tuple(row["path"]), facts.type):
                at += 1
                facts.numbers = self._gatherer.from_wire(numbers.slice(at, 1))
            found[tuple(row["path"])] = facts
        weights = dict(zip(names, map(exact_sum.from_bytes, totals), strict=True))
        return BasicState(batch["examples"][0].as_py(), weights, found)

    def result(self, state: BasicState) -> statistics_pb2.DatasetFeatureStatistics:
        weight = state.weights.get(self.options.weight_feature or "", 0)
        result = statistics_pb2.DatasetFeatureStatistics(
            num_examples=state.examples, weighted_num_examples=exact_sum.to_float(weight)
        )
        for path in sorted(state.features):
            self._tell(result.features.add(), path, state)
        return result

    def _add(self, facts: FeatureFacts, feature: FeatureColumn) -> None:
        facts.valency.add(feature)
        if facts.numbers is not None and feature.type is not None:
            self._gatherer.add(facts.numbers, feature)
        elif feature.type == _Type.BYTES or feature.has_terms:
            facts.text.add(feature)

    def _settle(self, path: FeaturePath, facts: FeatureFacts, kind: int | None, depth: int) -> None:
        """Note a feature's type and depth; DataError where it has others already."""
        if kind is None:
            return
        if facts.type is None:
            facts.type, facts.depth = kind, depth
            if self._is_number(path, kind):
                facts.numbers = self._gatherer.zero()
        name = repr(".".join(path))
        if facts.type != kind:
            one, other = sorted(_Type.Type.Name(met) for met in (facts.type, kind))
            raise DataError(
                f"Column {name} is {one} in some batches and {other} in others.",
                where=f"column {name}",
                expected="one type in all the data",
                fix="Cast it to one type where it is read.",
            )
        if facts.depth != depth:
            least, most = sorted((facts.depth, depth))
            raise DataError(
                f"Column {name} has {least} levels of lists in some batches and {most} in others.",
                where=f"column {name}",
                expected="one depth in all the data",
                fix="Give the column one Arrow type where it is read.",
            )

    def _tell(
        self, told: statistics_pb2.FeatureNameStatistics, path: FeaturePath, state: BasicState
    ) -> None:
        facts = state.features[path]
        told.path.step.extend(path)
        told.type = self._type_of_nulls(path) if facts.type is None else facts.type
        parents, weight = self._parents(path, state)
        valency = facts.valency
        if told.type == _Type.STRUCT:
            statistics: Any = told.struct_stats
        elif facts.numbers is not None:
            statistics = told.num_stats
            if valency.values:
                histograms = self.options.has_histograms(path)
                weighted = weight is not None
                numeric = self._gatherer.result(
                    facts.numbers, valency.values, self.options, weighted, histograms
                )
                statistics.CopyFrom(numeric)
        elif told.type == _Type.BYTES:
            statistics = told.bytes_stats
            statistics.CopyFrom(facts.text.bytes_statistics(valency.values))
        else:
            statistics = told.string_stats
            statistics.CopyFrom(facts.text.string_statistics(valency.values))
        common = valency.common_statistics(parents, weight, self.options)
        statistics.common_stats.CopyFrom(common)
        told.custom_stats.extend(valency.custom_statistics(self.options))

    def _parents(self, path: FeaturePath, state: BasicState) -> tuple[int, int | None]:
        """How many examples or structs could have a feature, and the sum of their weights."""
        weight = self.options.weight_of(path)
        if len(path) == 1:
            return state.examples, None if weight is None else state.weights.get(weight, 0)
        above = state.features[path[:-1]].valency
        if weight is None:
            return above.values, None
        if weight == self.options.weight_of(path[:-1]):
            return above.values, above.levels[-1].total_weight if above.levels else 0
        # The structs are weighed otherwise than their field: take the field's own batches.
        own = state.features[path].valency.levels
        return above.values, own[0].slots_weight if own else 0

    def _type_of_nulls(self, path: FeaturePath) -> int:
        """What TFDV takes a column for that shows no type."""
        return int(_Type.BYTES if path in self.options.facts.images else _Type.STRING)

    def _is_number(self, path: FeaturePath, kind: int | None) -> bool:
        return kind in _NUMERIC and not self.options.facts.is_categorical(path, kind)

    @property
    def _gatherer(self) -> NumberGatherer:
        return NumberGatherer(self.options.epsilon)


def _one_list(array: Any) -> Any:
    """An Arrow array as the one row of a list array."""
    return pa.ListArray.from_arrays(pa.array([0, len(array)], pa.int32()), array)

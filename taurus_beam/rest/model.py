"""A version of an artifact that is ready to answer, and what is observed while it does.

The row path takes the few rows of an online request, the batch path the rest; a head, such as an
exported model, may follow. Objects here never change, so a request keeps the version it began with.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.types import ColumnType, is_temporal
from taurus_beam.rest.json_values import JsonColumn
from taurus_beam.rest.outcome import Outcome
from taurus_beam.rest.refusals import RequestError
from taurus_beam.rest.vocabulary_outputs import VocabularyOutput, vocabulary_outputs
from taurus_beam.serving import TransformFn
from taurus_beam.serving.row_values import reader

__all__ = ["Head", "Model", "Seen"]

ROW_PATH_ROWS = 8
"""Up to so many rows the row path is faster than the batch path's cost for each call."""


class Head(Protocol):
    """What may follow the transform: a model that takes its outputs.

    Attributes:
        schema: Of the columns it gives.
    """

    schema: pa.Schema

    def __call__(self, features: pa.RecordBatch) -> pa.RecordBatch:
        """The predictions for the outputs of the transform. Safe to call from several threads."""


@dataclass(frozen=True)
class Seen:
    """What a request told about its data.

    Attributes:
        rows: How many rows.
        nulls: Missing values by feature, only of those that have some.
        unknown: Values outside the vocabulary by output, likewise.
        violations: Rows that violate a monitor, by its name, likewise.
        head_seconds: How long that which follows the transform took, if something does.
    """

    rows: int
    nulls: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    violations: Mapping[str, int] = field(default_factory=dict)
    head_seconds: float | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """One version of an artifact.

    Attributes:
        name: What clients call it.
        version: Its version.
        fn: The transform function.
        head: What follows it, if anything.
    """

    name: str
    version: str
    fn: TransformFn
    head: Head | None = None

    def warm(self) -> Model:
        """Itself, with everything compiled that the first request would wait for."""
        schema = pa.schema([(name, kind.to_arrow()) for name, kind in self.inputs.items()])
        self.fn.transform(pa.RecordBatch.from_pylist([], schema))
        assert self.fn.row_source
        return self

    @cached_property
    def inputs(self) -> dict[str, ColumnType]:
        """The features it reads, by path."""
        return self.fn.graph.input_columns

    @cached_property
    def features(self) -> dict[str, ColumnType]:
        """What its transform gives."""
        return {name: node.column_type() for name, node in self.fn.graph.outputs.items()}

    @cached_property
    def outputs(self) -> dict[str, ColumnType]:
        """What it gives: the head's columns where there is one."""
        if self.head is not None:
            return {f.name: ColumnType.from_arrow(f.type) for f in self.head.schema}
        return self.features

    @cached_property
    def columns(self) -> dict[str, JsonColumn]:
        """How the features come in JSON."""
        return {name: JsonColumn(name, kind) for name, kind in self.inputs.items()}

    @cached_property
    def vocabularies(self) -> list[VocabularyOutput]:
        """The outputs that are ids of a vocabulary."""
        return vocabulary_outputs(self.fn.graph)

    @cached_property
    def takes_rows(self) -> bool:
        """Whether the row path's values are JSON values."""
        kinds = [*self.inputs.values(), *self.features.values()]
        return not any(is_temporal(kind.dtype) or pa.types.is_binary(kind.dtype) for kind in kinds)

    def apply_batch(self, batch: pa.RecordBatch) -> tuple[Outcome, Seen]:
        """The outputs for features in columns.

        Raises:
            RequestError: If they do not fit, naming the feature.
        """
        # Columns of other types than the function was fitted with are the batch path's matter.
        if (
            self.takes_rows
            and batch.num_rows <= ROW_PATH_ROWS
            and all(batch[name].type == kind.to_arrow() for name, kind in self.inputs.items())
        ):
            return self.apply_rows(batch.to_pylist())
        features, violated = self._transformed(batch)
        outputs, seconds = self._headed(features)
        seen = Seen(
            batch.num_rows,
            _some({name: batch[name].null_count for name in self.inputs}),
            _some({v.name: v.unknown_in(features[v.name]) for v in self.vocabularies}),
            _some({n: violated[n].true_count for n in violated.schema.names}),
            seconds,
        )
        return Outcome(self.outputs, batch.num_rows, by_column=outputs), seen

    def apply_rows(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Outcome, Seen]:
        """The outputs for a few rows, a dict of every feature each; only if `takes_rows`.

        Raises:
            RequestError: If a value does not fit, naming the feature.
        """
        results, violations = [], dict.fromkeys(self.fn.monitors, 0)
        for number, row in enumerate(rows):
            outputs, violated = self._checked_row(number, row)
            results.append(outputs)
            for name, is_violated in violated.items():
                violations[name] += bool(is_violated)
        nulls = {name: sum(row[name] is None for row in rows) for name in self.inputs}
        unknown = {
            v.name: sum(v.unknown_of(row[v.name]) for row in results) for v in self.vocabularies
        }
        outcome, seconds = Outcome(self.features, len(rows), by_row=results), None
        if self.head is not None:
            outputs, seconds = self._headed(outcome.batch())
            outcome = Outcome(self.outputs, len(rows), by_column=outputs)
        seen = Seen(len(rows), _some(nulls), _some(unknown), _some(violations), seconds)
        return outcome, seen

    def _headed(self, features: pa.RecordBatch) -> tuple[pa.RecordBatch, float | None]:
        """What the head makes of features, and how long it took; they themselves without one."""
        if self.head is None:
            return features, None
        began = time.perf_counter()
        return self.head(features), time.perf_counter() - began

    def _checked_row(
        self, number: int, row: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, bool]]:
        try:
            return self.fn.row_and_monitor(row)
        except DataError as problem:
            feature = next((n for n in self.inputs if self._refuses(n, row[n])), None)
            # Not the line of the preprocessing function, which is no client's matter.
            where = None if feature is None else f"feature {feature!r}, row {number}"
            error = DataError(problem.what, where=where, expected=problem.expected, fix=problem.fix)
            raise RequestError(400, error, feature) from None

    def _refuses(self, name: str, value: Any) -> bool:
        try:
            with np.errstate(over="ignore"):
                reader(name, self.inputs[name])({name: value})
        except DataError:
            return True
        return False

    def _transformed(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        try:
            return self.fn.transform_and_monitor(batch)
        except DataError as problem:
            for name in self.inputs:
                self._check_column(batch, name)
            error = DataError(problem.what, expected=problem.expected, fix=problem.fix)
            raise RequestError(400, error) from None

    def _check_column(self, batch: pa.RecordBatch, name: str) -> None:
        try:
            column_values(batch, name, self.inputs[name])
        except DataError as problem:
            raise RequestError(400, problem, name) from None


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}

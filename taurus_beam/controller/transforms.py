"""Transforms there are: rows by a condition, and samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taurus_beam.artifact.provenance import function_digest
from taurus_beam.controller.components import Transform
from taurus_beam.pipeline import FilterExamples, SampleExamples
from taurus_beam.splits.configuration import splitter_to_json
from taurus_beam.splits.predicate import Predicate
from taurus_beam.splits.splitter import Splitter

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Filter", "Sample"]


@dataclass(frozen=True)
class Filter(Transform):
    """Keeps the rows for which a condition is true; see `FilterExamples`.

    Attributes:
        predicate: From symbolic columns to a boolean column.
    """

    predicate: Predicate

    def expand(self, batches: Any, schema: pa.Schema) -> Any:
        """The rows to keep."""
        return batches | FilterExamples(self.predicate, schema=schema)

    def parameters(self) -> dict[str, Any]:
        """The digest of the condition's source."""
        return {"predicate": function_digest(self.predicate)}


@dataclass(frozen=True)
class Sample(Transform):
    """Takes a sample; see `SampleExamples`.

    Attributes:
        sampler: A `SampleRate` or `SampleSize`.
    """

    sampler: Splitter

    def expand(self, batches: Any, schema: pa.Schema) -> Any:
        """The rows of the sample."""
        return batches | SampleExamples(self.sampler, schema=schema)

    def parameters(self) -> dict[str, Any]:
        """The sampler, as it is written down."""
        return {"sampler": splitter_to_json(self.sampler)}

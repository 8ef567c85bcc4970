"""Record batches handed to a pipeline of the same process by reference.

``beam.Create`` would pickle and compress them into the pipeline itself, which takes longer than
some of the work that is timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa

_HELD: dict[int, list[Any]] = {}


def batches_of(pipeline: Any, batches: list[Any]) -> Any:
    """The batches as a PCollection; they are held until others take their place."""
    _HELD[0] = batches
    which = pipeline | "which" >> beam.Create([0], reshuffle=False)
    return which | "held" >> beam.FlatMap(held).with_output_types(pa.RecordBatch)


def held(which: int) -> Iterator[Any]:
    yield from _HELD[which]

"""What a job analyzes: all of a source, or data in spans with a cache.

Both give the artifact's path, the graph, and a way to read the data once more, to transform them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import apache_beam as beam
import pyarrow as pa

from taurus_beam.graph.node import Graph, project
from taurus_beam.graph.trace import PreprocessingFn
from taurus_beam.io import Source
from taurus_beam.pipeline.analyze import analyzed
from taurus_beam.pipeline.cache import analyzed_with_cache
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.spans import open_spans
from taurus_beam.runners.text_types import read_typed

__all__ = ["InSpans", "Read", "analysis"]

Read: TypeAlias = Callable[[Iterable[str]], Any]
"""Gives the record batches that have some columns (paths)."""


@dataclass(frozen=True)
class InSpans:
    """Data in spans, and what earlier runs have kept of them.

    Attributes:
        spans: The source of each span by name.
        cache_dir: Where the states of spans are kept.
    """

    spans: Mapping[str, Source]
    cache_dir: str


def analysis(
    begin: Any,
    data: Source | InSpans,
    preprocessing_fn: PreprocessingFn,
    schema: pa.Schema | None,
    temp_dir: str | None,
) -> tuple[Any, Graph, Read]:
    """The PCollection of the artifact's path, the traced graph, and how to read the data again.

    Args:
        begin: Where the pipeline begins.
        data: What to analyze.
        preprocessing_fn: A function from columns to a dict of columns.
        schema: The columns that the function sees, and their types; text is read by them.
        temp_dir: Folder for intermediate files.
    """
    if isinstance(data, InSpans):
        spans = {name: _typed(source, schema) for name, source in data.spans.items()}
        path, graph = analyzed_with_cache(
            begin, spans, data.cache_dir, preprocessing_fn, schema, temp_dir
        )
        return path, graph, lambda columns: _read_spans(begin, spans, columns)
    dataset = Dataset(begin, _typed(data, schema), schema)
    path, graph = analyzed(dataset, preprocessing_fn, temp_dir)
    return path, graph, lambda columns: dataset.batches(columns, "ReadForTransform")


def _typed(source: Source, schema: pa.Schema | None) -> Source:
    return source if schema is None else read_typed(source, schema)


def _read_spans(begin: Any, spans: Mapping[str, Source], columns: Iterable[str]) -> Any:
    paths = list(columns)
    batches = [
        begin
        | f"ReadForTransform[{source.format.name}]"
        >> source.read(project(source.schema, paths).names, dictionary=True)
        for source in open_spans(spans).together()
    ]
    return batches | "AllFormats" >> beam.Flatten(pipeline=begin.pipeline)

"""What a job analyzes: all of a source, or data in spans with a cache.

Both give the artifact's path, the graph, and a way to read the data once more, to transform them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import apache_beam as beam
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.node import Graph, project
from taurus_beam.graph.trace import PreprocessingFn
from taurus_beam.io import Source
from taurus_beam.io.text_types import read_typed
from taurus_beam.pipeline.analyze import analyzed
from taurus_beam.pipeline.cache import analyzed_with_cache
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.spans import open_spans
from taurus_beam.pipeline.statistics import GenerateStatistics
from taurus_beam.pipeline.statistics_files import WriteStatistics

__all__ = ["InSpans", "Read", "after", "analysis"]

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
    statistics: str | None = None,
) -> tuple[Any, Graph, Read]:
    """The PCollection of the artifact's path, the traced graph, and how to read the data again.

    Args:
        begin: Where the pipeline begins.
        data: What to analyze.
        preprocessing_fn: A function from columns to a dict of columns.
        schema: The columns that the function sees, and their types; text is read by them.
        temp_dir: Folder for intermediate files.
        statistics: Where the statistics of all columns go, made of what the first pass reads.

    Raises:
        EngineError: Statistics are asked for of data in spans, of which not all are read.
    """
    if isinstance(data, InSpans):
        if statistics is not None:
            raise EngineError(
                "Of data in spans there are no statistics: those that the cache knows are not "
                "read.",
                expected="all data as one source, or no statistics",
                fix="Compute the statistics apart, with taurus-beam stats.",
            )
        spans = {name: _typed(source, schema) for name, source in data.spans.items()}
        path, graph = analyzed_with_cache(
            begin, spans, data.cache_dir, preprocessing_fn, schema, temp_dir
        )
        return path, graph, lambda columns: _read_spans(begin, spans, columns)
    source = _typed(data, schema)
    if statistics is None:
        dataset = Dataset(begin, source, schema)
        path, graph = analyzed(dataset, preprocessing_fn, temp_dir)
    else:
        batches = begin | "ReadForStatisticsAndPass1" >> source.read(dictionary=True)
        dataset = Dataset(batches, None, schema)
        path, graph = analyzed(dataset, preprocessing_fn, temp_dir)
        found = batches | "Statistics" >> GenerateStatistics(temp_dir=temp_dir)
        written = found | "WriteStatistics" >> WriteStatistics(statistics)
        path |= "AfterStatistics" >> beam.Map(after, beam.pvalue.AsIter(written))
    return path, graph, lambda columns: dataset.batches(columns, "ReadForTransform")


def after(path: str, written: Iterable[Any]) -> str:
    """The artifact's path, once something else is written."""
    for _ in written:
        pass
    return path


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

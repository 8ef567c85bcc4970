"""Analysis of data in spans with a cache: a run reads the spans that are new, and only these.

The artifact is that of a run over all the data, byte for byte. What the cache holds are states of
accumulators, which merge exactly, never the values that are made of them.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import apache_beam as beam

from taurus_beam.artifact.provenance import provenance
from taurus_beam.errors import EngineError
from taurus_beam.graph.node import Graph, describe
from taurus_beam.graph.phases import Phase, phases
from taurus_beam.graph.trace import PreprocessingFn, trace
from taurus_beam.io import Source
from taurus_beam.io.files import is_local, make_folder, writing
from taurus_beam.local import arrow_schema_of
from taurus_beam.pipeline.analyze import frozen_artifact
from taurus_beam.pipeline.cache_files import CacheFiles
from taurus_beam.pipeline.cached_pass import CachedPass
from taurus_beam.pipeline.files import absolute, runs_here, temporary_folder
from taurus_beam.pipeline.passes import together
from taurus_beam.pipeline.plan import encode_plan
from taurus_beam.pipeline.spans import open_spans
from taurus_beam.pipeline.tally import Tally, report_record, sum_of
from taurus_beam.profiling.active import phase_of_steps

__all__ = ["AnalyzeDatasetWithCache", "analyzed_with_cache"]


class AnalyzeDatasetWithCache(beam.PTransform[Any, Any]):
    """Analyze data in spans, take from a cache what earlier runs have gathered, and freeze.

    Applied to the pipeline; gives a PCollection of one element, the path of the frozen artifact,
    as `AnalyzeDataset` does. The artifact has the same bytes as one made without a cache. What
    the cache was good for is told by `cache_report`.

    Args:
        preprocessing_fn: A function from columns to a dict of columns; called once, when the
            pipeline is made. A changed function finds again what it still has in common with
            earlier ones.
        spans: A `taurus_beam.io.Source` for each span's name, such as one for each day. A span
            is read if it is new, if its files (names, sizes, times of change) have changed, or
            if the function needs what is not in the cache. All are read with the schema of the
            first by name.
        cache_dir: A folder on any file system Beam knows, that all workers see. Data only; may be
            shared by several functions and by runs at the same time, and removed at any time.
        schema: Arrow (or tensorflow-metadata) schema, where the function is to see other columns
            or types than the first span has.
        temp_dir: Folder for intermediate files, as for `AnalyzeDataset`.

    Raises:
        TraceError: If the function is wrong; when the transform is applied.
        DataError: If a span has no files, or two have the same; when the transform is applied.
        EngineError: If there are no spans, the cache cannot be written, or the function has a
            `ptransform_analyzer`, of which no state could be kept.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, tempfile, taurus_beam as tb
        >>> folder = tempfile.mkdtemp()
        >>> def analyze(days):
        ...     spans = {day: tb.io.Source(f"{folder}/{day}") for day in days}
        ...     with beam.Pipeline(runner="FnApiRunner") as p:
        ...         _ = p | tb.AnalyzeDatasetWithCache(
        ...             lambda i: {"x": tb.scale_to_0_1(i["x"])}, spans, f"{folder}/cache"
        ...         ) | tb.WriteTransformFn(f"{folder}/transform_fn", overwrite=True)
        ...     return tb.load(f"{folder}/transform_fn")
        >>> for day, x in {"mon": [0.0, 2.0, 1.0], "tue": [4.0]}.items():
        ...     _ = tb.io.write_batches(f"{folder}/{day}/part", [pa.record_batch({"x": x})])
        >>> analyze(["mon"]).row({"x": 1.0})
        {'x': 0.5}
        >>> fn = analyze(["mon", "tue"])
        >>> fn.row({"x": 1.0})
        {'x': 0.25}
        >>> report = tb.cache_report(fn)
        >>> report.rows_read, report.rows_reused
        (1, 3)
    """

    def __init__(
        self,
        preprocessing_fn: PreprocessingFn,
        spans: Mapping[str, Source],
        cache_dir: str,
        schema: Any = None,
        temp_dir: str | None = None,
    ) -> None:
        super().__init__()
        self._preprocessing_fn = preprocessing_fn
        self._spans, self._cache_dir = spans, cache_dir
        self._schema, self._temp_dir = schema, temp_dir

    def expand(self, pipeline: Any) -> Any:
        """The pipeline → the path of the frozen artifact."""
        if not isinstance(pipeline, beam.pvalue.PBegin):
            raise EngineError(
                "AnalyzeDatasetWithCache is applied to data, but it reads its own.",
                expected="pipeline | AnalyzeDatasetWithCache(preprocessing_fn, spans, cache_dir)",
            )
        return analyzed_with_cache(
            pipeline,
            self._spans,
            self._cache_dir,
            self._preprocessing_fn,
            self._schema,
            self._temp_dir,
        )[0]


def analyzed_with_cache(
    pipeline: Any,
    spans: Mapping[str, Source],
    cache_dir: str,
    preprocessing_fn: PreprocessingFn,
    schema: Any,
    temp_dir: str | None,
) -> tuple[Any, Graph]:
    """The PCollection of the artifact's path, and the traced graph."""
    opened = open_spans(spans)
    graph = trace(preprocessing_fn, arrow_schema_of(schema) or opened.schema)
    plan, passes = encode_plan(graph), phases(graph)
    _refuse_external(passes)
    cache = _cache_at(cache_dir, pipeline.pipeline)
    folder = f"{temporary_folder(pipeline.pipeline, temp_dir)}/{uuid.uuid4().hex}"
    known: list[Any] = []
    tallies: list[Any] = []
    for number in range(len(passes)):
        with phase_of_steps(f"pass {number + 1}"):
            text, tally = pipeline | f"Pass{number + 1}" >> CachedPass(
                plan, number, known, folder, opened, cache
            )
        known.append(text)
        tallies.append(tally)
    record = provenance(
        preprocessing_fn,
        graph,
        source=opened.record,
        runner=type(pipeline.pipeline.runner).__name__,
    )
    tallied = together(tallies, "Tallies", pipeline.pipeline)
    told = functools.partial(_with_report, record, opened.names, len(known), cache)
    return frozen_artifact(pipeline.pipeline, plan, folder, known, told, tallied), graph


def _refuse_external(passes: Iterable[Phase]) -> None:
    """Say before anything is read that an analyzer has no states to keep."""
    for node in (nodes[0] for phase in passes for nodes in phase.external):
        raise EngineError(
            f"{describe(node)} is found by a Beam transform, of which a cache keeps nothing.",
            where=str(node.location),
            expected="analyzers that gather states, which can be kept for each span",
            fix="Fit without a cache: tb.AnalyzeDataset, or `taurus-beam fit --input`.",
        )


def _cache_at(cache_dir: str, pipeline: Any) -> CacheFiles:
    """The cache in a folder, which is made here where it can be: early is the time to fail."""
    folder = absolute(cache_dir)
    if is_local(folder) and runs_here(pipeline):
        with writing(folder):
            make_folder(folder)
    return CacheFiles(folder)


def _with_report(
    record: dict[str, Any],
    names: tuple[str, ...],
    passes: int,
    cache: CacheFiles,
    tallied: list[tuple[int, Tally]],
) -> dict[str, Any]:
    """The provenance record with what the cache was good for, and the number of rows."""
    by_span: dict[int, list[Tally]] = {}
    for span, tally in tallied:
        by_span.setdefault(span, []).append(tally)
    tallies = {span: sum_of(found) for span, found in by_span.items()}
    rows = sum(tally.rows for tally in tallies.values()) if passes else None
    return {
        **record,
        "data": {**record["data"], "rows": rows},
        "cache": report_record(names, passes, cache.nbytes(), tallies),
    }

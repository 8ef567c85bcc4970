"""Analysis as a pipeline: as many passes as the function needs, then the frozen artifact.

What a pass finds is known to the passes after it, and all of it to the last step, which freezes
the graph.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

import apache_beam as beam

from taurus_beam.artifact.provenance import provenance
from taurus_beam.errors import EngineError
from taurus_beam.graph.freeze import freeze
from taurus_beam.graph.node import Graph
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import PreprocessingFn, trace
from taurus_beam.io import Source
from taurus_beam.io.probe import NoProbe, probe
from taurus_beam.pipeline.artifacts import write_artifact_files
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.external import beside_pass
from taurus_beam.pipeline.files import temporary_folder
from taurus_beam.pipeline.passes import Pass, together
from taurus_beam.pipeline.plan import decode_values, encode_plan, graph_of
from taurus_beam.profiling.active import phase_of_steps

__all__ = ["AnalyzeDataset", "analyzed", "frozen_artifact"]


class AnalyzeDataset(beam.PTransform[Any, Any]):
    """Analyze data and freeze the preprocessing function.

    Applied to a PCollection of ``pa.RecordBatch`` (best), dicts or Beam rows, or to the pipeline
    itself where `source` is given; gives a PCollection of one element, the path of the frozen
    artifact, for `TransformDataset` and `WriteTransformFn`.

    Args:
        preprocessing_fn: A function from columns to a dict of columns; called once, when the
            pipeline is made.
        schema: Arrow (or tensorflow-metadata) schema; may be left out for a source, for what
            ``Source.read`` gives and for Beam rows.
        source: A re-readable source: each pass reads only the columns it needs, and the runner
            keeps nothing between passes.
        temp_dir: Folder for intermediate files that all workers see; by default the
            pipeline's ``temp_location``, on a local runner a folder that is removed at exit.

    Raises:
        TraceError: If the function is wrong; when the transform is applied.
        EngineError: If the schema or the temporary folder is not known.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, tempfile, taurus_beam as tb
        >>> path = tempfile.mkdtemp() + "/transform_fn"
        >>> rows = [{"x": 1.0}, {"x": 3.0}]
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     transform_fn = p | beam.Create(rows) | tb.AnalyzeDataset(
        ...         lambda i: {"z": tb.scale_to_z_score(i["x"])},
        ...         schema=pa.schema({"x": pa.float64()}))
        ...     _ = transform_fn | tb.WriteTransformFn(path)
        >>> tb.load(path).row({"x": 3.0})
        {'z': 1.0}
    """

    def __init__(
        self,
        preprocessing_fn: PreprocessingFn,
        schema: Any = None,
        source: Source | None = None,
        temp_dir: str | None = None,
    ) -> None:
        super().__init__()
        self._preprocessing_fn = preprocessing_fn
        self._schema = schema
        self._source = source
        self._temp_dir = temp_dir

    def expand(self, data: Any) -> Any:
        """Data → the path of the frozen artifact."""
        dataset = Dataset(data, self._source, self._schema)
        return analyzed(dataset, self._preprocessing_fn, self._temp_dir)[0]


def analyzed(
    dataset: Dataset, preprocessing_fn: PreprocessingFn, temp_dir: str | None
) -> tuple[Any, Graph]:
    """The PCollection of the artifact's path, and the traced graph."""
    if not dataset.is_bounded:
        raise EngineError(
            "The data never end, so an analysis of them would give no result.",
            expected="a bounded PCollection, or a source",
            fix="Analyze a bounded sample; TransformDataset takes unbounded data.",
        )
    graph = trace(preprocessing_fn, dataset.schema)
    plan = encode_plan(graph)
    folder = f"{temporary_folder(dataset.pipeline, temp_dir)}/{uuid.uuid4().hex}"
    known: list[Any] = []
    rows: list[Any] = []
    passes = phases(graph)
    for number, phase in enumerate(passes):
        with phase_of_steps(f"pass {number + 1}"):
            batches = dataset.batches(phase.columns, f"ReadForPass{number + 1}")
            text, counted = batches | f"Pass{number + 1}" >> Pass(plan, number, known, folder)
        known = [*known, text, *beside_pass(batches, plan, number, phase, known, folder)]
        rows.append(counted)
    record = provenance(
        preprocessing_fn,
        graph,
        source=dataset.fingerprint(),
        runner=type(dataset.pipeline.runner).__name__,
    )
    counted = rows[0] if rows else dataset.pipeline | "NotCounted" >> beam.Create([None])
    left_out = dataset.left_out()
    listed = () if left_out is None else (beam.pvalue.AsList(left_out),)
    facts = beam.pvalue.AsSingleton(counted | "Facts" >> beam.Map(_facts, *listed))
    told = functools.partial(_with_facts, record)
    return frozen_artifact(dataset.pipeline, plan, folder, known, told, facts), graph


def frozen_artifact(
    pipeline: Any,
    plan: str,
    folder: str,
    known: list[Any],
    told: Callable[[Any], dict[str, Any]],
    facts: Any,
) -> Any:
    """The PCollection of the artifact's path.

    Args:
        pipeline: The pipeline.
        plan: The traced graph.
        folder: Where the artifact goes.
        known: The values that each pass gives.
        told: Gives the provenance record once the facts of the run are known.
        facts: What it takes; perhaps a side input.
    """
    with phase_of_steps("freeze"):
        freezing = probe()
    return (
        pipeline
        | "Once" >> beam.Impulse()
        | "Plan" >> beam.Map(lambda _: plan).with_output_types(str)
        | "Freeze"
        >> beam.Map(
            _frozen, folder, told, freezing, facts, together(known, "AllValues", pipeline)
        ).with_output_types(str)
    )


def _facts(rows: int | None, left_out: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """What only the run can tell of the data; of files left out where any could be."""
    if left_out is None:
        return {"rows": rows}
    return {"rows": rows, "left_out": sorted(left_out, key=lambda file: file["name"])}


def _with_facts(record: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    return {**record, "data": {**record["data"], **facts}}


def _frozen(
    plan: str,
    folder: str,
    told: Callable[[Any], dict[str, Any]],
    measure: NoProbe,
    facts: Any,
    known: list[str],
) -> str:
    """Freeze the graph and write the artifact; its path."""
    with measure.step("freeze"):
        graph = freeze(graph_of(plan), decode_values(plan, tuple(sorted(known))))
        path = f"{folder}/transform_fn-{uuid.uuid4().hex}"
        write_artifact_files(path, graph, told(facts))
    return path

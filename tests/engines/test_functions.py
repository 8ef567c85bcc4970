"""Functions made by hypothesis give the same on every engine: artifact files and rows, to the bit.

Some forty are drawn of a fixed seed and joined into two large ones, which one job fits and applies.
"""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from joined import Joined, joined_functions
from spine import files_of, row_set

import taurus_beam as tb
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace
from taurus_beam.io import Source, WriteRecordBatches, write_batches

FILES = 3


@pytest.fixture(scope="module")
def functions() -> list[Joined]:
    return joined_functions(2)


@pytest.fixture(scope="module")
def expected(
    functions: list[Joined], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[dict[str, bytes], list[str]]]:
    """What fitting and transforming give in this process, of each function."""
    found = []
    for joined in functions:
        features, fn = tb.fit_transform(joined.rows, joined.preprocess)
        folder = tmp_path_factory.mktemp("expected") / "fn"
        fn.save(str(folder))
        found.append((files_of(folder), row_set(features.to_batches())))
    return found


@pytest.mark.parametrize(
    "engine",
    ["fn_api", "fn_api_threads", "fn_api_processes", "prism", "flink", "spark"],
    indirect=True,
)
def test_every_engine_gives_the_same(
    engine: PipelineOptions,
    tmp_path: Path,
    functions: list[Joined],
    expected: list[tuple[dict[str, bytes], list[str]]],
) -> None:
    with beam.Pipeline(options=engine) as pipeline:
        for name, joined in zip("ab", functions, strict=True):
            batches, transform_fn = pipeline | f"Fit {name}" >> tb.AnalyzeAndTransformDataset(
                joined.preprocess,
                source=written(joined, tmp_path / "in" / name),
                temp_dir=f"{tmp_path}/tmp",
            )
            _ = transform_fn | f"Artifact {name}" >> tb.WriteTransformFn(f"{tmp_path}/fn/{name}")
            _ = batches | f"Rows {name}" >> WriteRecordBatches(f"{tmp_path}/out/{name}/")

    for name, (files, rows) in zip("ab", expected, strict=True):
        assert files_of(tmp_path / "fn" / name) == files
        assert row_set(Source(f"{tmp_path}/out/{name}").batches()) == rows


def test_the_functions_are_worth_a_try(functions: list[Joined]) -> None:
    graphs = [trace(joined.preprocess, joined.rows.schema) for joined in functions]

    assert all(len(graph.outputs) > 30 for graph in graphs)
    assert max(len(phases(graph)) for graph in graphs) > 1
    assert sum(len(phase.analyzers) for graph in graphs for phase in phases(graph)) > 30


def written(joined: Joined, folder: Path) -> Source:
    """The rows in some files, which are read in batches that are smaller yet."""
    rows = joined.rows
    each = len(rows) // FILES
    for number in range(FILES):
        write_batches(f"{folder}/{number}", rows.slice(number * each, each).to_batches())
    return Source(str(folder), batch_size=7)

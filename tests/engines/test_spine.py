"""The whole spine on each engine: the artifact and the rows are those made without a pipeline."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from spine import SCHEMA, files_of, preprocess, row_set, shuffled, table

import taurus_beam as tb
from taurus_beam.io import Source, WriteRecordBatches, write_batches

DATA = table(600)
FILES = 4


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[str]]:
    """What fitting and transforming give in this process."""
    transformed, fn = tb.fit_transform(DATA, preprocess)
    path = tmp_path_factory.mktemp("expected") / "fn"
    fn.save(str(path))
    return files_of(path), row_set(transformed.to_batches())


def test_files_are_analyzed_and_transformed(
    engine: PipelineOptions, tmp_path: Path, expected: tuple[dict[str, bytes], list[str]]
) -> None:
    data = shuffled(DATA, 1)
    for number in range(FILES):
        part = data.slice(number * len(data) // FILES, len(data) // FILES)
        write_batches(f"{tmp_path}/in/{number}", part.to_batches())

    with beam.Pipeline(options=engine) as pipeline:
        batches, transform_fn = pipeline | tb.AnalyzeAndTransformDataset(
            preprocess,
            source=Source(f"{tmp_path}/in", batch_size=60),
            temp_dir=f"{tmp_path}/tmp",
        )
        _ = transform_fn | tb.WriteTransformFn(f"{tmp_path}/fn")
        _ = batches | WriteRecordBatches(f"{tmp_path}/out/")

    assert files_of(tmp_path / "fn") == expected[0]
    assert row_set(Source(f"{tmp_path}/out").batches()) == expected[1]
    assert tb.load(f"{tmp_path}/fn").provenance["data"]["rows"] == len(DATA)


def test_rows_are_analyzed_and_an_artifact_is_applied(
    engine: PipelineOptions, tmp_path: Path, expected: tuple[dict[str, bytes], list[str]]
) -> None:
    with beam.Pipeline(options=engine) as pipeline:
        _ = (
            pipeline
            | beam.Create(shuffled(DATA, 2).to_pylist())
            | tb.AnalyzeDataset(preprocess, SCHEMA, temp_dir=f"{tmp_path}/tmp")
            | tb.WriteTransformFn(f"{tmp_path}/fn")
        )
    assert files_of(tmp_path / "fn") == expected[0]

    with beam.Pipeline(options=engine) as pipeline:
        rows = pipeline | beam.Create(DATA.to_pylist())
        pair = rows, pipeline | tb.ReadTransformFn(f"{tmp_path}/fn")
        _ = pair | tb.TransformDataset(SCHEMA) | WriteRecordBatches(f"{tmp_path}/out/")
    assert row_set(Source(f"{tmp_path}/out").batches()) == expected[1]


def test_what_is_wrong_in_a_worker_is_said_here(engine: PipelineOptions, tmp_path: Path) -> None:
    def run() -> None:
        with beam.Pipeline(options=engine) as pipeline:
            _ = (
                pipeline
                | beam.Create([{"x": 1.0, "n": 1, "s": "a"}, {"x": "seven", "n": 1, "s": "a"}])
                | tb.AnalyzeDataset(preprocess, SCHEMA, temp_dir=f"{tmp_path}/tmp")
                | tb.WriteTransformFn(f"{tmp_path}/fn")
            )

    # Worker processes hand back the text of an error, and Beam wraps it in one of its own.
    with pytest.raises(Exception, match=r"(?s)Column 'x' has a value that is no double.*fix:"):
        run()
    assert not (tmp_path / "fn").exists()

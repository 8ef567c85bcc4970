"""Writing artifacts from pipelines and reading them, here and on other file systems."""

from __future__ import annotations

import os
import tempfile

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to
from object_store import STORE
from spine import files_of

import taurus_beam as tb
from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.io import Source, WriteRecordBatches

SCHEMA = pa.schema({"x": pa.float64(), "s": pa.string()})
REMOTE = "inmemory://bucket/models/fn"


def fitted(scale: float) -> tb.TransformFn:
    """x / scale, and the ids of a vocabulary whose only term the scale decides."""
    rows = [{"x": scale, "s": f"term of {scale}"}]
    return tb.fit(pa.Table.from_pylist(rows, SCHEMA), preprocess)


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {
        "y": inputs["x"] / tb.max(inputs["x"]),
        "id": tb.compute_and_apply_vocabulary(inputs["s"], vocab_filename="terms"),
    }


def written(source, target, before_running=lambda: None, **options):
    """Writes an artifact from a path to a path."""
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        path = pipeline | tb.ReadTransformFn(str(source)) | tb.WriteTransformFn(target, **options)
        assert_that(path, equal_to([str(target).rstrip("/").removeprefix("file://")]))
        before_running()


def applied(path, x=1.0):
    """What the artifact at a path makes of x in a pipeline."""
    folder = tempfile.mkdtemp()
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batch = pa.record_batch({"x": [x], "s": [""]})
        made = pipeline | beam.Create([batch]).with_output_types(pa.RecordBatch)
        batches = (made, pipeline | tb.ReadTransformFn(str(path))) | tb.TransformDataset()
        _ = batches | WriteRecordBatches(f"{folder}/out")
    [result] = Source(folder).batches(["y"])
    return result["y"][0].as_py()


@pytest.fixture(autouse=True)
def _empty_store():
    STORE.clear()


@pytest.fixture
def two(tmp_path):
    fitted(2.0).save(tmp_path / "two")
    return tmp_path / "two"


@pytest.fixture
def four(tmp_path):
    fitted(4.0).save(tmp_path / "four")
    return tmp_path / "four"


@pytest.mark.parametrize("spelling", ["{}", "{}/", "file://{}"])
def test_a_copy_is_the_same_artifact(tmp_path, two, spelling):
    written(two, spelling.format(tmp_path / "deep" / "copy"))
    assert files_of(tmp_path / "deep" / "copy") == files_of(two)
    assert tb.load(tmp_path / "deep" / "copy").provenance == tb.load(two).provenance


def test_a_relative_path_means_the_same_in_every_worker(tmp_path, two, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline = beam.Pipeline(runner="FnApiRunner")
    _ = pipeline | tb.ReadTransformFn("two") | tb.WriteTransformFn("copy")
    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    pipeline.run().wait_until_finish()
    assert files_of(tmp_path / "copy") == files_of(two)


def test_what_is_there_is_refused_while_the_pipeline_is_made(tmp_path, two, four):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    path = pipeline | tb.ReadTransformFn(str(two))
    with pytest.raises(EngineError, match=r"(?s)already something at .*four.*overwrite=True"):
        _ = path | tb.WriteTransformFn(str(four))


def test_overwriting_replaces_an_artifact_and_nothing_else(tmp_path, two, four):
    written(two, str(four), overwrite=True)
    assert files_of(four) == files_of(two)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    with pytest.raises(EngineError, match="no artifact, so it is not replaced"):
        written(two, tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis" / "chapter").read_text() == "years of work"


def test_a_step_that_runs_again_finds_its_own_work(tmp_path, two, four):
    copy = tmp_path / "copy"
    written(two, copy, before_running=lambda: tb.load(two).save(copy))
    with pytest.raises(EngineError, match="already something"):
        written(two, tmp_path / "other", lambda: tb.load(four).save(tmp_path / "other"))
    assert files_of(tmp_path / "other") == files_of(four)


def test_an_artifact_that_was_replaced_is_loaded_again(tmp_path, two, four):
    assert applied(two) == 0.5
    tb.load(four).save(two, overwrite=True)
    assert applied(two) == 0.25


def test_an_artifact_that_was_removed_is_written_again(tmp_path, two):
    copy = tmp_path / "copy"
    written(two, copy)
    assert applied(copy) == 0.5
    for file in sorted(copy.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    copy.rmdir()
    written(two, copy)
    assert files_of(copy) == files_of(two)


def test_an_object_store_serves_as_well(two, four):
    written(two, REMOTE)
    assert {name.removeprefix(REMOTE + "/") for name in STORE} == {
        *files_of(two),
        "provenance.json",
    }
    assert list(STORE)[-1] == f"{REMOTE}/manifest.json"
    assert applied(REMOTE) == 0.5
    with pytest.raises(EngineError, match=f"already something at {REMOTE}"):
        written(four, REMOTE)
    STORE[f"{REMOTE}/assets/stale.arrow"] = b"of an older artifact"
    written(four, REMOTE, overwrite=True)
    assert f"{REMOTE}/assets/stale.arrow" not in STORE
    assert applied(REMOTE) == 0.25


def test_a_damaged_artifact_is_refused_while_the_pipeline_is_made(two):
    written(two, REMOTE)
    STORE[f"{REMOTE}/graph.json"] += b" "
    with pytest.raises(ArtifactError, match=rf"graph\.json of the artifact {REMOTE} is not what"):
        applied(REMOTE)
    with pytest.raises(ArtifactError, match=r"There is no artifact at inmemory://bucket/none"):
        applied("inmemory://bucket/none")


def test_an_unknown_file_system_is_named(two):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    with pytest.raises(ArtifactError, match=r"no artifact at nosuch://bucket/fn"):
        _ = pipeline | "Read" >> tb.ReadTransformFn("nosuch://bucket/fn")
    path = pipeline | "ReadTwo" >> tb.ReadTransformFn(str(two))
    with pytest.raises(EngineError, match=r"(?s)artifact at nosuch://bucket/fn.*extra"):
        _ = path | tb.WriteTransformFn("nosuch://bucket/fn")


def test_a_path_that_cannot_be_written_is_named(tmp_path, two):
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"(?s)cannot be written to .*file/fn.*fix:"):
        written(two, tmp_path / "file" / "fn")

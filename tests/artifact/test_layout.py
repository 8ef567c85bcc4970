"""Which files an artifact has, that they are data only, and the same for the same function."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import pyarrow as pa
import pytest
from google.protobuf import text_format
from spine import files_of, preprocess, row_set, shuffled, table
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb

OF_ONE_RUN = "provenance.json"


def test_the_files_are_those_of_the_design(artifact):
    assert {*files_of(artifact), OF_ONE_RUN} == {
        "manifest.json",
        "graph.json",
        "input_schema.pbtxt",
        "output_schema.pbtxt",
        "provenance.json",
        "assets/s.arrow",
        *(name for name in files_of(artifact) if name.startswith("assets/constant_")),
    }
    assert any(name.startswith("assets/constant_") for name in files_of(artifact))


def test_each_file_is_data_of_its_kind_and_none_is_a_pickle(artifact):
    for file in filter(Path.is_file, artifact.rglob("*")):
        content = file.read_bytes()
        if file.suffix == ".json":
            json.loads(content)
        elif file.suffix == ".pbtxt":
            text_format.Parse(content, schema_pb2.Schema())
        else:
            assert file.suffix == ".arrow"
            pa.ipc.open_file(file).read_all().validate(full=True)
        with pytest.raises((pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError)):
            pickle.loads(content)


def test_the_manifest_names_every_file_that_the_data_decide(artifact):
    manifest = json.loads((artifact / "manifest.json").read_text())
    others = {k: v for k, v in files_of(artifact).items() if k != "manifest.json"}
    assert manifest["files"] == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in others.items()
    }
    assert manifest["format_version"] == 1
    assert tb.load(artifact).digest == manifest["digest"]


def test_the_same_function_and_rows_give_the_same_bytes(tmp_path):
    data = table(800)
    for name, rows in (("one", data), ("other", shuffled(data, 5))):
        tb.fit(rows, preprocess).save(str(tmp_path / name))
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")


def test_loading_and_saving_again_changes_no_byte(tmp_path, artifact):
    tb.load(artifact).save(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(artifact)
    assert (tmp_path / "again" / OF_ONE_RUN).read_bytes() == (artifact / OF_ONE_RUN).read_bytes()


@pytest.mark.parametrize("change", ["function", "data", "order of outputs"])
def test_another_function_or_other_data_give_another_digest(change):
    def other(inputs):
        outputs = preprocess(inputs)
        if change == "function":
            outputs["x01"] = outputs["x01"] + 1
        if change == "order of outputs":
            outputs = dict(reversed(outputs.items()))
        return outputs

    data = table(300)
    changed = data.slice(1) if change == "data" else data
    assert tb.fit(changed, other).digest != tb.fit(data, preprocess).digest


def test_a_loaded_artifact_transforms_as_before(tmp_path):
    fn = tb.fit(table(1500), preprocess)
    fn.save(tmp_path / "fn")
    data = table(400, seed=3)
    before, after = fn.transform(data), tb.load(str(tmp_path / "fn")).transform(data)
    assert after.schema == before.schema
    for old, new in zip(before.columns, after.columns, strict=True):
        # Compared as bytes, to which NaN equals itself.
        assert [chunk.buffers() for chunk in new.chunks] == [c.buffers() for c in old.chunks]
    assert row_set(after.to_batches()) == row_set(before.to_batches())


def test_the_vocabulary_is_readable_with_arrow_alone(artifact):
    terms = pa.ipc.open_file(artifact / "assets" / "s.arrow").read_all()
    counts = pa.compute.value_counts(table(1500)["s"].drop_null())
    wanted = {c["values"]: c["counts"] for c in counts.to_pylist() if c["values"]}
    found = dict(zip(terms["term"].to_pylist(), terms["count"].to_pylist(), strict=True))
    best = sorted(wanted.items(), key=lambda item: (item[1], item[0]), reverse=True)
    assert list(found.items()) == best[:20]


def test_the_provenance_says_where_it_comes_from(artifact):
    known = tb.load(artifact).provenance
    assert known["data"]["rows"] == 1500
    assert known["function"]["place"].startswith("conftest.py:")
    assert len(known["function"]["sha256"]) == 64
    assert known["run"]["versions"]["pyarrow"] == pa.__version__

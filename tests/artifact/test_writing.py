"""An artifact appears whole or not at all, and never in place of something else.

The tests may run as root, whom permissions do not stop; failing writes are therefore provoked by
paths below a file, by file systems that take no files, and by `os` functions that fail once.
"""

from __future__ import annotations

import errno
import os

import pytest
from spine import files_of, preprocess, table

import taurus_beam as tb
from taurus_beam.errors import EngineError

FN = tb.fit(table(300), preprocess)
OTHER = tb.fit({"x": [1.0, 2.0]}, lambda inputs: {"y": inputs["x"] - tb.mean(inputs["x"])})


def test_folders_above_it_are_made(tmp_path):
    FN.save(f"{tmp_path}/a/b/fn/")
    assert tb.load(tmp_path / "a" / "b" / "fn").digest == FN.digest
    assert os.listdir(tmp_path / "a" / "b") == ["fn"]


def test_what_exists_is_kept(tmp_path):
    OTHER.save(tmp_path / "fn")
    before = files_of(tmp_path / "fn")
    with pytest.raises(EngineError, match=r"(?s)already something at .*fn.*overwrite=True"):
        FN.save(tmp_path / "fn")
    assert files_of(tmp_path / "fn") == before
    assert os.listdir(tmp_path) == ["fn"]


def test_overwriting_leaves_nothing_of_the_old_one(tmp_path):
    FN.save(tmp_path / "fn")
    OTHER.save(tmp_path / "fn", overwrite=True)
    assert not (tmp_path / "fn" / "assets").exists()
    assert tb.load(tmp_path / "fn").digest == OTHER.digest
    assert os.listdir(tmp_path) == ["fn"]


def test_overwriting_replaces_an_empty_folder_or_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    FN.save(tmp_path / "empty", overwrite=True)
    FN.save(tmp_path / "none", overwrite=True)
    assert files_of(tmp_path / "empty") == files_of(tmp_path / "none")


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_overwriting_never_replaces_what_is_no_artifact(tmp_path, kind):
    path = tmp_path / "thing"
    if kind == "folder":
        path.mkdir()
        (path / "thesis.tex").write_text("years of work")
    elif kind == "file":
        path.write_text("years of work")
    else:
        path.symlink_to(tmp_path / "gone")
    with pytest.raises(EngineError, match=r"(?s)no artifact, so it is not replaced.*fix:"):
        FN.save(path, overwrite=True)
    assert os.listdir(tmp_path) == ["thing"]
    assert kind != "folder" or (path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("path", ["{}/file/fn", "{}/file/a/b", "/proc/taurus/fn", "/dev/null/fn"])
def test_a_place_that_takes_no_folder(tmp_path, path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"(?s)artifact (cannot|could not) be written.*fix:"):
        FN.save(path.format(tmp_path))
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("uri", ["gs://bucket/fn", "s3://bucket/fn", "hdfs://host/fn"])
def test_another_file_system_is_for_pipelines(tmp_path, monkeypatch, uri):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineError, match=r"(?s)no local folder.*WriteTransformFn"):
        FN.save(uri)
    assert os.listdir(tmp_path) == []


def test_a_file_uri_is_a_local_path(tmp_path):
    FN.save(f"file://{tmp_path}/fn")
    assert tb.load(f"file://{tmp_path}/fn").digest == FN.digest


@pytest.mark.parametrize("call", range(6))
@pytest.mark.parametrize("function", ["fsync", "rename"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_half_way_leaves_things_as_they_were(
    tmp_path, monkeypatch, function, call, overwrite
):
    if overwrite:
        OTHER.save(tmp_path / "fn")
    before = files_of(tmp_path)
    real, calls = getattr(os, function), []

    def full(*arguments, **options):
        calls.append(arguments)
        if len(calls) == call + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **options)

    monkeypatch.setattr(os, function, full)
    try:
        FN.save(tmp_path / "fn", overwrite=overwrite)
    except EngineError as problem:
        failure = str(problem)
    else:
        failure = ""
    monkeypatch.undo()
    # With fewer calls than that the writing went well, which must then be the whole of it.
    assert bool(failure) == (len(calls) > call)
    if failure:
        assert "No space left on device" in failure
        assert files_of(tmp_path) == before
    else:
        assert tb.load(tmp_path / "fn").digest == FN.digest
    assert set(os.listdir(tmp_path)) <= {"fn"}


def test_a_folder_is_only_readable_once_it_is_whole(tmp_path, monkeypatch):
    real, seen = os.fsync, []

    def fsync(descriptor):
        seen.append(os.path.exists(tmp_path / "fn"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    FN.save(tmp_path / "fn")
    assert seen == [False] * (len(files_of(tmp_path / "fn")) + 1)

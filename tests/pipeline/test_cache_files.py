"""A cache entry is the state that was written, or it is refused with the reason."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from taurus_beam.errors import DataError, EngineError
from taurus_beam.pipeline import cache_files
from taurus_beam.pipeline.cache_files import CacheFiles, Key, folder_of

KEY = Key("2013-01", "parquet 0a1b", "f00d", 3, 8)
STATE = bytes(range(256))


@given(st.binary())
def test_a_state_comes_back_as_it_was(state):
    assert KEY.unwrap(KEY.wrap(state)) == state


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_flipped_bit_and_no_missing_end_goes_unnoticed(data):
    content = KEY.wrap(STATE)
    place = data.draw(st.integers(0, len(content) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    flipped = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
    for damaged in (flipped, content[:place]):
        with pytest.raises(ValueError, match=r"damaged|version|sha256"):
            KEY.unwrap(damaged)


@pytest.mark.parametrize(
    "change", [{"span": "2013-02"}, {"accumulator": "beef"}, {"shard": 4}, {"shards": 16}]
)
def test_an_entry_of_another_name_is_refused(change):
    with pytest.raises(ValueError, match="holds another state than its name says"):
        KEY.unwrap(dataclasses.replace(KEY, **change).wrap(STATE))


def test_an_entry_of_other_data_or_libraries_is_of_no_use_and_no_fault(monkeypatch):
    assert KEY.unwrap(dataclasses.replace(KEY, data="parquet 2c3d").wrap(STATE)) is None
    content = KEY.wrap(STATE)
    monkeypatch.setattr(cache_files, "_LIBRARIES", "numpy 9.9")
    assert KEY.unwrap(content) is None


def test_a_newer_format_is_refused_by_its_version(monkeypatch):
    monkeypatch.setattr(cache_files, "FORMAT_VERSION", 2)
    newer = KEY.wrap(STATE)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="format version is 2, not 1"):
        KEY.unwrap(newer)


def test_entries_are_written_read_listed_and_weighed(tmp_path):
    cache = CacheFiles(str(tmp_path / "new" / "cache"))
    assert cache.names(KEY.span) == frozenset()
    nbytes = cache.write(KEY, STATE)
    assert cache.names(KEY.span) == {KEY.name}
    assert cache.read(KEY, cache.names(KEY.span)) == (STATE, nbytes, None)
    assert cache.read(dataclasses.replace(KEY, shard=4), cache.names(KEY.span)) == (None, 0, None)
    newer = dataclasses.replace(KEY, data="parquet 2c3d")
    assert cache.read(newer, {KEY.name}) == (None, 0, None)
    assert cache.write(newer, STATE) == nbytes == cache.nbytes()
    assert cache.read(KEY, {KEY.name}) == (None, 0, None)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [KEY.name]


def test_an_entry_that_vanished_is_told_and_computed_again(tmp_path, caplog):
    cache = CacheFiles(str(tmp_path))
    assert cache.read(KEY, {KEY.name}) == (None, 0, f"2013-01/{KEY.name}")
    assert f"{tmp_path}/2013-01/{KEY.name}" in caplog.text


def test_a_cache_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / KEY.span).write_text("no folder")
    with pytest.raises(EngineError, match=r"Cannot write .*2013-01"):
        CacheFiles(str(tmp_path)).write(KEY, STATE)
    long = dataclasses.replace(KEY, span="x" * 300)
    with pytest.raises(EngineError, match="Cannot write"):
        CacheFiles(str(tmp_path)).write(long, STATE)


def test_nothing_is_left_of_an_entry_that_failed(tmp_path, monkeypatch):
    def fail(source, destination):
        raise OSError("no room")

    monkeypatch.setattr(cache_files, "move", fail)
    with pytest.raises(EngineError, match="no room"):
        CacheFiles(str(tmp_path)).write(KEY, STATE)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_another_run_may_have_been_faster(tmp_path, monkeypatch):
    """On file systems that refuse to rename a file onto another."""
    CacheFiles(str(tmp_path)).write(KEY, STATE)

    def refuse(source, destination):
        raise OSError("exists")

    monkeypatch.setattr(cache_files, "move", refuse)
    CacheFiles(str(tmp_path)).write(KEY, STATE)
    [file] = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert KEY.unwrap(file.read_bytes()) == STATE


@given(*[st.text(st.characters(codec="utf-8"), min_size=1)] * 2)
@example("..", "%2E.")
@example("a/b", "a%2Fb")
def test_each_span_has_a_folder_of_its_own(one, other):
    assert (folder_of(one) == folder_of(other)) == (one == other)
    assert "/" not in folder_of(one)
    assert not folder_of(one).startswith(".")


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path, monkeypatch):
    (tmp_path / KEY.span).mkdir()

    def refuse(path):
        raise PermissionError(f"Permission denied: {path}")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(DataError, match=r"Cannot read .*2013-01.*Permission denied"):
        CacheFiles(str(tmp_path)).names(KEY.span)

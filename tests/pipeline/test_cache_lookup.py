"""What is missing in a cache is decided once, however often a runner repeats the step."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.graph.trace import trace
from taurus_beam.io.files import File
from taurus_beam.pipeline.cache_files import CacheFiles
from taurus_beam.pipeline.cache_lookup import EMPTY, STORED, TALLY, Keys, LookUp
from taurus_beam.pipeline.plan import encode_plan

SCHEMA = pa.schema({"x": pa.float64(), "s": pa.string()})
FILES = (File("a.parquet", 1, 1.0), File("b.parquet", 2, 2.0))


def small(inputs):
    return {"x": tb.mean(inputs["x"]), "s": tb.compute_and_apply_vocabulary(inputs["s"])}


KEYS = Keys(encode_plan(trace(small, SCHEMA)), 0, ("one", "two"), ("parquet 1", "parquet 2"))


def looked_up(cache, folder, span=0):
    """All that the step gives for a span, by output."""
    found = {"files": [], STORED: [], EMPTY: [], TALLY: []}
    for element in LookUp(KEYS, cache, str(folder)).process((span, FILES), []):
        if isinstance(element, beam.pvalue.TaggedOutput):
            found[element.tag].append(element.value)
        else:
            found["files"].append(element)
    return found


def store(cache, parts):
    for position, shard in parts:
        cache.write(KEYS.key(0, position, shard, []), KEYS.empty(position))


def test_a_step_that_is_repeated_gives_what_it_gave(tmp_path):
    cache = CacheFiles(str(tmp_path / "cache"))
    parts = list(KEYS.parts())
    assert len(parts) == 1 + 8 + 1
    store(cache, parts[:4])
    first = looked_up(cache, tmp_path / "run")
    assert [missing for _, missing, _ in first["files"]] == [tuple(parts[4:])] * 2
    assert (len(first[STORED]), len(first[EMPTY])) == (4, 6)

    store(cache, parts)  # as the steps after it do
    assert looked_up(cache, tmp_path / "run") == first
    other = looked_up(cache, tmp_path / "another run")
    assert (other["files"], len(other[STORED]), other[EMPTY]) == ([], 9, [])
    assert len(looked_up(cache, tmp_path / "run", span=1)[EMPTY]) == 10


def test_a_decision_that_was_cut_off_is_taken_again(tmp_path):
    cache = CacheFiles(str(tmp_path / "cache"))
    first = looked_up(cache, tmp_path / "run")
    [place] = [p for p in (tmp_path / "run").rglob("*") if p.is_file()]
    for cut in (b"", place.read_bytes()[:-3]):
        place.write_bytes(cut)
        assert looked_up(cache, tmp_path / "run") == first


def test_an_entry_that_vanishes_during_a_run_is_an_error(tmp_path):
    cache = CacheFiles(str(tmp_path / "cache"))
    store(cache, KEYS.parts())
    looked_up(cache, tmp_path / "run")
    key = KEYS.key(0, 1, 5, [])
    (tmp_path / "cache" / "one" / key.name).unlink()
    with pytest.raises(EngineError, match=r"(?s)span 'one' vanished.*Run again"):
        looked_up(cache, tmp_path / "run")

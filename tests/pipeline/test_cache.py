"""Analysis with a cache gives the bytes of a full run, and reads only what it does not know."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from object_store import STORE
from spans import counted, features, fitted, monthly, run, written

import taurus_beam as tb
from taurus_beam.errors import ArtifactError, DataError, EngineError, TraceError
from taurus_beam.graph import gathering
from taurus_beam.io import Source, write_batches
from taurus_beam.pipeline.cache_files import CacheFiles

MONTHS = monthly()
SMALL = {"a": pa.table({"x": [1.0, 2.0], "s": ["p", "q"]}), "b": pa.table({"x": [4.0], "s": ["q"]})}


def small(inputs):
    return {"x": tb.scale_to_0_1(inputs["x"]), "s": tb.compute_and_apply_vocabulary(inputs["s"])}


def rows_of(tables):
    return sum(map(len, tables.values()))


def entries(cache):
    """Every file of a cache."""
    found = {
        p.relative_to(cache).as_posix(): p.read_bytes() for p in cache.rglob("*") if p.is_file()
    }
    assert all(name.endswith(".state") for name in found), "a run left something behind"
    return found


def test_a_month_more_reads_that_month_and_gives_the_bytes_of_a_full_run(tmp_path):
    spans = written(tmp_path / "data", MONTHS)
    assert rows_of(MONTHS) == 1800
    *first, last = spans
    before = run({name: spans[name] for name in first}, tmp_path / "cache", tmp_path / "before")
    assert before.rows_read == 2 * (1800 - 150)
    assert before.report.hits == 0

    after = run(spans, tmp_path / "cache", tmp_path / "after")
    assert after.rows_read == after.report.rows_read == 2 * 150
    assert after.report.rows_reused == 2 * (1800 - 150)
    assert after.report.spans[last].passes_read == 2
    assert {after.report.spans[name].passes_read for name in first} == {0}
    assert after.files == fitted(MONTHS, tmp_path / "local")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        full = pipeline | tb.AnalyzeDataset(features, source=Source(str(tmp_path / "data")))
        _ = full | tb.WriteTransformFn(str(tmp_path / "full"))
    assert tb.load(tmp_path / "full").digest == tb.load(tmp_path / "after").digest


def test_nothing_is_read_where_everything_is_known(tmp_path):
    spans = written(tmp_path / "data", MONTHS)
    known = run(spans, tmp_path / "cache", tmp_path / "known")
    # Only the first span is looked at, for the schema; of the others not a byte is right any more.
    for path in sorted((tmp_path / "data").iterdir())[1:]:
        status = path.stat()
        path.write_bytes(b"?" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    again = run(spans, tmp_path / "cache", tmp_path / "again")
    assert again.files == known.files
    assert (again.rows_read, again.report.misses, again.report.bytes_written) == (0, 0, 0)
    assert again.report.hits == known.report.misses
    assert again.report.bytes_read == known.report.bytes_written == again.report.bytes_held


def test_an_earlier_value_that_changes_makes_later_passes_read_anew(tmp_path):
    tables = {**SMALL, "c": pa.table({"x": [-3.0, 5.0], "s": ["r", "r"]})}

    def standardized(inputs):
        return {"z": tb.scale_to_z_score(inputs["x"] - tb.min(inputs["x"]))}

    spans = written(tmp_path / "data", tables)
    run({name: spans[name] for name in "ab"}, tmp_path / "cache", tmp_path / "fn", standardized)
    found = run(spans, tmp_path / "cache", tmp_path / "fn", standardized)
    assert found.files == fitted(tables, tmp_path / "local", standardized)
    assert {name: span.passes_read for name, span in found.report.spans.items()} == {
        "a": 1,
        "b": 1,
        "c": 2,
    }
    assert found.rows_read == 2 + 1 + 2 * 2


@pytest.mark.parametrize("seed", range(2))
def test_any_split_and_order_of_spans_gives_the_same_bytes(tmp_path, seed):
    random = np.random.default_rng(seed)
    whole = pa.concat_tables(MONTHS.values())
    whole = whole.take(pa.array(random.permutation(len(whole))))
    ends = [0, *np.sort(random.integers(0, len(whole), 4)), len(whole)]
    names = [f"span {n}" for n in random.permutation(5)]
    tables = {n: whole.slice(a, b - a) for n, a, b in zip(names, ends[:-1], ends[1:], strict=True)}
    spans = written(tmp_path / "data", tables)
    for count in (2, 5):
        part = {name: spans[name] for name in names[:count]}
        found = run(part, tmp_path / "cache", tmp_path / "fn")
        rows = {name: tables[name] for name in part}
        assert found.files == fitted(rows, tmp_path / f"local{count}")
        assert tb.load(tmp_path / "fn").provenance["data"]["rows"] == rows_of(rows)


def test_what_is_cut_from_a_vocabulary_is_cut_after_all_spans_are_counted(tmp_path, monkeypatch):
    # In no span is "x" among the two most frequent, and in none does it reach the threshold.
    letters = {"1": "aaaabbbbxxx", "2": "ccccddddxxx", "3": "eeeeffffxxx"}
    tables = {name: pa.table({"s": list(text)}) for name, text in letters.items()}
    monkeypatch.setattr(gathering, "_MOST_KEYS", 2)

    def cut(inputs):
        top = tb.compute_and_apply_vocabulary(inputs["s"], top_k=1, vocab_filename="top")
        often = tb.compute_and_apply_vocabulary(
            inputs["s"], frequency_threshold=5, vocab_filename="often"
        )
        return {"top": top, "often": often}

    spans = written(tmp_path / "data", tables)
    for names in ("12", "123"):
        found = run({n: spans[n] for n in names}, tmp_path / "cache", tmp_path / "fn", cut)
    assert found.rows_read == 11
    fn = tb.load(tmp_path / "fn")
    for vocabulary in (fn.vocabulary("top"), fn.vocabulary("often")):
        assert (vocabulary.terms.to_pylist(), vocabulary.counts.to_pylist()) == (["x"], [9])


def moved(inputs):
    """`features` on other lines, by other names, and with other cuts."""
    plane, delay = inputs["tailnum"], inputs["dep_delay"]
    return {
        "plane_id": tb.compute_and_apply_vocabulary(plane, frequency_threshold=2),
        "carrier_id": tb.compute_and_apply_vocabulary(inputs["carrier"], top_k=2),
        "z": tb.scale_to_z_score(np.log1p(delay - tb.min(delay))),
        "near": tb.bucketize(inputs["distance"], 3),
    }


def extended(inputs):
    return {**features(inputs), "far": tb.scale_to_0_1(inputs["distance"])}


def altered(inputs):
    return {**features(inputs), "delay": tb.scale_to_z_score(np.sqrt(inputs["dep_delay"]))}


def test_a_changed_function_finds_what_it_has_in_common_with_earlier_ones(tmp_path):
    months = dict(list(MONTHS.items())[:3])
    spans = written(tmp_path / "data", months)
    run(spans, tmp_path / "cache", tmp_path / "fn")
    for fn, computed, rows_read in [
        (moved, 0, 0),
        (extended, 1, rows_of(months)),
        (altered, 1, rows_of(months)),
        (features, 0, 0),
    ]:
        found = run(spans, tmp_path / "cache", tmp_path / "fn", fn)
        assert {span.misses for span in found.report.spans.values()} == {computed}, fn
        assert found.rows_read == rows_read
        assert found.files == fitted(months, tmp_path / fn.__name__, fn)


def test_only_the_columns_of_what_is_missing_are_read(tmp_path):
    """A changed function is run on files that lack the other columns by now."""
    schema = SMALL["a"].schema
    (tmp_path / "a.csv").write_text("x,s\n1.0,p\n2.0,q\n")
    spans = {"a": Source(str(tmp_path / "a.csv"), schema=schema)}
    run(spans, tmp_path / "cache", tmp_path / "fn", small)
    status = (tmp_path / "a.csv").stat()
    (tmp_path / "a.csv").write_text("x,s\n-.-,p\n-.-,q\n")
    os.utime(tmp_path / "a.csv", ns=(status.st_atime_ns, status.st_mtime_ns))

    def more(inputs):
        return {**small(inputs), "n": tb.size(inputs["s"])}

    assert run(spans, tmp_path / "cache", tmp_path / "fn", more).rows_read == 2
    assert tb.load(tmp_path / "fn").row({"x": 1.0, "s": "q"}) == {"x": 0.0, "s": 0, "n": 2}


def test_a_span_whose_files_changed_is_computed_again(tmp_path):
    spans = written(tmp_path / "data", SMALL)
    run(spans, tmp_path / "cache", tmp_path / "fn", small)
    size = rows_of(entries(tmp_path / "cache"))
    changed = {**SMALL, "b": pa.table({"x": [8.0, 0.5, 1.0], "s": ["r", "r", "r"]})}
    spans = written(tmp_path / "data2", changed)
    # What did not change may lie in another folder.
    for name in ("a.parquet",):
        status = (tmp_path / "data" / name).stat()
        os.utime(tmp_path / "data2" / name, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = run(spans, tmp_path / "cache", tmp_path / "fn", small)
    assert found.files == fitted(changed, tmp_path / "local", small)
    assert found.rows_read == 3
    assert found.report.unusable == ()
    # Newer entries stand in place of the older ones.
    assert abs(found.report.bytes_held - size) < size / 10
    assert found.report.bytes_held == rows_of(entries(tmp_path / "cache"))


DAMAGES = [
    lambda content: b"",
    lambda content: b"PK\x03\x04\n" * 20,
    lambda content: content[:-1],
    lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    lambda content: content.replace(b".cache 1 ", b".cache 2 ", 1),
]


def test_damaged_entries_are_computed_again_and_told(tmp_path, caplog):
    spans = written(tmp_path / "data", SMALL)
    run(spans, tmp_path / "cache", tmp_path / "fn", small)
    whole = entries(tmp_path / "cache")
    bad = [name for name in sorted(whole) if name.startswith("a/")]
    assert len(bad) >= len(DAMAGES)
    for number, name in enumerate(bad):
        damaged = DAMAGES[number % len(DAMAGES)](whole[name])
        assert damaged != whole[name]
        (tmp_path / "cache" / name).write_bytes(damaged)
    with caplog.at_level(logging.WARNING, "taurus_beam"):
        found = run(spans, tmp_path / "cache", tmp_path / "fn", small)
    assert found.files == fitted(SMALL, tmp_path / "local", small)
    assert found.rows_read == len(SMALL["a"])
    assert list(found.report.unusable) == bad
    told = [r.getMessage() for r in caplog.records if r.name.startswith("taurus_beam")]
    assert len(told) == len(bad)
    for name in bad:
        assert any(str(tmp_path / "cache" / name) in message for message in told)
    assert entries(tmp_path / "cache") == whole


def test_one_damaged_shard_of_a_vocabulary_is_all_that_is_gathered_again(tmp_path):
    spans = written(tmp_path / "data", MONTHS)
    first = run(spans, tmp_path / "cache", tmp_path / "fn")
    whole = entries(tmp_path / "cache")
    name = next(n for n in whole if n.startswith("2013-04/") and "-00003-of-00008" in n)
    (tmp_path / "cache" / name).write_bytes(whole[name][:-20])
    found = run(spans, tmp_path / "cache", tmp_path / "fn")
    assert (found.report.misses, found.report.unusable) == (1, (name,))
    assert found.report.bytes_written == len(whole[name])
    assert found.rows_read == len(MONTHS["2013-04"])
    assert found.files == first.files
    assert entries(tmp_path / "cache") == whole


def test_an_entry_of_another_span_is_not_mistaken(tmp_path, caplog):
    spans = written(tmp_path / "data", SMALL)
    run(spans, tmp_path / "cache", tmp_path / "fn", small)
    whole = entries(tmp_path / "cache")
    for name in whole:
        if name.startswith("a/"):
            (tmp_path / "cache" / name).write_bytes(whole[f"b/{name[2:]}"])
    found = run(spans, tmp_path / "cache", tmp_path / "fn", small)
    assert found.files == fitted(SMALL, tmp_path / "local", small)
    assert "it holds another state than its name says" in caplog.text
    assert entries(tmp_path / "cache") == whole


def test_entries_made_with_other_libraries_are_computed_again(tmp_path, monkeypatch):
    spans = written(tmp_path / "data", SMALL)
    with monkeypatch.context() as patch:
        patch.setattr("taurus_beam.pipeline.cache_files._LIBRARIES", "numpy 1, pyarrow 1")
        run(spans, tmp_path / "cache", tmp_path / "fn", small)
    found = run(spans, tmp_path / "cache", tmp_path / "fn", small)
    assert (found.report.hits, found.rows_read, found.report.unusable) == (0, 3, ())
    assert run(spans, tmp_path / "cache", tmp_path / "fn", small).report.misses == 0


def test_spans_without_rows_are_known_too(tmp_path):
    tables = {**SMALL, "none": SMALL["a"].slice(0, 0), "nothing": SMALL["a"].slice(0, 0)}
    spans = written(tmp_path / "data", tables)
    for misses in (True, False):
        found = run(spans, tmp_path / "cache", tmp_path / "fn", small)
        assert bool(found.report.misses) == misses
        assert found.report.spans["none"].rows == 0
        assert found.files == fitted(tables, tmp_path / f"local{misses}", small)
    empty = {"none": spans["none"]}
    assert run(empty, tmp_path / "cache", tmp_path / "fn", small).files == fitted(
        {"none": tables["none"]}, tmp_path / "local", small
    )


def test_runs_at_the_same_time_do_not_disturb_each_other(tmp_path):
    spans = written(tmp_path / "data", MONTHS)
    with ThreadPoolExecutor(3) as threads:
        running = [
            threads.submit(run, spans, tmp_path / "cache", tmp_path / f"fn{n}") for n in range(3)
        ]
        found = [each.result() for each in running]
    expected = fitted(MONTHS, tmp_path / "local")
    assert all(each.files == expected for each in found)
    last = run(spans, tmp_path / "cache", tmp_path / "fn")
    assert (last.files, last.rows_read, last.report.unusable) == (expected, 0, ())
    assert last.report.bytes_held == rows_of(entries(tmp_path / "cache"))


def test_a_file_system_of_objects_serves_as_a_cache(tmp_path):
    STORE.clear()
    for name, table in SMALL.items():
        write_batches(f"inmemory://bucket/data/{name}/part", table.to_batches())
    spans = {name: Source(f"inmemory://bucket/data/{name}") for name in SMALL}
    expected = fitted(SMALL, tmp_path / "local", small)
    for rows in (3, 0):
        found = run(spans, "inmemory://bucket/cache/", tmp_path / "fn", small)
        assert (found.files, found.rows_read) == (expected, rows)
    held = {path: content for path, content in STORE.items() if "/cache/" in path}
    assert found.report.bytes_held == sum(map(len, held.values()))
    assert len(held) == found.report.hits
    STORE[min(held)] = b"?"
    assert run(spans, "inmemory://bucket/cache", tmp_path / "fn", small).files == expected
    assert {path: c for path, c in STORE.items() if "/cache/" in path} == held


def test_a_span_may_have_several_files_and_columns_that_nobody_reads(tmp_path):
    for number, start in enumerate(range(0, 150, 40)):
        part = (
            MONTHS["2013-01"]
            .slice(start, 40)
            .append_column("other", [["?"] * min(40, 150 - start)])
        )
        (tmp_path / "jan").mkdir(exist_ok=True)
        pq.write_table(part, tmp_path / "jan" / f"{number}.parquet", row_group_size=15)
    spans = {"jan": Source(str(tmp_path / "jan"), batch_size=7)}
    found = run(
        spans, tmp_path / "cache", tmp_path / "fn", features, schema=MONTHS["2013-01"].schema
    )
    assert found.files == fitted({"jan": MONTHS["2013-01"]}, tmp_path / "local")


def test_all_spans_are_read_with_the_types_of_the_first(tmp_path):
    pa.csv.write_csv(pa.table({"x": [1.5, None]}), tmp_path / "a.csv")
    pa.csv.write_csv(pa.table({"x": [3, 4]}), tmp_path / "b.csv")
    spans = {name: Source(str(tmp_path / f"{name}.csv")) for name in "ba"}
    run(spans, tmp_path / "cache", tmp_path / "fn", lambda i: {"mean": tb.mean(i["x"])})
    assert tb.load(tmp_path / "fn").row({}) == {"mean": (1.5 + 3 + 4) / 3}


def test_a_file_that_changes_before_it_is_read_is_refused(tmp_path):
    spans = written(tmp_path / "data", SMALL)
    pipeline = beam.Pipeline(runner="FnApiRunner")
    _ = pipeline | tb.AnalyzeDatasetWithCache(small, spans, str(tmp_path / "cache"))
    written(tmp_path / "data", {"b": pa.table({"x": [7.0, 8.0], "s": ["u", "v"]})})
    with pytest.raises(DataError, match=r"(?s)file changed.*b\.parquet.*Run again"):
        pipeline.run()
    names = CacheFiles(str(tmp_path / "cache")).names("b")
    assert not names


def test_a_function_without_analyzers_needs_no_span_to_be_read(tmp_path):
    spans = written(tmp_path / "data", SMALL)
    found = run(spans, tmp_path / "cache", tmp_path / "fn", lambda i: {"y": i["x"] * 2})
    assert (found.rows_read, found.report.hits, found.report.misses) == (0, 0, 0)
    assert found.report.spans["a"].rows is None
    assert tb.load(tmp_path / "fn").row({"x": 2.0}) == {"y": 4.0}


def test_beam_counts_the_entries_too(tmp_path):
    spans = written(tmp_path / "data", SMALL)
    first = run({"a": spans["a"]}, tmp_path / "cache", tmp_path / "fn", small).report
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    _ = pipeline | tb.AnalyzeDatasetWithCache(small, spans, str(tmp_path / "cache"))
    result = pipeline.run()
    result.wait_until_finish()
    assert counted(result, "cache_hits") == first.misses == counted(result, "cache_misses")
    assert counted(result, "cache_bytes_read") == first.bytes_written
    assert counted(result, "cache_bytes_written") > 0


def test_the_report_is_a_table_and_no_part_of_the_digest(tmp_path):
    spans = written(tmp_path / "data", SMALL)
    run({"a": spans["a"]}, tmp_path / "cache", tmp_path / "fn", small)
    found = run(spans, tmp_path / "cache", tmp_path / "fn", small)
    fn = tb.load(tmp_path / "fn")
    assert fn.digest == tb.fit(pa.concat_tables(SMALL.values()), small).digest
    assert tb.cache_report(fn) == found.report
    assert fn.provenance["cache"]["rows_read"] == 1
    files = fn.provenance["data"]["source"]["files"]
    assert [(file["span"], file["name"]) for file in files] == [
        ("a", "a.parquet"),
        ("b", "b.parquet"),
    ]
    assert str(found.report).splitlines()[:2] == [
        "cache    10 of 20 entries used, 10 computed",
        "rows     1 read, 2 reused",
    ]
    assert str(found.report).splitlines()[3:] == [
        "span  rows  used  computed  passes read",
        "a        2    10         0            0",
        "b        1     0        10            1",
    ]
    tb.fit(SMALL["a"], small).save(tmp_path / "without")
    with pytest.raises(ArtifactError, match="made without a cache"):
        tb.cache_report(str(tmp_path / "without"))


def external(inputs):
    (most,) = tb.ptransform_analyzer([inputs["x"]], beam.Map(np.max), [pa.float64()], [()])
    return {"x": inputs["x"] / most}


def test_mistakes_are_told_when_the_pipeline_is_made(tmp_path):
    spans = written(tmp_path / "data", SMALL)
    cache = str(tmp_path / "cache")
    (tmp_path / "taken").write_text("")
    pipeline = beam.Pipeline(runner="FnApiRunner")
    for error, told, arguments in [
        (EngineError, "There are no spans", (small, {}, cache)),
        (EngineError, "There are no spans", (small, [Source("x.csv")], cache)),
        (EngineError, "span is named ''", (small, {"": spans["a"]}, cache)),
        (EngineError, "span is named 3", (small, {3: spans["a"]}, cache)),
        (EngineError, "span is named", (small, {"ä" * 90: spans["a"]}, cache)),
        (EngineError, "data of span 'a' are a Table", (small, SMALL, cache)),
        (EngineError, "Cannot write .*taken", (small, spans, str(tmp_path / "taken"))),
        (DataError, "No file matches", (small, {**spans, "c": Source("no.csv")}, cache)),
        (TraceError, "no column 'y'", (lambda i: {"y": i["y"]}, spans, cache)),
        (EngineError, "of which a cache keeps nothing", (external, spans, cache)),
    ]:
        with pytest.raises(error, match=told):
            _ = pipeline | f"{len(pipeline.applied_labels)}" >> tb.AnalyzeDatasetWithCache(
                *arguments
            )
    made = pipeline | "Rows" >> beam.Create([{"x": 1.0}])
    with pytest.raises(EngineError, match="it reads its own"):
        _ = made | "Twice" >> tb.AnalyzeDatasetWithCache(small, spans, cache)

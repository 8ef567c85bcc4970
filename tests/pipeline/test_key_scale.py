"""Keys that outgrow a worker go by way of files, and leave the same artifact, byte for byte."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from object_store import STORE
from spans import fitted, run, written
from spine import files_of

import taurus_beam as tb
from taurus_beam.artifact import vocabulary_file
from taurus_beam.errors import DataError
from taurus_beam.graph import gathering, vocabulary
from taurus_beam.io import Source, write_batches
from taurus_beam.pipeline import ordered_terms, runs, shards, values
from taurus_beam.runners.local import data as data_of_jobs
from taurus_beam.runners.local import jobs


def data(rows: int = 3000) -> pa.Table:
    """Skewed keys of every type, with missing and empty ones, and numbers beside them."""
    random = np.random.default_rng(3)
    numbers = random.zipf(1.2, rows) % 700
    texts = [f"{'é' * (n % 3)}{n * n % 1009:x}" for n in numbers.tolist()]
    return pa.table(
        {
            "s": pa.array([*texts[2:], None, ""], pa.string()),
            "b": pa.array([text.encode() + b"\xff\x00" for text in texts], pa.binary()),
            "n": pa.array(numbers * 7 - 300, pa.int32()),
            "w": pa.array(random.lognormal(0, 9, rows) * random.choice([-1, 1], rows)),
            "v": vectors(random, texts),
            "label": pa.array(random.integers(0, 3, rows)),
        }
    )


def vectors(random: np.random.Generator, keys: list[str]) -> pa.Array:
    """Two numbers a row, none for some keys."""
    numbers = random.normal(size=(len(keys), 2)).astype(np.float32)
    numbers[[hash_of(key) % 3 == 0 for key in keys]] = np.nan
    return pa.FixedSizeListArray.from_arrays(pa.array(numbers.reshape(-1)), 2)


def hash_of(key: str) -> int:
    """A number for each key, the same in every process."""
    return sum(key.encode())


DATA = data()


def ranked(inputs: tb.Inputs) -> dict[str, tb.Column]:
    """Vocabularies that are streamed."""
    s, b, n, w = (inputs[name] for name in "sbnw")
    return {
        "s": tb.compute_and_apply_vocabulary(s),
        "b": tb.compute_and_apply_vocabulary(b, reserved_tokens=[b"\xff", b"1\xff\x00"]),
        "n": tb.compute_and_apply_vocabulary(n, reserved_tokens=[-300, 5]),
        "heavy": tb.compute_and_apply_vocabulary(s, weights=w, vocab_filename="heavy"),
        "heaviest": tb.compute_and_apply_vocabulary(
            n, weights=w, top_k=90, vocab_filename="heaviest"
        ),
        "top": tb.compute_and_apply_vocabulary(
            s, top_k=150, reserved_tokens=["0", "1"], vocab_filename="top"
        ),
        "often": tb.compute_and_apply_vocabulary(b, frequency_threshold=3, vocab_filename="often"),
        "both": tb.compute_and_apply_vocabulary(
            s, top_k=7, frequency_threshold=2, vocab_filename="both"
        ),
        "none": tb.compute_and_apply_vocabulary(n, frequency_threshold=9999, vocab_filename="none"),
        # Gathered once with "s", though it is another vocabulary.
        "again": tb.compute_and_apply_vocabulary(s, vocab_filename="again", reserved_tokens=["x"]),
    }


def chosen(inputs: tb.Inputs) -> dict[str, tb.Column]:
    """Vocabularies that are more than the first terms by count."""
    s, b, n, w, label = (inputs[name] for name in ("s", "b", "n", "w", "label"))
    heavy = abs(w)
    return {
        "shuffled": tb.compute_and_apply_vocabulary(
            s, fingerprint_shuffle=True, reserved_tokens=["<pad>", "0"]
        ),
        "few": tb.compute_and_apply_vocabulary(
            n, top_k=130, fingerprint_shuffle=True, vocab_filename="few"
        ),
        "covering": tb.compute_and_apply_vocabulary(
            s, top_k=5, coverage_key="^.", coverage_top_k=9, vocab_filename="covering"
        ),
        "often": tb.compute_and_apply_vocabulary(
            b,
            frequency_threshold=20,
            coverage_key="^[0-9]",
            coverage_frequency_threshold=2,
            reserved_tokens=[b"1\xff\x00"],
            vocab_filename="often",
        ),
        "both": tb.compute_and_apply_vocabulary(
            n,
            top_k=20,
            weights=w,
            coverage_key="-?[0-9]",
            coverage_top_k=3,
            coverage_frequency_threshold=0.5,
            fingerprint_shuffle=True,
            vocab_filename="both",
        ),
        "telling": tb.compute_and_apply_vocabulary(s, labels=label, vocab_filename="telling"),
        "adjusted": tb.compute_and_apply_vocabulary(
            s,
            labels=label,
            use_adjusted_mutual_info=True,
            min_diff_from_avg=0.0,
            top_k=40,
            fingerprint_shuffle=True,
            vocab_filename="adjusted",
        ),
        "weighted": tb.compute_and_apply_vocabulary(
            n, labels=label, weights=heavy, frequency_threshold=0.001, vocab_filename="weighted"
        ),
        "frequent": tb.rare_to_other(s, min_count=2),
        "shared": tb.rare_to_other(s, min_frequency=0.0004, top_k=300),
        "most": tb.rare_to_other(b, top_k=200, other=b"?"),
    }


def keyed(inputs: tb.Inputs) -> dict[str, tb.Column]:
    """Tables per key, for keys of every type."""
    s, b, n, w, v, label = (inputs[name] for name in ("s", "b", "n", "w", "v", "label"))
    keys, counts = tb.count_per_key(b)
    return {
        "times": tb.take(counts, tb.apply_vocabulary(b, keys)),
        "z": tb.scale_to_z_score_per_key(w, s),
        "vectors": tb.scale_to_z_score_per_key(v, n, elementwise=True),
        "between": tb.scale_to_0_1_per_key(v, b, elementwise=True),
        "bucket": tb.bucketize_per_key(v, s, 4),
        "half": tb.bucketize_per_key(n, b, 2),
        "small": tb.scale_to_z_score_per_key(n, label > 1),
        "target": tb.target_encode(s, w),
        "out of fold": tb.target_encode(n, label, 2.5, fold=s, folds=3),
    }


WANTED = {
    ranked: {"s", "b", "n", "heavy", "heaviest", "top", "often", "both", "none", "again"},
    chosen: {
        *("s", "few", "covering", "often", "both", "telling", "adjusted", "weighted"),
        *("s_2", "s_3", "b"),
    },
    keyed: {
        *("b_keys", "s_keys", "n_keys", "key_counts"),
        *("keyed_moment", "keyed_extremum", "keyed_boundaries", "target_means"),
    },
}


@pytest.fixture(autouse=True)
def _small_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_MOST_KEYS", 200)
    monkeypatch.setattr(shards, "_SENT_KEYS", 40)
    monkeypatch.setattr(shards, "_MERGED_KEYS", 30)
    monkeypatch.setattr(shards, "_WHOLE_KEYS", 20)
    monkeypatch.setattr(runs, "_MANY_BYTES", 40)
    monkeypatch.setattr(runs, "_FEW_BYTES", 100)
    monkeypatch.setattr(ordered_terms, "_SORTED_TERMS", 50)
    monkeypatch.setattr(vocabulary_file, "_BATCH_TERMS", 64)
    monkeypatch.setattr(vocabulary, "INDEXED_FROM", 100)


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was streamed: vocabularies by their names, tables per key by their analyzers'."""
    names: list[str] = []
    real_vocabulary, real_elements = values.streamed_vocabulary, values.streamed_elements

    def vocabulary_spy(asset, *arguments):
        names.append(asset)
        return real_vocabulary(asset, *arguments)

    def elements_spy(columns, *arguments):
        names.extend(node.operation.name for node in columns.values())
        return real_elements(columns, *arguments)

    monkeypatch.setattr(values, "streamed_vocabulary", vocabulary_spy)
    monkeypatch.setattr(values, "streamed_elements", elements_spy)
    return names


def analyzed(path, function, size: int, temp_dir: str | None = None, data: pa.Table = DATA):
    with beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"])) as pipeline:
        batches = pipeline | beam.Create(data.to_batches(max_chunksize=size))
        made = batches | tb.AnalyzeDataset(function, schema=data.schema, temp_dir=temp_dir)
        _ = made | tb.WriteTransformFn(str(path))


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("function", WANTED)
def test_nor_without_a_pipeline(tmp_path, monkeypatch, streamed, function, threads) -> None:
    tb.fit(DATA, function).save(tmp_path / "expected")
    monkeypatch.setenv("TAURUS_BEAM_THREADS", threads)
    monkeypatch.setattr(data_of_jobs, "_WORTH_A_THREAD", 1)
    write_batches(f"{tmp_path}/in/data", DATA.to_batches())

    jobs.fit(function, Source(f"{tmp_path}/in", batch_size=97), f"{tmp_path}/fn")

    assert files_of(tmp_path / "fn") == files_of(tmp_path / "expected")
    assert WANTED[function] <= set(streamed)


@pytest.mark.parametrize("size", [97, 5000])
@pytest.mark.parametrize("function", WANTED)
def test_large_keys_leave_no_trace(tmp_path, streamed, function, size) -> None:
    tb.fit(DATA, function).save(tmp_path / "local")
    analyzed(tmp_path / "fn", function, size)
    assert files_of(tmp_path / "fn") == files_of(tmp_path / "local")
    assert set(streamed) >= WANTED[function]


def test_the_files_between_may_lie_in_an_object_store(tmp_path, streamed) -> None:
    tb.fit(DATA, ranked).save(tmp_path / "local")
    STORE.clear()
    analyzed("inmemory://bucket/fn", ranked, 500, "inmemory://bucket/tmp")
    assert streamed
    assert any("/runs/" in name for name in STORE)
    expected = files_of(tmp_path / "local")
    assert {name: STORE[f"inmemory://bucket/fn/{name}"] for name in expected} == expected


def test_a_loaded_streamed_vocabulary_finds_its_terms(tmp_path) -> None:
    analyzed(tmp_path / "fn", ranked, 500)
    fn = tb.load(tmp_path / "fn")
    terms = fn.vocabulary("s").terms.to_pylist()
    frame = DATA["s"].to_pandas()
    counts = frame[frame.notna() & (frame != "")].value_counts()
    expected = sorted(counts.items(), key=lambda item: (item[1], item[0].encode()), reverse=True)
    assert terms == [term for term, _ in expected]
    assert fn.vocabulary("s").counts.to_pylist() == [count for _, count in expected]
    ids = {term: number for number, term in enumerate(terms)}
    asked = DATA["s"].to_pylist()
    assert fn.transform(DATA)["s"].to_pylist() == [
        ids.get(a, -1 if a == "" else None) for a in asked
    ]


@pytest.mark.parametrize("function", [keyed, chosen])
def test_states_out_of_a_cache_may_be_too_large_to_merge_in_one_place(
    tmp_path, streamed, function
) -> None:
    tables = {"one": DATA.slice(0, 1900), "two": DATA.slice(1900)}
    spans = written(tmp_path / "data", tables)
    expected = fitted(tables, tmp_path / "local", function)
    for _ in ("gathered", "stored"):
        streamed.clear()
        found = run(spans, tmp_path / "cache", tmp_path / "fn", function)
        assert found.files == expected
        assert set(streamed) >= WANTED[function]
    assert found.rows_read == 0


def test_a_term_that_does_not_fit_its_labels_is_told_with_the_line(tmp_path) -> None:
    lists = pa.array([["x", "x", str(number)] for number in range(500)])
    table = pa.table({"s": lists, "label": np.zeros(500, np.int64)})

    def telling(inputs: tb.Inputs) -> dict[str, tb.Column]:
        return {"s": tb.compute_and_apply_vocabulary(inputs["s"], labels=inputs["label"])}

    with pytest.raises(DataError, match=r"(?s)'x' occurs more often.*where: .*labels=inputs"):
        analyzed(tmp_path / "fn", telling, 500, data=table)

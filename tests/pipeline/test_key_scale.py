"""Keys that outgrow a worker go by way of files, and leave the same artifact, byte for byte."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from object_store import STORE
from spine import files_of

import taurus_beam as tb
from taurus_beam.artifact import vocabulary_file
from taurus_beam.graph import vocabulary
from taurus_beam.pipeline import ordered_terms, passes, shards


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
            "label": pa.array(random.integers(0, 3, rows)),
        }
    )


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


def others(inputs: tb.Inputs) -> dict[str, tb.Column]:
    """What has keys and is put together in one place."""
    s, n, w, label = (inputs[name] for name in ("s", "n", "w", "label"))
    return {
        "shuffled": tb.compute_and_apply_vocabulary(s, fingerprint_shuffle=True),
        "covering": tb.compute_and_apply_vocabulary(
            s, top_k=5, coverage_key="^.", coverage_top_k=2, vocab_filename="covering"
        ),
        "telling": tb.compute_and_apply_vocabulary(s, labels=label, vocab_filename="telling"),
        "frequent": tb.rare_to_other(s, min_count=2),
        "z": tb.scale_to_z_score_per_key(w, s),
        "bucket": tb.bucketize_per_key(n, s, 3),
    }


@pytest.fixture(autouse=True)
def _small_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "_MOST_KEYS", 200)
    monkeypatch.setattr(shards, "_SENT_KEYS", 40)
    monkeypatch.setattr(shards, "_MERGED_KEYS", 30)
    monkeypatch.setattr(shards, "_RUN_ROWS", 3)
    monkeypatch.setattr(vocabulary_file, "_BATCH_TERMS", 64)
    monkeypatch.setattr(vocabulary, "INDEXED_FROM", 100)


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the vocabularies that were streamed."""
    names: list[str] = []
    real = ordered_terms._streamed

    def spy(analyzer, *arguments):
        names.append(analyzer.asset)
        return real(analyzer, *arguments)

    monkeypatch.setattr(ordered_terms, "_streamed", spy)
    return names


def analyzed(path, function, size: int, temp_dir: str | None = None):
    with beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"])) as pipeline:
        batches = pipeline | beam.Create(DATA.to_batches(max_chunksize=size))
        made = batches | tb.AnalyzeDataset(function, schema=DATA.schema, temp_dir=temp_dir)
        _ = made | tb.WriteTransformFn(str(path))


@pytest.mark.parametrize("size", [97, 5000])
@pytest.mark.parametrize("function", [ranked, others])
def test_large_keys_leave_no_trace(tmp_path, streamed, function, size) -> None:
    tb.fit(DATA, function).save(tmp_path / "local")
    analyzed(tmp_path / "fn", function, size)
    assert files_of(tmp_path / "fn") == files_of(tmp_path / "local")
    wanted = {"s", "b", "n", "heavy", "heaviest", "top", "often", "both", "none", "again"}
    assert set(streamed) == (wanted if function is ranked else set())


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

"""``python -m benchmarks.key_scale``: many millions of terms and of keys in small workers.

Parquet files with some millions of distinct strings are analyzed on Beam's FnApiRunner with two
worker processes, and the largest vocabulary is applied to them; then tables per key are. What is
measured is the time and the peak resident memory (VmHWM) of each worker process, which may not
pass 1 GiB; the runner's own process, which plays the part of a cluster's shuffle, is reported
beside it. The peer does the same in the memory of one process, and must find the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import data, report
from benchmarks.per_key_scale import FITTED, apply_scores, peer_of_apply, same_tables
from benchmarks.worker import own_peak_bytes
from benchmarks.worker_memory import watched

RESULT = Path(__file__).parent / "results" / "key_scale.md"
WORKERS = 2
LIMIT = 1 << 30
PARTS = 24
TOP_K = 100_000
THRESHOLD = 2
REPEATS = 0.5
"""Rows beyond one for each key, as a share of the keys: drawn from a Zipf distribution."""
ZIPF = 1.3


def folder(millions: float) -> Path:
    """Parquet files with so many million distinct keys; made when they are not there yet."""
    place = data.FOLDER / f"keys_{millions:g}m"
    if not place.exists():
        building = place.with_suffix(f".{os.getpid()}")
        building.mkdir(parents=True)
        keys = round(millions * 1_000_000)
        bounds = np.linspace(0, keys, PARTS + 1).astype(np.int64)
        for part in range(PARTS):
            rng = np.random.default_rng(part)
            own = np.arange(bounds[part], bounds[part + 1])
            again = rng.zipf(ZIPF, int(len(own) * REPEATS)) % keys
            ranks = rng.permutation(np.concatenate([own, again]))
            table = pa.table({"key": hexadecimal(ranks), "x": rng.lognormal(size=len(ranks))})
            pq.write_table(table, building / f"part-{part:02}.parquet", row_group_size=1 << 17)
        building.rename(place)
    return place


def hexadecimal(ranks: np.ndarray[Any, Any]) -> pa.Array:
    """Sixteen hexadecimal digits for each number, different for different numbers."""
    mixed = ranks.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)  # odd, so it can be undone
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    octets = mixed.view(np.uint8)
    text = np.stack([digits[octets >> 4], digits[octets & 15]], axis=-1)
    offsets = np.arange(0, 16 * len(ranks) + 1, 16, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(ranks), [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )


def analysis(top_k: int | None, threshold: int | None) -> Callable[[Path, Path], None]:
    """A pipeline that learns a vocabulary of the keys."""

    def preprocess(inputs: Any) -> dict[str, Any]:
        import taurus_beam as tb

        key = inputs["key"]
        return {
            "id": tb.compute_and_apply_vocabulary(key, top_k=top_k, frequency_threshold=threshold)
        }

    return fitting(preprocess)


def fitting(preprocess: Callable[[Any], dict[str, Any]]) -> Callable[[Path, Path], None]:
    """A pipeline that fits a function."""

    def run(source: Path, artifact: Path) -> None:
        import taurus_beam as tb
        from taurus_beam.io import Source

        with pipeline() as p:
            read = Source(str(source))
            made = p | tb.AnalyzeDataset(preprocess, source=read)
            _ = made | tb.WriteTransformFn(str(artifact), overwrite=True)

    return run


def application(
    fact: Callable[[pa.RecordBatch], float],
    combine: Callable[[Iterable[float]], float],
    check: Callable[[float], None],
) -> Callable[[Path, Path], None]:
    """A pipeline that applies what was fitted, and checks a fact of all that it gives."""

    def run(source: Path, artifact: Path) -> None:
        import apache_beam as beam

        import taurus_beam as tb
        from taurus_beam.io import Source

        with pipeline() as p:
            read = Source(str(source))
            rows = p | read.read()
            given = (rows, p | tb.ReadTransformFn(str(artifact))) | tb.TransformDataset()
            _ = given | beam.Map(fact) | beam.CombineGlobally(combine) | beam.Map(check)

    return run


def least(batch: pa.RecordBatch) -> int:
    """The least id of a batch."""
    return int(pc.min(batch["id"]).as_py())


def check_known(least_id: float) -> None:
    """Fail unless all keys were known."""
    if least_id != 0:
        raise ValueError(f"the least id is {least_id}, not 0")


def check_finite(total: float) -> None:
    """Fail unless there were numbers, and only numbers."""
    if not 0 < total < float("inf"):
        raise ValueError(f"the sum is {total}")


def pipeline() -> Any:
    """A pipeline whose workers are processes of their own."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    mode = ["--direct_running_mode=multi_processing", f"--direct_num_workers={WORKERS}"]
    return beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *mode]))


def in_memory(top_k: int | None, threshold: int | None) -> Callable[[Path, Path], None]:
    """The same vocabulary by Arrow in one process, its file included."""

    def run(source: Path, artifact: Path) -> None:
        counted = pc.value_counts(pq.read_table(source, columns=["key"])["key"].combine_chunks())
        table = pa.table([counted.field(0), counted.field(1)], ["term", "count"])
        if threshold is not None:
            table = table.filter(pc.field("count") >= threshold)
        order = pc.sort_indices(table, [("count", "descending"), ("term", "descending")])
        table = table.take(order[:top_k])
        with pa.ipc.new_file(str(artifact), table.schema) as writer:
            writer.write_table(table)

    return run


def in_memory_application(source: Path, artifact: Path) -> None:
    """Every key's id by Arrow's own hash table in one process."""
    terms = pa.ipc.open_file(pa.memory_map(str(artifact))).read_all()["term"].combine_chunks()
    ids = pc.index_in(pq.read_table(source, columns=["key"])["key"], value_set=terms)
    if ids.null_count:
        raise ValueError("there is an unknown key")


LEARN = {
    f"top_k = {TOP_K:,}": (TOP_K, None),
    f"threshold = {THRESHOLD}": (None, THRESHOLD),
    "neither": (None, None),
}
APPLY = "apply the largest"
WORKS = {name: (analysis(*choice), in_memory(*choice)) for name, choice in LEARN.items()}
WORKS[APPLY] = (application(least, min, check_known), in_memory_application)
FIT_KEYED = {name: (fitting(function), peer) for name, (function, peer) in FITTED.items()}
APPLY_KEYED = "apply the last"
KEYED = {
    **FIT_KEYED,
    APPLY_KEYED: (application(apply_scores, sum, check_finite), peer_of_apply),
}


def measured(work: str, peer: bool, source: Path, artifact: Path) -> dict[str, Any]:
    """Seconds and peaks in bytes of one work, done in a process of its own."""
    started = time.monotonic()
    words = ["--run", work, str(source), str(artifact)]
    found = watched("benchmarks.key_scale", [*words, *(["--peer"] if peer else [])])
    return {
        "seconds": time.monotonic() - started,
        "runner": found.answer["peak"],
        "workers": found.resident,
        "private": found.private,
    }


def fingerprint(file: Path) -> tuple[int, str, str]:
    """How many terms a file has, and the sha256 of all terms and of all counts in order."""
    texts, counts, rows = hashlib.sha256(), hashlib.sha256(), 0
    with pa.OSFile(str(file)) as opened:
        reader = pa.ipc.open_file(opened)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            rows += len(batch)
            term = batch["term"].cast(pa.large_string())
            start, end = np.frombuffer(term.buffers()[1], np.int64)[[0, len(term)]]
            texts.update(memoryview(term.buffers()[2])[start:end])
            counts.update(batch["count"].to_numpy())
    return rows, texts.hexdigest(), counts.hexdigest()


def main() -> int:
    """Run everything once; 1 if a worker passed the limit or the peers disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.key_scale", description=__doc__)
    parser.add_argument("--millions", type=float, default=20, help="distinct keys; default 20")
    parser.add_argument("--keyed-millions", type=float, default=10, help="of tables; default 10")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        work, source, artifact = options.run
        (WORKS | KEYED)[work][options.peer](Path(source), Path(artifact))
        print(json.dumps({"peak": own_peak_bytes()}))
        return 0
    failures: list[str] = []
    terms = run_all(WORKS, folder(options.millions), same_terms, failures)
    keys = run_all(KEYED, folder(options.keyed_millions), same_tables, failures)
    text = page(options.millions, terms) + keyed_page(options.keyed_millions, keys)
    print(text)
    print(*failures, sep="\n", file=sys.stderr)
    failed = bool(failures)
    if not failed:
        RESULT.write_text(text)
    return int(failed)


def run_all(
    works: Iterable[str],
    source: Path,
    compare: Callable[[Path, Path], tuple[int, bool]],
    failures: list[str],
) -> dict[str, Any]:
    """The size and the figures of each work; what went wrong is added to `failures`."""
    found = {}
    place = Path(tempfile.mkdtemp(prefix="key_scale-", dir=data.FOLDER))
    try:
        for work in works:
            artifact, file = place / "transform_fn", place / "peer.arrow"
            own, peer = (
                measured(work, is_peer, source, target)
                for is_peer, target in ((False, artifact), (True, file))
            )
            size, same = compare(file, artifact)
            if not same:
                failures.append(f"{work}: the peers differ")
            if own["workers"] > LIMIT:
                failures.append(f"{work}: a worker passed the limit")
            found[work] = (size, own, peer)
            print(line(work, *found[work]), file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(place)
    return found


def same_terms(file: Path, artifact: Path) -> tuple[int, bool]:
    """How many terms there are, and whether they are the same in the same order."""
    expected = fingerprint(file)
    return expected[0], expected == fingerprint(artifact / "assets" / "key.arrow")


def page(millions: float, found: dict[str, Any]) -> str:
    """The result as Markdown."""
    return "\n".join(
        [
            "# Vocabularies of more keys than a worker's memory",
            "",
            f"{report.cpu()}, {os.cpu_count()} cores. {millions:g} million distinct strings of 16 "
            f"bytes in {millions * (1 + REPEATS):g} million rows of Parquet; FnApiRunner with "
            f"{WORKERS} worker processes of at most {LIMIT >> 20:,} MiB: that is their peak "
            "resident memory (VmHWM), in which pages of mapped files count; beside it what is "
            "their own (RssAnon). The peer: Arrow's `value_counts` and sort, or `index_in`, in one "
            "process. Both found the same terms in the same order. One run each, start-up "
            "included; read the ratios.",
            "",
            "|  | terms | seconds | × peer | worker MiB | its own | runner MiB | peer MiB |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *(line(work, *figures) for work, figures in found.items()),
            "",
        ]
    )


def keyed_page(millions: float, found: dict[str, Any]) -> str:
    """The result of tables per key as Markdown."""
    return "\n".join(
        [
            "",
            "## Tables per key",
            "",
            f"The same with {millions:g} million keys in {millions * (1 + REPEATS):g} million rows "
            "and a float64 beside each key. The peers: Arrow's `value_counts` and a sort; NumPy's "
            "`lexsort`; the groups of pandas (in floating point, ours is exact whatever the order "
            "of the rows); Arrow's `index_in` and NumPy. Keys and counts are equal, means and "
            "deviations equal to 1e-9, and the boundaries of all keys of up to 1,024 values equal.",
            "",
            "|  | keys | seconds | × peer | worker MiB | its own | runner MiB | peer MiB |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *(line(work, *figures) for work, figures in found.items()),
            "",
        ]
    )


def line(work: str, terms: int, own: dict[str, Any], peer: dict[str, Any]) -> str:
    """One row of the table."""
    figures = (own["workers"], own["private"], own["runner"], peer["runner"])
    memory = " | ".join(f"{figure / (1 << 20):,.0f}" for figure in figures)
    ratio = own["seconds"] / peer["seconds"]
    return f"| {work} | {terms:,} | {own['seconds']:.1f} | {ratio:.2f} | {memory} |"


if __name__ == "__main__":
    sys.exit(main())

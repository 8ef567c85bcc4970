"""Tables per key of many millions of keys: what `benchmarks.key_scale` runs and compares.

Ours are pipelines on files; the peers do the same with NumPy, Arrow and pandas in one process and
write what they find to one Arrow file: keys, counts and the values of each key, keys ascending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["FITTED", "apply_scores", "peer_of_apply", "same_tables"]

BUCKETS = 4
_ROWS = 1 << 20
_EXACT_UP_TO = 1024


def counts(inputs: Any) -> dict[str, Any]:
    """How often each key occurs."""
    import taurus_beam as tb

    keys, times = tb.count_per_key(inputs["key"])
    return {"times": tb.take(times, tb.apply_vocabulary(inputs["key"], keys))}


def scores(inputs: Any) -> dict[str, Any]:
    """Each number by the mean and deviation of its key."""
    import taurus_beam as tb

    return {"z": tb.scale_to_z_score_per_key(inputs["x"], inputs["key"])}


def buckets(inputs: Any) -> dict[str, Any]:
    """Each number's bucket by the quantiles of its key."""
    import taurus_beam as tb

    return {"bucket": tb.bucketize_per_key(inputs["x"], inputs["key"], BUCKETS)}


def peer_of_counts(source: Path, target: Path) -> None:
    """Arrow's own counts, and a sort."""
    counted = pc.value_counts(pq.read_table(source, columns=["key"])["key"].combine_chunks())
    table = pa.table({"term": counted.field(0), "count": counted.field(1)})
    table = table.take(pc.sort_indices(table["term"]))
    _write(table.append_column("0", table["count"]), target)


def peer_of_scores(source: Path, target: Path) -> None:
    """The groups of pandas."""
    frame = pq.read_table(source, columns=["key", "x"]).to_pandas()
    found = frame.groupby("key", sort=True)["x"].agg(["size", "mean", "var"])
    # Its deviation of the population has to be made of that of a sample.
    spread = np.sqrt((found["var"] * (found["size"] - 1) / found["size"]).fillna(0.0))
    columns = {"term": pa.array(found.index, pa.string()), "count": pa.array(found["size"])}
    _write(pa.table({**columns, "0": found["mean"].to_numpy(), "1": spread.to_numpy()}), target)


def peer_of_buckets(source: Path, target: Path) -> None:
    """One sort by key and number with NumPy; boundaries are read off it."""
    table = pq.read_table(source, columns=["key", "x"])
    encoded = table["key"].combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    places = np.empty(len(order), np.int64)
    places[order.to_numpy()] = np.arange(len(order))
    codes, numbers = places[encoded.indices.to_numpy()], table["x"].to_numpy()
    by_key = np.lexsort((numbers, codes))
    sizes = np.bincount(codes)
    starts, k = np.cumsum(sizes) - sizes, np.arange(1, BUCKETS)
    cuts = numbers[by_key][starts[:, None] + k * sizes[:, None] // BUCKETS]
    repeated = np.zeros(cuts.shape, np.bool_)
    repeated[:, 1:] = np.logical_or.accumulate(cuts[:, 1:] == cuts[:, :-1], axis=1)
    cuts = np.where(repeated, np.nextafter(cuts, np.inf), cuts)
    columns = {"term": encoded.dictionary.take(order), "count": pa.array(sizes)}
    rows = pa.FixedSizeListArray.from_arrays(cuts.reshape(-1), BUCKETS - 1)
    _write(pa.table({**columns, "0": rows}), target)


FITTED: Mapping[str, tuple[Callable[[Any], dict[str, Any]], Callable[[Path, Path], None]]] = {
    "count_per_key": (counts, peer_of_counts),
    f"bucketize_per_key, {BUCKETS} buckets": (buckets, peer_of_buckets),
    "scale_to_z_score_per_key": (scores, peer_of_scores),
}
"""What is fitted, the last also applied."""


def apply_scores(batch: pa.RecordBatch) -> float:
    """The sum of the squares of a batch."""
    return float(np.square(batch["z"].to_numpy()).sum())


def peer_of_apply(source: Path, target: Path) -> None:
    """Each number's score with Arrow's own hash table."""
    table = pq.read_table(source, columns=["key", "x"])
    with pa.memory_map(str(target)) as file:
        fitted = pa.ipc.open_file(file).read_all()
        index = pc.index_in(table["key"], value_set=fitted["term"].combine_chunks()).to_numpy()
        mean, spread = (fitted[name].to_numpy()[index] for name in "01")
    scores = (table["x"].to_numpy() - mean) / np.where(spread == 0, 1.0, spread)
    if not np.isfinite(np.square(scores).sum()):
        raise ValueError("there is an unknown key")


def same_tables(target: Path, artifact: Path) -> tuple[int, bool]:
    """How many keys there are; whether keys and counts are equal and values equal to 1e-9."""
    with pa.memory_map(str(target)) as file, pa.memory_map(str(_keys_of(artifact))) as ours:
        expected, found = pa.ipc.open_file(file).read_all(), pa.ipc.open_file(ours).read_all()
        same = len(expected) == len(found)
        for start in range(0, len(expected) if same else 0, _ROWS):
            one = expected.select(["term", "count"]).slice(start, _ROWS)
            same &= one.equals(found.slice(start, _ROWS).cast(one.schema))
        for name, path in zip(expected.schema.names[2:], _elements_of(artifact), strict=True):
            with pa.memory_map(str(path)) as elements:
                flat = pa.ipc.open_file(elements).read_all()["elements"].chunk(0).to_numpy()
                same &= _alike(expected[name].combine_chunks(), flat, expected["count"].to_numpy())
        return len(expected), same


def _alike(expected: Any, flat: Any, sizes: Any) -> bool:
    if not pa.types.is_fixed_size_list(expected.type):
        return bool(np.allclose(expected.to_numpy(), flat, rtol=1e-9, atol=1e-12))
    # Quantiles of a key of more values may be approximate.
    exact = np.repeat(sizes <= _EXACT_UP_TO, expected.type.list_size)
    return bool(np.array_equal(expected.flatten().to_numpy()[exact], flat[exact]))


def _keys_of(artifact: Path) -> Path:
    return artifact / "assets" / "key_keys.arrow"


def _elements_of(artifact: Path) -> list[Path]:
    found = (artifact / "assets").glob("constant_*.elements.arrow")
    return sorted(found, key=lambda path: int(path.name.split("_")[1].split(".")[0]))


def _write(table: pa.Table, target: Path) -> None:
    with pa.ipc.new_file(str(target), table.schema) as writer:
        writer.write_table(table)

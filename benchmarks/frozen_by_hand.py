"""The limit of the frozen work: what `by_hand` has fitted, applied to batches of any length.

Like `by_hand`, it knows that columns start at offset 0.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.by_hand import Scale, buckets, encode_column, like, scale_column
from benchmarks.data import NUMERIC, STRINGS

# Below it a hash table is not worth making anew.
FEW = 1_000

Outputs = dict[str, pa.Array]


def fitted(table: pa.Table, workers: int = 1) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Applies what was found in a table to batches, ``workers`` columns at a time."""
    scales = {name: scale_column(name, table[name])[1] for name in NUMERIC}
    terms = {name: encode_column(name, table[name])[1] for name in STRINGS}
    ids = {name: {term: at for at, term in enumerate(known)} for name, known in terms.items()}
    values = {name: pa.array(known) for name, known in terms.items()}
    pool = ThreadPoolExecutor(workers)

    def column(name: str, array: pa.Array) -> Outputs:
        if name in scales:
            return scaled(name, array, scales[name])
        if len(array) < FEW:
            return looked_up(name, array, ids[name])
        return found(name, array, values[name])

    def apply(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = map if workers == 1 else pool.map
        names = (*NUMERIC, *STRINGS)
        outputs = columns(column, names, (batch.column(name) for name in names))
        return pa.record_batch({name: array for one in outputs for name, array in one.items()})

    return apply


def scaled(name: str, array: pa.Array, scale: Scale) -> Outputs:
    values = np.frombuffer(array.buffers()[1])[: len(array)]
    z_score = values - scale.mean
    z_score /= scale.deviation
    unit = values - scale.low
    unit /= scale.high - scale.low
    return {
        f"{name}_z": like(array, z_score, pa.float64()),
        f"{name}_01": like(array, unit, pa.float64()),
        f"{name}_bucket": like(array, buckets(values, scale.boundaries), pa.int64()),
    }


def looked_up(name: str, array: pa.Array, ids: dict[str, int]) -> Outputs:
    found = [None if term is None else ids.get(term, -1) for term in array.to_pylist()]
    return {f"{name}_id": pa.array(found, pa.int64())}


def found(name: str, array: pa.Array, terms: pa.Array) -> Outputs:
    codes = pc.index_in(array, value_set=terms).cast(pa.int64())
    if codes.null_count > array.null_count:
        codes = pc.if_else(array.is_valid(), codes.fill_null(-1), None)
    return {f"{name}_id": codes}

"""The reference work in ibis-ml, its steps on DuckDB.

Its definitions differ and stay different: quantiles are interpolated, a value on a boundary belongs
to the bucket below, and OrdinalEncode numbers the terms by value instead of by frequency. Its rows
come back in any order, so one more column carries theirs while the outputs are compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import ibis_ml as ml
import pyarrow as pa
from ibis import _

from benchmarks import cores
from benchmarks.data import BUCKETS, REFERENCE, Columns


def connection() -> Any:
    """A DuckDB in memory, with a thread for each core that this process may use."""
    made = ibis.duckdb.connect(threads=cores.available())
    ibis.set_backend(made)
    return made


def recipe(columns: Columns) -> ml.Recipe:
    numeric = list(columns.numeric)
    kinds = ("z", "01") if columns.unit else ("z",)
    steps = [
        ml.Mutate(**{f"{name}_{kind}": getattr(_, name) for name in numeric for kind in kinds}),
        ml.ScaleStandard([f"{name}_z" for name in numeric]),
        ml.DiscretizeKBins(numeric, n_bins=BUCKETS, strategy="quantile"),
        ml.Drop(numeric),
    ]
    if columns.unit:
        steps.append(ml.ScaleMinMax([f"{name}_01" for name in numeric]))
    if columns.strings:
        steps.append(ml.OrdinalEncode(list(columns.strings)))
    return ml.Recipe(*steps)


def native(table: pa.Table) -> Any:
    """The data as a table of DuckDB, as ibis-ml likes them; not part of the time."""
    return connection().create_table("flights", table)


def in_memory(table: Any, columns: Columns = REFERENCE) -> pa.Table:
    return recipe(columns).fit(table).to_pyarrow(table)


def parquet(source: Path, folder: Path) -> None:
    table = connection().read_parquet(source)
    recipe(REFERENCE).fit(table).to_ibis(table).to_parquet(folder / "transformed.parquet")


def answer(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    """In the order of the rows, under the names of the other peers."""
    numbered = native(table.append_column("row", pa.array(range(len(table)))))
    outputs = in_memory(numbered, columns).sort_by("row")
    renamed = {f"{name}_{BUCKETS}_bin_quantile": f"{name}_bucket" for name in columns.numeric}
    renamed |= {name: f"{name}_id" for name in columns.strings}
    return outputs.rename_columns([renamed.get(name, name) for name in outputs.column_names])

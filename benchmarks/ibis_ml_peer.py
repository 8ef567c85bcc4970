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
from benchmarks.data import BUCKETS, NUMERIC, STRINGS


def connection() -> Any:
    """A DuckDB in memory, with a thread for each core that this process may use."""
    made = ibis.duckdb.connect(threads=cores.available())
    ibis.set_backend(made)
    return made


def recipe() -> ml.Recipe:
    scaled = {f"{name}_{kind}": getattr(_, name) for name in NUMERIC for kind in ("z", "01")}
    return ml.Recipe(
        ml.Mutate(**scaled),
        ml.ScaleStandard([f"{name}_z" for name in NUMERIC]),
        ml.ScaleMinMax([f"{name}_01" for name in NUMERIC]),
        ml.DiscretizeKBins(list(NUMERIC), n_bins=BUCKETS, strategy="quantile"),
        ml.OrdinalEncode(list(STRINGS)),
        ml.Drop(list(NUMERIC)),
    )


def native(table: pa.Table) -> Any:
    """The data as a table of DuckDB, as ibis-ml likes them; not part of the time."""
    return connection().create_table("flights", table)


def in_memory(table: Any) -> pa.Table:
    return recipe().fit(table).to_pyarrow(table)


def parquet(source: Path, folder: Path) -> None:
    table = connection().read_parquet(source)
    recipe().fit(table).to_ibis(table).to_parquet(folder / "transformed.parquet")


def answer(table: pa.Table) -> pa.Table:
    """In the order of the rows, under the names of the other peers."""
    numbered = native(table.append_column("row", pa.array(range(len(table)))))
    outputs = in_memory(numbered).sort_by("row")
    renamed = {f"{name}_{BUCKETS}_bin_quantile": f"{name}_bucket" for name in NUMERIC}
    renamed |= {name: f"{name}_id" for name in STRINGS}
    return outputs.rename_columns([renamed.get(name, name) for name in outputs.column_names])

"""A thousand numeric columns: a z-score and a quantile bucket of each."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import agreement, data
from benchmarks.environments import DUCKDB, FEATURE_ENGINE, IBIS_ML, POLARS, SKLEARN
from benchmarks.works import scaled
from benchmarks.works.work import Contender, Work

ROWS = 100_000
COLUMNS = 1_000
WIDE = data.Columns(tuple(f"f{number}" for number in range(COLUMNS)))


def path(size: int) -> Path:
    return data.floats(ROWS * size, COLUMNS)


def table(size: int) -> pa.Table:
    return pq.read_table(path(size))


WORK = Work(
    f"Wide: z-score and ten buckets of {COLUMNS:,} columns of float64",
    {
        **dict(
            scaled.on_one_and_all(
                {
                    "by hand": Contender(scaled.by_hand(table, WIDE)),
                    "taurus": Contender(scaled.taurus(table, WIDE)),
                    "Polars": Contender(scaled.peer("polars_peer", table, WIDE), POLARS),
                    "DuckDB": Contender(scaled.peer("duckdb_peer", table, WIDE), DUCKDB),
                }
            )
        ),
        "scikit-learn": Contender(scaled.peer("sklearn_peer", table, WIDE), SKLEARN),
        "feature-engine": Contender(
            scaled.peer("feature_engine_peer", table, WIDE), FEATURE_ENGINE
        ),
        "ibis-ml": Contender(scaled.peer("ibis_ml_peer", table, WIDE), IBIS_ML),
    },
    sizes=(1,),
    rows=ROWS,
    prepare=path,
    compare=agreement.compare,
    cannot={
        "TFT": "would take far longer than the five minutes that a run may: 50 columns of 10,000 "
        "rows were not done after three, on a busy machine."
    },
    # 0.8 GB in and 1.6 GB out.
    alone_from=1,
    note=f"{ROWS:,} rows, table to table. The contenders run one after another.",
)

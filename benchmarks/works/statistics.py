"""Statistics of the 19 columns of the flights: from a data frame, a CSV file and a Parquet file.

TFDV is called as its users call it, with its functions for data frames and CSV files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import cores, data, statistics_facts
from benchmarks.environments import POLARS, TFT, WHYLOGS
from benchmarks.works.work import Contender, Prepare, Task, Work, timed

SMALL = (1,)
TOO_LONG = "a minute or more: its time grows with the rows"


def by_hand(kind: str) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        from benchmarks import statistics_by_hand

        given = data.frame(size) if kind == "frame" else PATHS[kind](size)
        described = getattr(statistics_by_hand, f"of_{kind}")
        return timed(lambda: described(given, cores.available()), statistics_facts.table)

    return prepare


def by_taurus(kind: str) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        import taurus_beam as tb

        given = data.frame(size) if kind == "frame" else str(PATHS[kind](size))
        return timed(lambda: tb.statistics(given), statistics_facts.of_protos)

    return prepare


def by_polars(kind: str) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        from benchmarks.peers import statistics_polars

        described, path = getattr(statistics_polars, f"of_{kind}"), PATHS[kind](size)
        return timed(lambda: described(path), statistics_facts.table)

    return prepare


def by_polars_frame(size: int, _: Path) -> Task:
    import polars

    from benchmarks.peers import statistics_polars

    frame = polars.read_parquet(data.whole_parquet_path(size))
    return timed(lambda: statistics_polars.described(frame), statistics_facts.table)


def by_tfdv_frame(size: int, _: Path) -> Task:
    import tensorflow_data_validation as tfdv

    frame = read_frame(size)
    return timed(lambda: tfdv.generate_statistics_from_dataframe(frame), statistics_facts.of_protos)


def by_tfdv_csv(size: int, folder: Path) -> Task:
    import tensorflow_data_validation as tfdv

    path, output = str(data.csv_path(size)), str(folder / "stats.tfrecord")
    return timed(
        lambda: tfdv.generate_statistics_from_csv(path, output_path=output),
        statistics_facts.of_protos,
    )


def by_whylogs_frame(size: int, _: Path) -> Task:
    from benchmarks.peers import whylogs_peer

    frame = read_frame(size)
    return timed(lambda: whylogs_peer.profiled(frame), whylogs_facts)


def by_whylogs_csv(size: int, _: Path) -> Task:
    from benchmarks.peers import whylogs_peer

    return timed(lambda: whylogs_peer.profiled(read_frame(size)), whylogs_facts)


def whylogs_facts(view: Any) -> pa.Table:
    from benchmarks.peers import whylogs_peer

    return statistics_facts.table(whylogs_peer.described(view))


def read_frame(size: int) -> Any:
    """The data frame where its package is not installed; read so, the types are the same."""
    import pandas as pd

    return pd.read_csv(data.csv_path(size))


def made(size: int) -> None:
    data.csv_path(size)
    data.whole_parquet_path(size)


def usual(kind: str) -> dict[str, Contender]:
    return {
        "by hand": Contender(by_hand(kind)),
        "taurus": Contender(by_taurus(kind)),
    }


PATHS: dict[str, Callable[[int], Path]] = {
    "csv": data.csv_path,
    "parquet": data.whole_parquet_path,
}
NOTE = (
    "By hand is NumPy, pandas and Arrow, written for these columns, as is the Polars; neither "
    "makes protos. All tell the same missing values, means, deviations, extremes, zeros and "
    "distinct values, of which whylogs gives estimates. Quantiles are exact by hand, and of "
    "sketches elsewhere."
)

FRAME = Work(
    "Statistics of 19 columns from a data frame",
    {
        **usual("frame"),
        "Polars": Contender(by_polars_frame, POLARS),
        "TFDV": Contender(by_tfdv_frame, TFT),
        "whylogs": Contender(by_whylogs_frame, WHYLOGS, sizes=SMALL, without=TOO_LONG),
    },
    prepare=made,
    compare=statistics_facts.compare,
    note=NOTE,
)
CSV = Work(
    "Statistics of 19 columns from a CSV file",
    {
        **usual("csv"),
        "Polars": Contender(by_polars("csv"), POLARS),
        "TFDV": Contender(by_tfdv_csv, TFT, sizes=SMALL, without=TOO_LONG),
        "whylogs": Contender(by_whylogs_csv, WHYLOGS, sizes=SMALL, without=TOO_LONG),
    },
    prepare=made,
    compare=statistics_facts.compare,
    note=f"{NOTE} whylogs is handed what pandas reads. Arrow reads some 130 MB of a file ahead, so "
    "one of 34 MB takes less memory than larger ones, which are alike.",
)
PARQUET = Work(
    "Statistics of 19 columns from a Parquet file",
    {**usual("parquet"), "Polars": Contender(by_polars("parquet"), POLARS)},
    prepare=made,
    compare=statistics_facts.compare,
    cannot={"TFDV": "reads no Parquet.", "whylogs": "reads no Parquet."},
    note=NOTE,
)

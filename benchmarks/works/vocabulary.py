"""A vocabulary of many millions of distinct strings: learned, and applied to the same rows.

From Parquet files of keys to a Parquet file (or some) of their ids: the most frequent first, the
larger first among equals.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import cores, data
from benchmarks.environments import DUCKDB, FEATURE_ENGINE, IBIS_ML, POLARS, SKLEARN
from benchmarks.works import scaled
from benchmarks.works.work import Contender, Prepare, Task, Work, timed

MILLIONS = 2
# Rows for each distinct key: see `key_scale`, which makes the files.
ROWS_EACH = 1.5
OTHER_IDS = ("scikit-learn", "feature-engine", "ibis-ml")
IN_PYTHON = "keeps its terms as Python objects: some minutes, and more memory than Arrow needs"
COLUMNS = data.Columns((), ("key",))


def folder(size: int) -> Path:
    return data.FOLDER / f"keys_{MILLIONS * size:g}m"


def make(size: int) -> None:
    from benchmarks import key_scale

    key_scale.folder(MILLIONS * size)


def written(place: Path) -> pa.Table:
    return pq.read_table(place)


def written_in_parts(output: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(part) for part in sorted(output.glob("outputs-*")))


def by_hand(size: int, output: Path) -> Task:
    """One hash table: it gives each row's code and each term's count; ranks make codes to ids."""
    source = folder(size)

    def run() -> pa.Table:
        column = pq.read_table(source, columns=["key"])["key"]
        encoded = column.combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy()
        counts = np.bincount(codes, minlength=len(encoded.dictionary))
        terms = pa.table({"count": counts, "term": encoded.dictionary})
        order = pc.sort_indices(terms, [("count", "descending"), ("term", "descending")])
        ranks = np.empty(len(terms), np.int64)
        ranks[order.to_numpy()] = np.arange(len(terms))
        ids = pa.table({"key_id": ranks[codes]})
        pq.write_table(ids, output / "ids.parquet")
        return ids

    return timed(run, lambda ids: ids)


def taurus_beam(mode: str) -> Prepare:
    def prepare(size: int, output: Path) -> Task:
        from benchmarks import taurus_peer

        workers = 1 if mode == "in_memory" else cores.available()
        words = [f"--direct_running_mode={mode}", f"--direct_num_workers={workers}"]
        source = folder(size)
        return timed(
            lambda: taurus_peer.beam(source, output, *words, columns=COLUMNS),
            lambda _: written_in_parts(output),
        )

    return prepare


def taurus(size: int, output: Path) -> Task:
    from benchmarks import taurus_peer

    source = folder(size)
    return timed(
        lambda: taurus_peer.parquet(source, output, COLUMNS, repeat=False),
        lambda _: written(output / "outputs"),
    )


def taurus_local(size: int, output: Path) -> Task:
    from benchmarks import taurus_peer

    source = folder(size)
    return timed(
        lambda: taurus_peer.local(source, output, COLUMNS), lambda _: written_in_parts(output)
    )


def polars(size: int, output: Path) -> Task:
    """A join: an enumeration of so many terms takes more time and memory."""
    import polars as pl

    source, target = folder(size) / "*.parquet", output / "ids.parquet"

    def run() -> None:
        keys = pl.scan_parquet(source).select("key")
        counted = keys.group_by("key").len()
        terms = counted.sort("len", "key", descending=True).with_row_index("key_id")
        joined = keys.join(terms, on="key", how="left", maintain_order="left")
        joined.select(pl.col("key_id").cast(pl.Int64)).sink_parquet(target)

    return timed(run, lambda _: written(target))


def duckdb(size: int, output: Path) -> Task:
    from benchmarks import duckdb_peer

    source, target = folder(size) / "*.parquet", output / "ids.parquet"

    def run() -> None:
        with duckdb_peer.connection() as database:
            database.execute(
                "CREATE TABLE terms AS SELECT key, row_number() OVER "
                "(ORDER BY count(*) DESC, key DESC) - 1 AS key_id "
                f"FROM '{source}' GROUP BY key"
            )
            database.execute(
                f"COPY (SELECT key_id FROM '{source}' LEFT JOIN terms USING (key)) "
                f"TO '{target}' (FORMAT parquet)"
            )

    return timed(run, lambda _: written(target))


def sklearn(size: int, output: Path) -> Task:
    import pandas as pd
    from sklearn.preprocessing import OrdinalEncoder

    source, target = folder(size), output / "ids.parquet"

    def run() -> None:
        keys = pd.read_parquet(source, columns=["key"])
        ids = OrdinalEncoder().fit_transform(keys)
        pd.DataFrame(ids, columns=["key_id"]).to_parquet(target)

    return timed(run, lambda _: written(target))


def feature_engine(size: int, output: Path) -> Task:
    import pandas as pd
    from feature_engine.encoding import OrdinalEncoder

    source, target = folder(size), output / "ids.parquet"

    def run() -> None:
        keys = pd.read_parquet(source, columns=["key"])
        ids = OrdinalEncoder("arbitrary", variables=["key"]).fit_transform(keys)
        ids.rename(columns={"key": "key_id"}).to_parquet(target)

    return timed(run, lambda _: written(target))


def ibis_ml(size: int, output: Path) -> Task:
    import ibis_ml as ml

    from benchmarks import ibis_ml_peer

    source, target = folder(size), output / "ids.parquet"

    def run() -> None:
        keys = ibis_ml_peer.connection().read_parquet(f"{source}/*.parquet").select("key")
        recipe = ml.Recipe(ml.OrdinalEncode(["key"]))
        recipe.fit(keys).to_ibis(keys).rename(key_id="key").to_parquet(target)

    return timed(run, lambda _: written(target))


def compare(expected: pa.Table, actual: pa.Table, contender: str) -> None:
    """Raises AssertionError unless each id is as frequent; rows may come in another order."""
    ours = np.bincount(expected["key_id"].to_numpy())
    theirs = np.bincount(actual["key_id"].to_numpy().astype(np.int64))
    if contender.startswith(OTHER_IDS):
        theirs = np.sort(theirs)[::-1]
    assert np.array_equal(ours, theirs), "key_id"


WORK = Work(
    "Vocabulary of many distinct strings: learn and apply, Parquet to Parquet",
    {
        **dict(
            scaled.on_one_and_all(
                {
                    "by hand": Contender(by_hand),
                    "taurus, local": Contender(taurus_local),
                    "taurus, through Beam": Contender(taurus_beam("in_memory")),
                    "taurus, table in memory": Contender(taurus),
                    "Polars": Contender(polars, POLARS),
                    "DuckDB": Contender(duckdb, DUCKDB),
                },
                sizes=(1,),
            )
        ),
        "taurus, through Beam in processes": Contender(taurus_beam("multi_processing")),
        "scikit-learn": Contender(sklearn, SKLEARN, sizes=(1,), without=IN_PYTHON),
        "feature-engine": Contender(feature_engine, FEATURE_ENGINE, sizes=(1,), without=IN_PYTHON),
        "ibis-ml": Contender(ibis_ml, IBIS_ML, sizes=(1,), without=IN_PYTHON),
    },
    sizes=(1, 10),
    rows=round(MILLIONS * ROWS_EACH * 1_000_000),
    prepare=make,
    compare=compare,
    alone_from=1,
    cannot={"TFT": "reads and writes no Parquet; its vocabularies are in results/tft.md."},
    note=(
        f"{MILLIONS:g} million distinct strings of 16 bytes in {MILLIONS * ROWS_EACH:g} million "
        "rows, and ten times as many of both; some keys come often (Zipf). All but taurus on its "
        "local engine and through Beam hold all keys in memory; taurus writes its artifact too. By "
        "hand one hash table tells codes and counts. scikit-learn, feature-engine and ibis-ml "
        "number the terms in another order. The contenders run one after another. On more "
        "workers, and in the memory of small ones: results/key_scale.md."
    ),
)

"""The reference work: ten columns of the flights to 22, from a table and from a Parquet file."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from benchmarks import agreement, cores, data
from benchmarks.environments import DUCKDB, FEATURE_ENGINE, IBIS_ML, POLARS, SKLEARN, TFT
from benchmarks.works import scaled
from benchmarks.works.tft import QUESTIONS, by_tft
from benchmarks.works.work import Contender, Prepare, Task, Work, timed


def by_hand_parquet(size: int, folder: Path) -> Task:
    from benchmarks import by_hand

    source = data.path(size)
    return timed(lambda: by_hand.parquet(source, folder, cores.available()))


def taurus_beam_parquet(mode: str) -> Prepare:
    """Through Beam's own runner, in this process, in threads of it or in worker processes."""

    def prepare(size: int, folder: Path) -> Task:
        from benchmarks import taurus_peer

        source = data.path(size)
        workers = 1 if mode == "in_memory" else cores.available()
        words = [f"--direct_running_mode={mode}", f"--direct_num_workers={workers}"]
        return timed(lambda: taurus_peer.beam(source, folder, *words))

    return prepare


def taurus_beam_local(size: int, folder: Path) -> Task:
    """By threads of this process, without a pipeline: what ``fit`` does if nothing is said."""
    from benchmarks import taurus_peer

    source = data.path(size)
    return timed(lambda: taurus_peer.local(source, folder))


def peer_parquet(module: str) -> Prepare:
    def prepare(size: int, folder: Path) -> Task:
        peer = import_module(f"benchmarks.{module}")
        source = data.path(size)
        return timed(lambda: peer.parquet(source, folder))

    return prepare


IN_MEMORY = Work(
    "Reference work: analyze + transform, table to table",
    {
        **dict(
            scaled.on_one_and_all(
                {
                    "by hand": Contender(scaled.by_hand()),
                    "taurus": Contender(scaled.taurus()),
                    "Polars": Contender(scaled.peer("polars_peer"), POLARS),
                    "DuckDB": Contender(scaled.peer("duckdb_peer"), DUCKDB),
                }
            )
        ),
        "scikit-learn": Contender(scaled.peer("sklearn_peer"), SKLEARN),
        "feature-engine": Contender(scaled.peer("feature_engine_peer"), FEATURE_ENGINE),
        "ibis-ml": Contender(scaled.peer("ibis_ml_peer"), IBIS_ML),
        "TFT": Contender(by_tft(QUESTIONS["reference work"]), TFT),
    },
    compare=agreement.compare,
    note=(
        "Six numeric columns each to a z-score, to 0–1 and to ten quantile buckets, four string "
        "columns to vocabulary ids: 22 outputs. By hand is NumPy and Arrow, and the Polars and "
        "the SQL of DuckDB are written for these columns too; they are the limit of what a library "
        "for any columns can be. Outputs agree at the smallest size, but for TFT, of which "
        "tests/parity compares every function. scikit-learn and feature-engine take no missing "
        "values in quantiles and get them imputed; these two and ibis-ml number terms in another "
        "order. TFT is handed record batches and computes in float32."
    ),
)
PARQUET = Work(
    "Reference work: analyze + transform, Parquet to Parquet",
    {
        **dict(
            scaled.on_one_and_all(
                {
                    "by hand": Contender(by_hand_parquet),
                    "taurus, local": Contender(taurus_beam_local),
                    "taurus, through Beam": Contender(taurus_beam_parquet("in_memory")),
                    "taurus, table in memory": Contender(peer_parquet("taurus_peer")),
                    "Polars": Contender(peer_parquet("polars_peer"), POLARS),
                    "DuckDB": Contender(peer_parquet("duckdb_peer"), DUCKDB),
                },
                sizes=(1, 10),
            )
        ),
        "taurus, through Beam in threads": Contender(taurus_beam_parquet("multi_threading")),
        "taurus, through Beam in processes": Contender(taurus_beam_parquet("multi_processing")),
        "scikit-learn": Contender(peer_parquet("sklearn_peer"), SKLEARN),
        "feature-engine": Contender(peer_parquet("feature_engine_peer"), FEATURE_ENGINE),
        "ibis-ml": Contender(peer_parquet("ibis_ml_peer"), IBIS_ML),
    },
    sizes=(1, 10, 100),
    cannot={"TFT": "reads and writes no Parquet; its table in memory is with the other tables."},
    note=(
        "The same as from a table in memory, where the outputs are compared. By hand, in scikit-"
        "learn and in feature-engine all rows are in memory at once, as in “taurus, table in "
        "memory”; Polars (its streaming engine), DuckDB, taurus on its local engine and through "
        "Beam take them in batches. “taurus, local” is what `taurus-beam fit` does where no engine "
        "is named. taurus writes its artifact too."
    ),
)

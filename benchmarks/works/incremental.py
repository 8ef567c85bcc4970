"""Analysis of data that have grown by a twelfth."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks import data
from benchmarks.works.work import Contender, Figures, Prepare, Task, Work, timed


def all_anew(size: int, folder: Path) -> Task:
    from benchmarks import taurus_peer

    data.spans(size, folder / "data")
    return timed(lambda: taurus_peer.beam_analyze(folder / "data", folder))


def cached(known: int) -> Prepare:
    """Twelve spans, the first ``known`` of which are in the cache."""

    def contender(size: int, folder: Path) -> Task:
        from benchmarks import taurus_peer

        spans, cache = data.spans(size, folder / "data"), folder / "cache"
        taurus_peer.beam_analyze_spans(spans, cache, folder)
        task = timed(lambda: taurus_peer.beam_analyze_spans(spans, cache, folder))

        def run() -> Figures:
            for name in list(spans)[known:]:
                shutil.rmtree(cache / name)
            return task.run()

        return Task(run)

    return contender


WORK = Work(
    "analyze twelve spans, Parquet to the artifact (through Beam)",
    {
        "all anew, no cache": Contender(all_anew),
        "none in the cache": Contender(cached(0)),
        "eleven in the cache": Contender(cached(data.SPANS - 1)),
        "all in the cache": Contender(cached(data.SPANS)),
    },
    sizes=(10, 100),
    alone_from=1_000,
)

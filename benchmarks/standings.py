"""What the kept results say: who takes how long for which work, at which size, on how many cores.

It reads ``results/*.json`` and computes nothing but medians and ratios of them, so that a page made
from it can be made again by whoever has the files.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
OURS = "taurus"
BY_HAND = "by hand"


@dataclass(frozen=True)
class Standing:
    """One comparison: contenders that had as many cores for as many rows.

    Attributes:
        rows: Of the input.
        cores: How many they might use; None for all.
        medians: Of the figure that counts, by contender, in the order of the page.
        figure: What is compared, such as "seconds".
        failed: Contenders that gave nothing, or something else.
    """

    rows: int
    cores: int | None
    medians: Mapping[str, float]
    figure: str
    failed: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[str, float] | None:
        """The fastest contender whose name begins so."""
        return fastest({name: took for name, took in self.medians.items() if name.startswith(kind)})

    @property
    def peers(self) -> dict[str, float]:
        """What is neither ours nor the limit, fastest first."""
        found = [
            (name, took)
            for name, took in self.medians.items()
            if not name.startswith((OURS, BY_HAND))
        ]
        return dict(sorted(found, key=lambda pair: pair[1]))

    @property
    def ahead(self) -> dict[str, float]:
        """Peers that took less than ours, with their share of its time."""
        ours = self.of(OURS)
        if ours is None:
            return {}
        return {name: took / ours[1] for name, took in self.peers.items() if took < ours[1]}


@dataclass(frozen=True)
class Page:
    """The results of one work, which has a page of its own or shares one.

    Attributes:
        work: Its name.
        file: The name of its files.
        title: Of the work.
        shared: The title of the page, where works share it.
        date: When it was measured, empty where that was not kept.
        machine: What on.
        standings: By size, and by cores.
    """

    work: str
    file: str
    title: str
    shared: str
    date: str
    machine: Mapping[str, Any]
    standings: tuple[Standing, ...]

    def at(self, rows: int, cores: int | None = None) -> Standing | None:
        """The comparison at so many rows, if there is one."""
        matches = (s for s in self.standings if s.rows == rows and s.cores == cores)
        return next(matches, None)


def fastest(found: Mapping[str, float]) -> tuple[str, float] | None:
    return min(found.items(), key=lambda pair: pair[1]) if found else None


def pages(folder: Path = FOLDER) -> dict[str, Page]:
    """All works by name whose results are kept by work and size."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        for page in pages_in(file.stem, json.loads(file.read_text(encoding="utf-8"))):
            found[page.work] = page
    return found


def pages_in(file: str, record: Mapping[str, Any]) -> list[Page]:
    """The works that share a file."""
    return [
        Page(
            name,
            file,
            work["work"],
            record.get("title", ""),
            record["date"],
            record["machine"],
            tuple(
                standing
                for size, entries in work["results"].items()
                for standing in by_cores(work["rows"] * int(size), entries, work["figures"][0])
            ),
        )
        for name, work in record.get("works", {}).items()
    ]


def by_cores(rows: int, entries: list[Mapping[str, Any]], figure: str) -> Iterator[Standing]:
    for cores in dict.fromkeys(entry["cores"] for entry in entries):
        group = [entry for entry in entries if entry["cores"] == cores]
        yield Standing(
            rows,
            cores,
            {one["contender"]: median(one, figure) for one in group if "failure" not in one},
            figure,
            tuple(one["contender"] for one in group if "failure" in one),
        )


def median(entry: Mapping[str, Any], figure: str) -> float:
    return statistics.median(run[figure] for run in entry["runs"])

"""What the design aims at, and whether the kept results meet it.

Each aim is a bound on a figure of one contender, in seconds, or on its ratio to the limit written
by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.standings import BY_HAND, OURS, Page

FLIGHTS, TENFOLD, HUNDREDFOLD = 336_776, 3_367_760, 33_677_600


@dataclass(frozen=True)
class Aim:
    """A bound on what was measured.

    Attributes:
        told: Of what.
        work: The page of results.
        rows: The size.
        most: The bound, in ``unit``.
        unit: "s" and "µs" bound a median, "×" the ratio to what was written by hand.
        ours: How the name of the contender begins.
        cores: How many it may use; None for all.
    """

    told: str
    work: str
    rows: int
    most: float
    unit: str = "s"
    ours: str = OURS
    cores: int | None = None

    @property
    def bound(self) -> str:
        return f"≤ {self.most:g} {self.unit}"

    def measured(self, found: Mapping[str, Page]) -> float | None:
        """The figure; None where there is no result yet."""
        standing = found[self.work].at(self.rows, self.cores) if self.work in found else None
        ours = standing.of(self.ours) if standing else None
        if standing is None or ours is None:
            return None
        if self.unit != "×":
            return ours[1]
        limit = standing.of(BY_HAND)
        return ours[1] / limit[1] if limit else None

    def met(self, found: Mapping[str, Page]) -> bool:
        figure = self.measured(found)
        return figure is not None and figure <= self.most

    def value(self, found: Mapping[str, Page]) -> str:
        """The figure with its unit; empty where there is no result yet."""
        figure = self.measured(found)
        return "" if figure is None else f"{figure:.2g} {self.unit}"


AIMS = (
    Aim("import with Beam", "import", FLIGHTS, 1.0, ours="taurus (with Beam)"),
    Aim("import for serving", "import", FLIGHTS, 0.15, ours="taurus (serving)"),
    Aim("analyze + transform, 0.34 million rows", "reference", FLIGHTS, 0.8),
    Aim("analyze + transform, 3.4 million rows", "reference", TENFOLD, 2.0),
    Aim(
        "frozen graph, 0.34 million rows in one batch",
        "batch",
        FLIGHTS,
        0.05,
        ours="taurus, one RecordBatch",
    ),
    Aim("one row, median", "row", FLIGHTS, 20, "µs"),
    Aim("statistics of 19 columns of a data frame", "statistics_frame", FLIGHTS, 0.4),
    Aim("statistics of 19 columns of CSV", "statistics_csv", FLIGHTS, 1.2),
    Aim(
        "analyze + transform, 3.4 million rows, one core, against by hand",
        "reference",
        TENFOLD,
        2.0,
        "×",
        cores=1,
    ),
    Aim(
        "Parquet to Parquet, 3.4 million rows, all cores, against by hand",
        "reference_parquet",
        TENFOLD,
        1.2,
        "×",
    ),
    Aim(
        "Parquet to Parquet, 34 million rows, all cores, against by hand",
        "reference_parquet",
        HUNDREDFOLD,
        1.2,
        "×",
    ),
)

"""All works by name, in the order in which they run; one file for each, one page for each.

``GROUPS`` share a page each: their works are named ``GROUP/NAME``.
"""

from __future__ import annotations

from benchmarks.works import frozen, imports, incremental, reference, row, tfdv, tft
from benchmarks.works.work import Work

WORKS: dict[str, Work] = {
    "reference": reference.IN_MEMORY,
    "reference_parquet": reference.PARQUET,
    "batch": frozen.WORK,
    "row": row.WORK,
    "import": imports.WORK,
    "incremental": incremental.WORK,
    **{f"tft/{name}": work for name, work in tft.WORKS.items()},
    **{f"statistics/{name}": work for name, work in tfdv.WORKS.items()},
}
GROUPS = ("tft", "statistics")
# What runs when nothing is asked for: the rest compares taurus with itself, or one function each.
USUAL = [name for name in WORKS if name != "incremental" and "/" not in name]

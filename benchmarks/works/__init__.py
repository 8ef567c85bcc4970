"""All works by name, in the order in which they run; one file for each, one page for each.

``GROUPS`` share a page each: their works are named ``GROUP/NAME``.
"""

from __future__ import annotations

from benchmarks.works import (
    cold,
    frozen,
    incremental,
    reference,
    row,
    splits,
    statistics,
    text,
    tft,
    throughput,
    validation,
    vocabulary,
    wide,
)
from benchmarks.works.work import Work

WORKS: dict[str, Work] = {
    "reference": reference.IN_MEMORY,
    "reference_parquet": reference.PARQUET,
    "wide": wide.WORK,
    "vocabulary": vocabulary.WORK,
    **{f"text/{name}": work for name, work in text.WORKS.items()},
    "batch": frozen.WORK,
    "row": row.WORK,
    "throughput": throughput.WORK,
    "import": cold.IMPORT,
    "first_row": cold.FIRST_ROW,
    "statistics_frame": statistics.FRAME,
    "statistics_csv": statistics.CSV,
    "statistics_parquet": statistics.PARQUET,
    "validation": validation.WORK,
    "splits": splits.WORK,
    "incremental": incremental.WORK,
    **{f"tft/{name}": work for name, work in tft.WORKS.items()},
}
# The titles of their pages.
GROUPS = {
    "text": f"Texts of {text.LENGTHS[0]} to {text.LENGTHS[1] - 1} words",
    "tft": "Functions against TensorFlow Transform",
}
# What runs when nothing is asked for: the rest compares taurus with itself, or one function each.
USUAL = (
    "reference",
    "reference_parquet",
    "wide",
    "text",
    "vocabulary",
    "batch",
    "row",
    "throughput",
    "import",
    "first_row",
    "statistics_frame",
    "statistics_csv",
    "statistics_parquet",
    "validation",
    "splits",
)

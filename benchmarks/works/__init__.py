"""All works by name, in the order in which they run; one file for each, one page for each.

``GROUPS`` share a page each: their works are named ``GROUP/NAME``.
"""

from __future__ import annotations

from benchmarks.works import (
    frozen,
    imports,
    incremental,
    reference,
    row,
    text,
    tfdv,
    tft,
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
    "import": imports.WORK,
    "incremental": incremental.WORK,
    **{f"tft/{name}": work for name, work in tft.WORKS.items()},
    **{f"statistics/{name}": work for name, work in tfdv.WORKS.items()},
}
# The titles of their pages.
GROUPS = {
    "text": f"Texts of {text.LENGTHS[0]} to {text.LENGTHS[1] - 1} words",
    "tft": "Functions against TensorFlow Transform",
    "statistics": "Statistics and validation against TensorFlow Data Validation",
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
    "import",
)

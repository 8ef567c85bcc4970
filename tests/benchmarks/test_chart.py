"""A chart names every contender, and the same results give the same bytes."""

from __future__ import annotations

from pathlib import Path

from benchmarks import chart
from benchmarks.standings import Page, Standing


def test_a_page_is_drawn(tmp_path: Path):
    standings = tuple(
        Standing(rows, None, {"by hand": 2.0, "taurus": 3.0, "a < b": 2_000.0}, "seconds")
        for rows in (1, 10_000)
    )
    page = Page("work", "work", "What is done", "", "2026-01-02", {}, standings)

    for name in ("first.svg", "again.svg"):
        chart.write([page], tmp_path / name)

    drawn = (tmp_path / "first.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "again.svg").read_text(encoding="utf-8")
    told = ("What is done", "taurus", "a &lt; b", "10,000 rows", "1 row", ">1.5<", ">1,000<")
    assert [words for words in told if words not in drawn] == []

"""The tables of README.md and docs/performance.md are what the kept results give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import readme_table
from benchmarks.aims import AIMS, FLIGHTS, Aim
from benchmarks.standings import Page, pages, pages_in
from benchmarks.works import WORKS


@pytest.mark.parametrize(
    ("file", "part", "made"),
    [
        (readme_table.README, "comparison", readme_table.comparison),
        (readme_table.PERFORMANCE, "aims", readme_table.aims),
        (readme_table.PERFORMANCE, "standings", readme_table.standings),
    ],
    ids=["comparison", "aims", "standings"],
)
def test_the_page_is_what_the_results_give(file, part, made):
    """Where it is not: ``python -m benchmarks.readme_table``."""
    text = file.read_text(encoding="utf-8")

    assert readme_table.replaced(text, part, made(pages())) == text


def test_the_lines_are_of_works_that_there_are():
    assert {line.work for line in readme_table.LINES} <= set(WORKS)
    assert {aim.work for aim in AIMS} <= set(WORKS)


def test_medians_are_of_the_runs(tmp_path: Path):
    (tmp_path / "row.json").write_text(json.dumps(record()), encoding="utf-8")

    (standing,) = pages(tmp_path)["row"].standings

    assert standing.medians == {"by hand": 2.0, "taurus": 6.0, "slow": 100.0, "quick": 3.0}
    assert standing.failed == ("absent",)


def test_a_peer_that_is_ahead_is_named():
    text = "\n".join(readme_table.comparison({"row": measured()}))

    assert "| 1 | 3 | 1.5 | quick | 50 | slow |" in text
    assert "**Where a peer is ahead of taurus_beam**: quick takes 0.5 of its time on" in text


def test_ours_is_in_bold_where_no_peer_is_ahead():
    text = "\n".join(readme_table.comparison({"row": measured(quick=7.0)}))

    assert "| 1 | **3** | 3.5 | quick | 50 | slow |" in text
    assert "No peer is ahead" in text


@pytest.mark.parametrize(
    ("aim", "told"),
    [
        (Aim("a", "row", FLIGHTS, 6.0, "µs"), "| a | ≤ 6 µs | 6 µs | yes |"),
        (Aim("a", "row", FLIGHTS, 5.0, "µs"), "| a | ≤ 5 µs | 6 µs | **no** |"),
        (Aim("a", "row", FLIGHTS, 2.0, "×"), "| a | ≤ 2 × | 3 × | **no** |"),
        (Aim("a", "row", 11, 2.0, "×"), "| a | ≤ 2 × |  | not measured |"),
    ],
)
def test_an_aim_is_met_or_not(aim, told):
    assert readme_table.aimed(aim, {"row": measured()}) == told


def measured(quick: float = 3.0) -> Page:
    (page,) = pages_in("row", record(quick))
    return page


def record(quick: float = 3.0) -> dict:
    def entry(name, *took):
        return {"contender": name, "cores": None, "runs": [{"p50": one} for one in took]}

    results = [
        entry("by hand", 1.0, 2.0, 9.0),
        entry("taurus", 6.0),
        entry("slow", 100.0),
        entry("quick", quick),
        {"contender": "absent", "cores": None, "failure": "no wheel"},
    ]
    rows = {"work": "one row", "rows": FLIGHTS, "figures": ["p50"], "results": {"1": results}}
    machine = {"cpu": "CPU", "cores": 2, "system": "Linux", "python": "3.11"}
    return {"date": "2026-01-02", "machine": machine, "works": {"row": rows}}

"""The comparison of instruction counts: what fails, what is only told, what cannot be compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.instructions.__main__ import told
from benchmarks.instructions.counts import Counts, changes

ADD, SPLIT = "batch: add(double, double)", "row: split(string) separator=','"
CONDITIONS = {"python": "3.11.7", "numpy": "2.4.6"}
BEFORE = Counts(CONDITIONS, {ADD: 1_000, SPLIT: 500})


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        ({ADD: 1_000, SPLIT: 500}, 0, []),
        ({ADD: 1_100, SPLIT: 450}, 0, []),
        ({ADD: 1_150, SPLIT: 500}, 1, [f"FAILED  {ADD}: 1,000 → 1,150 (+15.0%)"]),
        ({ADD: 1_000, SPLIT: 440}, 0, [f"better  {SPLIT}: 500 → 440 (-12.0%)"]),
        (
            {ADD: 1_101, SPLIT: 700},
            1,
            [
                f"FAILED  {SPLIT}: 500 → 700 (+40.0%)",
                f"FAILED  {ADD}: 1,000 → 1,101 (+10.1%)",
            ],
        ),
        ({SPLIT: 500}, 1, [f"FAILED  {ADD}: recorded, and not there any more"]),
        (
            {ADD: 1_000, SPLIT: 500, "add: Size(bool)": 9_000},
            1,
            ["FAILED  add: Size(bool): 9,000, not recorded yet"],
        ),
    ],
)
def test_what_takes_over_a_tenth_more_fails_by_name(
    now: dict[str, int], code: int, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(BEFORE, Counts(CONDITIONS, now)) == code
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line.startswith(("FAILED", "better"))] == said
    assert any("--renew" in line for line in lines) == bool(said)


def test_counts_of_other_versions_are_not_compared() -> None:
    newer = Counts({**CONDITIONS, "numpy": "2.5.0"}, BEFORE.instructions)
    with pytest.raises(ValueError, match="different conditions"):
        changes(BEFORE, newer)


def test_what_is_kept_is_read_again_and_has_a_line_for_each_kernel(tmp_path: Path) -> None:
    BEFORE.write(tmp_path / "counts.json")
    assert Counts.read(tmp_path / "counts.json") == BEFORE
    lines = [line.strip() for line in (tmp_path / "counts.json").read_text().splitlines()]
    assert [line.strip() for line in lines if "00" in line] == [
        f'"{ADD}": 1000,',
        f'"{SPLIT}": 500',
    ]

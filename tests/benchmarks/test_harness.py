"""How often contenders run, which of them, and what a page says of it."""

from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.__main__ import chosen
from benchmarks.harness import Pace, Result
from benchmarks.works import GROUPS, USUAL, WORKS
from benchmarks.works.work import Contender, Task, Work


def nothing(size, folder):
    return Task(lambda: {"seconds": 0.0})


WORK = Work(
    "A work",
    {
        "by hand, one core": Contender(nothing, cores=1),
        "slow, one core": Contender(nothing, cores=1, sizes=(1,), without="no time"),
        "by hand": Contender(nothing),
        "fast": Contender(nothing),
    },
    sizes=(1, 10),
    rows=100,
    cannot={"idle": "does nothing."},
)


def result(contender, seconds, cores=None, failure=""):
    runs = [{"seconds": one, "cpu": one} for one in seconds]
    return Result(contender, runs, peak=1 << 20, failure=failure, cores=cores)


SIZES = {
    1: [
        result("by hand, one core", [2.0, 4.0, 3.0], cores=1),
        result("slow, one core", [6.0], cores=1),
        result("by hand", [1.0]),
        result("fast", [], failure="its output differs: x"),
    ],
    10: [result("by hand, one core", [30.0], cores=1), result("by hand", [10.0])],
}


@pytest.mark.parametrize(
    ("first", "more"), [(0.01, 7), (0.6, 5), (3.0, 3), (4.0, 2), (9.0, 2), (10.0, 0)]
)
def test_the_slower_the_fewer_runs(first, more):
    assert Pace().more(first) == more


def test_a_contender_is_compared_with_those_of_as_many_cores():
    entries = [report.entry(WORK, one, SIZES[1]) for one in SIZES[1]]
    assert [entry.get("ratio") for entry in entries] == [1.0, 2.0, 1.0, None]
    assert entries[1]["measure"] == "by hand, one core"
    assert entries[3]["failure"] == "its output differs: x"


def test_a_page_says_what_was_not_run():
    page = report.markdown({"a": (WORK, SIZES)})
    assert "| by hand, one core | 3 (2 – 4) | 1.00 | 3 | 1 | 3 |" in page
    assert "| fast | failed: its output differs: x |" in page
    assert "| slow, one core | – (no time) |" in page
    assert page.count("| idle | – |") == 2
    assert "- idle: does nothing." in page


def test_the_measures_are_always_run():
    assert chosen(WORK, 1, ["fast"]) == ["by hand, one core", "by hand", "fast"]
    assert chosen(WORK, 10, None) == ["by hand, one core", "by hand", "fast"]


def test_what_is_usual_is_known():
    for name in USUAL:
        assert name in WORKS or name in GROUPS


@pytest.mark.parametrize("name", WORKS)
def test_works_have_contenders_at_every_size(name):
    work = WORKS[name]
    for size in work.sizes:
        assert len(chosen(work, size, None)) > 1

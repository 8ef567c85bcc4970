from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from taurus_beam.cli import watch
from taurus_beam.io import Source


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "nothing was shown"
        time.sleep(0.005)


@pytest.mark.parametrize("terminal", [True, False])
def test_which_reading_how_far_and_how_many_rows(
    work: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(watch, "_EVERY", 0.01)
    monkeypatch.setattr(watch, "_LINE_EVERY", 0.01)
    source = Source(str(work / "flights.csv"))
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100)

    with watch.Watch(source, True, console) as watching:
        watching.planned(["pass 1 of 1", "transform"])
        until(lambda: "pass 1 of 1" in out.getvalue())
        for _ in source.batches():
            pass
        until(lambda: "transform" in out.getvalue())
        until(lambda: "2,000 rows" in out.getvalue())

    assert "50" in out.getvalue()
    assert watching.seconds > 0


@pytest.mark.parametrize("terminal", [True, False])
def test_how_many_rows_where_only_the_job_knows_how_many_there_will_be(
    work: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(watch, "_EVERY", 0.01)
    monkeypatch.setattr(watch, "_LINE_EVERY", 0.01)
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100)

    with watch.Watch(None, True, console) as watching:
        watching.planned(["pass 1 of 1"])
        for _ in Source(str(work / "flights.csv")).batches():
            pass
        until(lambda: "2,000 rows" in out.getvalue())

    assert "pass 1" not in out.getvalue()
    assert " %" not in out.getvalue()


def test_a_short_job_elsewhere_than_on_a_terminal_shows_nothing(work: Path) -> None:
    out = io.StringIO()

    with watch.Watch(Source(str(work / "flights.csv")), True, Console(file=out)) as watching:
        watching.planned(["transform"])

    assert out.getvalue() == ""


def test_an_error_before_the_plan_needs_no_display(work: Path) -> None:
    out = io.StringIO()

    with (
        pytest.raises(ValueError, match="early"),
        watch.Watch(Source(str(work / "flights.csv")), True, Console(file=out)),
    ):
        raise ValueError("early")

    assert out.getvalue() == ""

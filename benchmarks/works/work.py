"""What a benchmark is: a piece of work, who does it, and with what.

A contender prepares (imports, loads its input; none of it timed) and returns a task, which a worker
process then runs again and again. This file runs in the environments of all peers, so it imports
none of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import data
from benchmarks.environments import HERE, Environment

Figures = dict[str, float]


@dataclass(frozen=True)
class Task:
    """What is measured.

    Attributes:
        run: Does the work once; named figures.
        answer: Does it once more, and gives its output as a table, for comparison; never timed.
            None if there is nothing to compare.
    """

    run: Callable[[], Figures]
    answer: Callable[[], pa.Table] | None = None


# Takes the size (times the smallest input) and a folder for output.
Prepare = Callable[[int, Path], Task]
# Takes what the measure of a work and what another contender gave, and the contender's name.
Compare = Callable[[pa.Table, pa.Table, str], None]


@dataclass(frozen=True)
class Contender:
    """Who does a work.

    Attributes:
        prepare: Gives its task.
        environment: Whose Python runs it.
        cores: How many it may use; None for all. Contenders with as many are compared.
        sizes: The sizes it runs at; None for all those of the work.
        without: Why it does not run at the others.
    """

    prepare: Prepare
    environment: Environment = HERE
    cores: int | None = None
    sizes: tuple[int, ...] | None = None
    without: str = ""


@dataclass(frozen=True)
class Work:
    """One comparison.

    Attributes:
        title: Of its page.
        contenders: By name. Of those with as many cores, the first is the measure of the rest.
        sizes: What it runs at, smallest first.
        figures: What a run tells; the first is what ratios are of.
        memory: Whether peak memory means anything here.
        rows: How many rows there are at size 1.
        prepare: Makes the input of a size on disk, where it is not there yet: contenders in other
            environments cannot.
        compare: Raises AssertionError where a contender gave something else than the first did at
            the size that is compared; None if there is nothing to compare.
        compare_at: The size that is compared; None for the smallest.
        cannot: Peers that cannot do this work, with the reason.
        note: What one must know to read the page.
        alone_from: From this size on contenders run one after another, not in rounds: what they
            hold between runs does not fit into memory together.
    """

    title: str
    contenders: Mapping[str, Contender]
    sizes: tuple[int, ...] = data.SIZES
    figures: tuple[str, ...] = ("seconds",)
    memory: bool = True
    rows: int = data.ROWS
    prepare: Callable[[int], object] = data.path
    compare: Compare | None = None
    compare_at: int | None = None
    cannot: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    alone_from: int = 100


def timed(function: Callable[[], Any], table: Callable[[Any], pa.Table] | None = None) -> Task:
    """A task that tells the seconds of a function; ``table`` makes its result comparable."""

    def run() -> Figures:
        start = time.perf_counter()
        result = function()
        took = time.perf_counter() - start
        del result  # only now: to free it is no part of the work
        return {"seconds": took}

    return Task(run, None if table is None else lambda: table(function()))

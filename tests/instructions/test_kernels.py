"""Every operation and accumulator is among what is counted, all of it runs and is kept."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import benchmarks.instructions
from benchmarks.instructions.counts import Counts
from benchmarks.instructions.kernels import Kernel, kernels
from taurus_beam.graph.analyzer import Accumulator, Analyzer
from taurus_beam.graph.operation import operations

KEPT = Path(benchmarks.instructions.__file__).with_name("counts.json")
# Programs read and fill these in by themselves; the others take constants only.
NOT_OF_ROWS = {"input", "constant", "idf_table", "vocabulary_size"}


@pytest.fixture(scope="module")
def all_kernels() -> list[Kernel]:
    return list(kernels())


def subclasses(cls: type[Any]) -> set[type[Any]]:
    below = cls.__subclasses__()
    return set(below).union(*map(subclasses, below))


def test_every_operation_and_accumulator_is_counted(all_kernels: list[Kernel]) -> None:
    of_rows = {n for n, c in operations().items() if not issubclass(c, Analyzer)} - NOT_OF_ROWS
    own = {a for a in subclasses(Accumulator) if a.__module__.startswith("taurus_beam.")}
    expected = {
        *(f"{path}: {name}" for name in of_rows for path in ("batch", "row")),
        *(f"add: {a.__name__}" for a in own if not inspect.isabstract(a)),
    }
    assert expected <= {kernel.name.split("(")[0] for kernel in all_kernels}


def test_what_is_kept_is_of_these_kernels(all_kernels: list[Kernel]) -> None:
    names = [kernel.name for kernel in all_kernels]
    assert sorted(Counts.read(KEPT).instructions) == sorted(names)


def test_every_kernel_runs_and_may_run_again(all_kernels: list[Kernel]) -> None:
    with np.errstate(all="ignore"):
        for kernel in all_kernels:
            kernel.run(*kernel.given())
            kernel.run(*kernel.given())

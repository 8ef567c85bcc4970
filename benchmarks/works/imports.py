"""Imports in a fresh interpreter, files already in the page cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import data
from benchmarks.environments import SKLEARN
from benchmarks.works.work import Contender, Figures, Prepare, Task, Work


def imports(names: str) -> Prepare:
    """Seconds of an import statement."""
    return lambda _, __: in_fresh_interpreter(f"import {names}")


def first_row(size: int, folder: Path) -> Task:
    """Import, load an artifact of the reference work and transform one row."""
    from benchmarks import taurus_peer

    flights = data.table(size)
    taurus_peer.fit(flights).save(str(folder / "transform_fn"))
    row = flights.slice(0, 1).to_pylist()[0]
    code = f"import taurus_beam.serving as s; s.load({str(folder / 'transform_fn')!r}).row({row!r})"
    return in_fresh_interpreter(code)


def in_fresh_interpreter(code: str) -> Task:
    program = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"

    def run() -> Figures:
        done = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        )
        return {"seconds": float(done.stdout)}

    return Task(run)


WORK = Work(
    "import in a fresh interpreter",
    {
        "numpy, pyarrow": Contender(imports("numpy, pyarrow")),
        "taurus (serving)": Contender(imports("taurus_beam.serving")),
        "taurus (serving), artifact and first row": Contender(first_row),
        "taurus (top)": Contender(imports("taurus_beam")),
        "apache_beam": Contender(imports("apache_beam")),
        "scikit-learn": Contender(
            imports("sklearn.compose, sklearn.preprocessing, pandas"), SKLEARN
        ),
    },
    sizes=(1,),
    memory=False,
)

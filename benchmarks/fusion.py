"""How a chain of elementwise operations is best evaluated, and in batches of how many rows.

``TAURUS_BEAM_THREADS=1 python -m benchmarks.fusion`` prints the tables of `results/fusion.md`.
Evaluators that are not installed are left out (``pip install numexpr numba``). Only what gives the
bits of NumPy can be used: the row path and ONNX give those.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.acero as acero
import pyarrow.compute as pc

import taurus_beam as tb
from benchmarks import data
from benchmarks.functions import preprocessing_fn
from taurus_beam.graph.memory import uninitialized

Floats = npt.NDArray[np.float64]
Run = Callable[[Floats], Floats]
Chain = tuple[tuple[str, float | None], ...]

ROWS = 1 << 20
BLOCKS = [1 << bits for bits in range(12, 20)]
ROUNDS = 9


SCALED: Chain = (("subtract", 3.7), ("divide", 2.9))
CHAINS: dict[str, Chain] = {
    "(x − a) / b": SCALED,
    "(x − a) / b · c + d, clipped": (
        *SCALED,
        ("multiply", 0.31),
        ("add", -1.3),
        ("minimum", 3.0),
        ("maximum", -3.0),
    ),
    "log1p(\\|x − a\\|) / b": (
        ("subtract", 3.7),
        ("absolute", None),
        ("log1p", None),
        ("divide", 2.9),
    ),
}
SYMBOLS = {"subtract": "-", "divide": "/", "multiply": "*", "add": "+"}
ARROW = {"absolute": "abs", "minimum": "min_element_wise", "maximum": "max_element_wise"}


def temporaries(chain: Chain) -> Run:
    """A new array for each operation."""

    def run(x: Floats) -> Floats:
        for name, operand in chain:
            x = getattr(np, name)(x) if operand is None else getattr(np, name)(x, operand)
        return x

    return run


def pooled(chain: Chain) -> Run:
    """The same, in memory that Arrow's pool hands out: what taurus_beam does."""

    def run(x: Floats) -> Floats:
        for name, operand in chain:
            out = uninitialized(x.size, np.float64)
            operands = (x,) if operand is None else (x, operand)
            x = getattr(np, name)(*operands, out=out)
        return x

    return run


def in_place(chain: Chain) -> Run:
    """One array for the whole chain."""

    def run(x: Floats) -> Floats:
        out = uninitialized(x.size, np.float64)
        for name, operand in chain:
            operands = (x,) if operand is None else (x, operand)
            x = getattr(np, name)(*operands, out=out)
        return x

    return run


def acero_project(chain: Chain) -> Run:
    """One expression in Arrow's engine."""
    expression = pc.field("x")
    for name, operand in chain:
        called = ARROW.get(name, name)
        arguments = [expression] if operand is None else [expression, pc.scalar(operand)]
        expression = pc.Expression._call(called, arguments)

    def run(x: Floats) -> Floats:
        table = pa.table({"x": pa.array(x)})
        source = acero.Declaration("table_source", acero.TableSourceNodeOptions(table))
        project = acero.ProjectNodeOptions([expression], ["y"])
        plan = acero.Declaration("project", project, [source])
        found: Floats = plan.to_table(use_threads=False)["y"].to_numpy()
        return found

    return run


def python_source(chain: Chain) -> str:
    """The chain as an expression of ``x``."""
    text = "x"
    for name, operand in chain:
        if operand is None:
            text = f"{name}({text})"
        elif name in SYMBOLS:
            text = f"({text} {SYMBOLS[name]} {operand!r})"
        else:
            text = f"{name}({text}, {operand!r})"
    return text


def numexpr(chain: Chain) -> Run:
    """numexpr's virtual machine, one thread."""
    module: Any = importlib.import_module("numexpr")
    module.set_num_threads(1)
    text = python_source(chain).replace("absolute(", "abs(")
    return lambda x: module.evaluate(text, local_dict={"x": x})


def numba(chain: Chain) -> Run:
    """A loop compiled by Numba; no fast mathematics, so nothing is contracted."""
    module: Any = importlib.import_module("numba")
    text = f"lambda x: {python_source(chain)}"
    names = {name: getattr(np, name) for name in ("absolute", "log1p", "minimum", "maximum")}
    compiled = module.vectorize(["float64(float64)"])(eval(text, names))
    return lambda x: compiled(x, out=uninitialized(x.size, np.float64))


EVALUATORS: dict[str, Callable[[Chain], Run]] = {
    "NumPy, temporaries": temporaries,
    "NumPy, temporaries of the pool": pooled,
    "NumPy, in place": in_place,
    "Arrow Acero": acero_project,
    "numexpr": numexpr,
    "Numba": numba,
}


def medians(runs: dict[Any, Callable[[], object]]) -> dict[Any, float]:
    """The processor time of each, the median of interleaved rounds."""
    took: dict[Any, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.process_time()
            run()
            took[name].append(time.process_time() - start)
    return {name: sorted(times)[ROUNDS // 2] for name, times in took.items()}


def in_blocks(run: Run, x: Floats, rows: int) -> Callable[[], object]:
    return lambda: [run(x[start : start + rows]) for start in range(0, x.size, rows)]


def installed(name: str) -> bool:
    return name.startswith(("NumPy", "Arrow")) or bool(importlib.util.find_spec(name.lower()))


def evaluators_table() -> list[str]:
    x = np.random.default_rng(7).normal(10, 40, ROWS)
    names = [name for name in EVALUATORS if installed(name)]
    lines = ["| chain | rows a batch | " + " | ".join(names) + " |"]
    lines.append("| --- | ---: |" + " ---: |" * len(names))
    for title, chain in CHAINS.items():
        made = {name: EVALUATORS[name](chain) for name in names}
        expected = temporaries(chain)(x)
        with np.errstate(all="ignore"):
            same = {n: np.array_equal(run(x), expected, equal_nan=True) for n, run in made.items()}
        for rows in (1 << 14, 1 << 16, 1 << 20):
            found = medians({name: in_blocks(run, x, rows) for name, run in made.items()})
            cells = [f"{t / ROWS * 1e9:.2f}{'' if same[n] else ' ≠'}" for n, t in found.items()]
            lines.append(f"| {title} | {rows:,} | " + " | ".join(cells) + " |")
    return lines


def batches_table() -> list[str]:
    """The reference work by the rows of a batch, one thread."""
    table = data.table(1).combine_chunks()
    fitted = tb.fit(table, preprocessing_fn)
    runs: dict[Any, Callable[[], object]] = {}

    def fit(batches: list[pa.RecordBatch]) -> object:
        return tb.fit_batches(lambda: batches, preprocessing_fn, table.schema)

    def apply(batches: list[pa.RecordBatch]) -> object:
        return [fitted.transform(batch) for batch in batches]

    for rows in BLOCKS:
        batches = table.to_batches(max_chunksize=rows)
        runs["fit", rows] = partial(fit, batches)
        runs["apply", rows] = partial(apply, batches)
    found = medians(runs)
    lines = ["| rows a batch | kB of a float64 column | analyze ns/row | apply ns/row |"]
    lines.append("| ---: | ---: | ---: | ---: |")
    for rows in BLOCKS:
        nanoseconds = [found[work, rows] / len(table) * 1e9 for work in ("fit", "apply")]
        cells = " | ".join(f"{t:.0f}" for t in nanoseconds)
        lines.append(f"| {rows:,} | {rows * 8 // 1024:,} | {cells} |")
    return lines


if __name__ == "__main__":
    for line in [*evaluators_table(), "", *batches_table()]:
        print(line)

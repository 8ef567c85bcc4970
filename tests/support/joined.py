"""A few large functions, each of many small ones that hypothesis made of a fixed seed.

For engines on which a job takes seconds: one job tries some dozen functions. Hypothesis also draws
numbers and strings that stand in the code that is loaded, so they are the same for the same tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from graphs import Example, examples, followed
from hypothesis import HealthCheck, Phase, given, seed, settings

import taurus_beam as tb
from taurus_beam.errors import DataError
from taurus_beam.graph.column import Column
from taurus_beam.graph.trace import trace

__all__ = ["Joined", "joined_functions"]

DRAWN = 250
ROWS = 48


@dataclass(frozen=True)
class Joined:
    """Examples side by side; the columns of each have a prefix."""

    examples: tuple[Example, ...]

    @property
    def rows(self) -> pa.Table:
        """The rows of the examples, as often as it takes to be equally many."""
        columns: dict[str, Any] = {}
        for number, example in enumerate(self.examples):
            table = rows_of(example)
            table = table.take(pa.array([i % len(table) for i in range(ROWS)]))
            for name in table.column_names:
                columns[f"{prefix(number)}{name}"] = table[name]
        return pa.table(columns)

    def preprocess(self, inputs: Mapping[str, Column]) -> dict[str, Any]:
        """All functions, each of its own columns."""
        outputs: dict[str, Any] = {}
        for number, example in enumerate(self.examples):
            own = {name: inputs[name] for name in inputs if name.startswith(prefix(number))}
            outputs |= example.recipe.preprocess(own, prefix(number))
        return outputs


def prefix(number: int) -> str:
    return f"f{number}_"


def rows_of(example: Example) -> pa.Table:
    return pa.concat_tables([example.fitted_on, example.rows])


def joined_functions(count: int) -> list[Joined]:
    """All that was drawn and is worth a try, dealt out to some functions."""
    found = fruitful(drawn())
    return [Joined(tuple(found[i::count])) for i in range(count)]


def drawn() -> list[Example]:
    """Examples of a fixed seed."""
    found: list[Example] = []

    @seed(6)
    @settings(
        max_examples=DRAWN,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(example=examples())
    def collect(example: Example) -> None:
        found.append(example)

    collect()
    return found


def fruitful(some: Sequence[Example]) -> list[Example]:
    """Those that can be fitted and whose outputs use an operation that those before did not."""
    seen: set[str] = set()
    taken = []
    for example in some:
        rows = rows_of(example)
        try:
            fn = tb.fit(rows, example.recipe.preprocess)
            fn.transform(rows)
        except DataError:
            continue
        used = operations(example)
        if len(rows) and not used <= seen:
            seen |= used
            taken.append(example)
    return taken


def operations(example: Example) -> set[str]:
    """Names of the operations and analyzers that the outputs are computed with."""
    graph = trace(example.recipe.preprocess, example.recipe.schema)
    return {node.operation.name for last in graph.outputs.values() for node in followed(last)}

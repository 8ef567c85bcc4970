"""Dealing what one worker finds out to all of them, at half the price of Beam's `Reshuffle`.

A reshuffle also carries windows and timestamps along, which takes two more steps; what is listed
here has none. Each step costs a local run milliseconds, however few elements pass it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from types import GenericAlias
from typing import Any

import apache_beam as beam

__all__ = ["Spread"]

_KEYS = 1 << 32


class Spread(beam.PTransform[Any, Any]):
    """Elements → what a function makes of each, for whichever workers are free.

    Args:
        function: Gives any number of results for one element.
        kind: Their type.

    Example:
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> with beam.Pipeline(runner="FnApiRunner") as pipeline:
        ...     numbers = pipeline | beam.Create([2, 3]) | Spread(range, int)
        ...     _ = assert_that(numbers, equal_to([0, 1, 0, 1, 2]))
    """

    def __init__(self, function: Callable[[Any], Iterable[Any]], kind: type) -> None:
        super().__init__()
        self._function, self._kind = function, kind

    def expand(self, elements: Any) -> Any:
        """PCollection of elements in the global window → PCollection of results."""
        # Types are said here: Beam does not see through postponed annotations.
        keyed = GenericAlias(tuple, (int, self._kind))
        return (
            elements
            | "Make" >> beam.FlatMap(_keyed, self._function).with_output_types(keyed)
            | "Deal" >> beam.GroupByKey()
            | "Take" >> beam.FlatMap(_results).with_output_types(self._kind)
        )


def _keyed(element: Any, function: Callable[[Any], Iterable[Any]]) -> Iterator[tuple[int, Any]]:
    return ((random.randrange(_KEYS), result) for result in function(element))


def _results(dealt: tuple[int, Iterable[Any]]) -> Iterable[Any]:
    return dealt[1]

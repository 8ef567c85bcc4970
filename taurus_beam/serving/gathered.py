"""A state of all batches, gathered by several threads in states of their own.

The result does not depend on how many there are, because states merge in any order. Which failure
is told does not either: that of the first batch that fails.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from taurus_beam.graph.gathering import Gatherer, Mapped
from taurus_beam.graph.threads import in_threads

__all__ = ["gathered", "ways"]

B = TypeVar("B")
S = TypeVar("S")


def gathered(
    batches: Iterable[B],
    zero: Callable[[], S],
    add: Callable[[S, B], S],
    merge: Callable[[Sequence[S]], S],
    threads: int,
) -> S:
    """The state of all batches, each added by whichever thread is free.

    Args:
        batches: Asked for the next one by one thread at a time.
        zero: Gives a state before any batch.
        add: A state after one more batch; safe to call from several threads.
        merge: One state of several.
        threads: How many threads may work, the calling one among them.

    Raises:
        Exception: What the first batch that failed raised, or what `batches` raised.

    Example:
        >>> gathered(range(10), int, int.__add__, sum, threads=2)
        45
    """
    if threads == 1:
        state = zero()
        for batch in batches:
            state = add(state, batch)
        return state
    taking, iterator, numbers = threading.Lock(), iter(batches), itertools.count()
    failures: dict[int, BaseException] = {}

    def work(_: int) -> S | None:
        state, number = None, 0
        try:
            while not failures:
                with taking:
                    number = next(numbers)
                    following = list(itertools.islice(iterator, 1))
                if not following:
                    break
                state = add(zero() if state is None else state, following[0])
        except BaseException as failure:  # raised below, in the thread that asked
            failures[number] = failure
        return state

    states = [state for state in in_threads(work, range(threads), threads) if state is not None]
    if failures:
        raise failures[min(failures)]
    return states[0] if len(states) == 1 else merge(states or [zero()])


def ways(gatherer: Gatherer, threads: int) -> tuple[int, Mapped]:
    """How threads divide a pass: by batches, or by columns where these are very many.

    Args:
        gatherer: What the pass gathers.
        threads: How many may work.

    Returns:
        How many threads take batches, and how one of them goes through the parts of a batch.
    """
    return (1, partial(in_threads, threads=threads)) if gatherer.divided else (threads, map)

"""Where an observer may stand: around each function that work on a batch is made of.

A program is compiled with an observer, or without one and then calls its functions directly; so
nothing is asked while batches run. What an observer does is not this room's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

from taurus_beam.graph.node import Node

__all__ = ["Observe", "unobserved"]

Function = TypeVar("Function", bound=Callable[..., Any])


class Observe(Hashable, Protocol):
    """Gives the function to call in place of another.

    Its arguments are what kind of work the function does, the nodes that it does it for (none
    where it is not of particular ones), and the function.
    """

    def __call__(self, kind: str, nodes: Sequence[Node], function: Function) -> Function:
        """A function that takes and gives the same."""


def unobserved(kind: str, nodes: Sequence[Node], function: Function) -> Function:
    """The function itself."""
    return function

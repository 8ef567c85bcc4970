"""A question to TFT and the same question to taurus_beam, and where the answers may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import taurus_beam as tb
from benchmarks.peers.truth import Truth


@dataclass(frozen=True)
class Case:
    """The same work on both sides; integers and strings are to be equal, floats within a bound.

    Attributes:
        name: Its name, unique.
        frame: The data it is fitted on, of `frames.FRAMES`.
        tft: The arguments of a ``dict(...)`` of outputs, written with `tft_peer.words` and the
            inputs ``i``.
        ours: The same as a preprocessing function.
        serve: Rows that come after fitting.
        only_served: The data fitted on are not transformed.
        relative: How far floats may be apart, relative to their size.
        absolute: How far they may be apart besides, where they are near 0.
        looser: Why that is more than 1e-6 and 0.
        truth: What NumPy computes in float64, for a looser bound: ours is to be nearer to it.
    """

    name: str
    frame: str
    tft: str
    ours: Callable[[tb.Inputs], Mapping[str, Any]]
    serve: str | None = None
    only_served: bool = False
    relative: float = 1e-6
    absolute: float = 0.0
    looser: str = ""
    truth: Truth | None = None


@dataclass(frozen=True)
class Difference(Case):
    """Work on which we differ from TFT deliberately.

    Attributes:
        reason: Why.
        expected: What ours is to give instead, by output: the list of its rows, worked out by
            hand, or by `truth` where there is one.
        proof: The test that works it out, where that takes more than a case.
        part: Where: in the data ``"fitted"`` on, or in those ``"served"`` later.
        error: Part of what TFT says, where it fails.
    """

    reason: str = ""
    expected: Mapping[str, list[Any]] = field(default_factory=dict)
    proof: str = ""
    part: str = "fitted"
    error: str = ""

"""What the steps of a pipeline measure on the workers, told by Beam's metrics.

A step that is made inside a ``with tb.profile()`` block travels with a `Probe`; any other with one
that measures nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from apache_beam.metrics.metric import Metrics

from taurus_beam.profiling.active import active, phase_under_way, recording_to
from taurus_beam.profiling.carried import NAMESPACE, SPAN, counted, metric_name
from taurus_beam.profiling.profile import Profile
from taurus_beam.profiling.recorder import OFF, Off, Recorder, Weighed
from taurus_beam.profiling.step import Amounts, Step

__all__ = ["NO_PROBE", "NoProbe", "Probe", "probe"]

_MILLISECOND = 1_000_000

T = TypeVar("T")


class NoProbe:
    """Measures nothing.

    Attributes:
        phase: What the step belongs to.
        recorder: Where it is recorded.
        observe: Stands around functions.
    """

    phase = ""
    recorder: Off = OFF
    observe = staticmethod(OFF.observer(""))

    def begin(self) -> None:
        """A bundle begins for this step."""

    def end(self) -> None:
        """A bundle ends for this step."""

    def step(self, kind: str, name: str = "", place: str = "") -> AbstractContextManager[Weighed]:
        """Work that is done inside the block."""
        return nullcontext(Weighed())

    def reading(self, batches: Iterator[T], nbytes: int) -> Iterator[T]:
        """Record batches that are read from so many bytes of a file."""
        return batches

    def recording(self) -> AbstractContextManager[None]:
        """Artifacts that are applied inside the block tell what that takes."""
        return nullcontext()


NO_PROBE = NoProbe()


class Probe(NoProbe):
    """Measures one step of a pipeline, in whichever process it is done.

    Args:
        phase: What the step belongs to.
        began: What spans count from: nanoseconds since the epoch.
    """

    def __init__(self, phase: str, began: int) -> None:
        self.phase, self._began = phase, began
        self.recorder = self._telling = _Telling(began)
        self.observe = self.recorder.observer(phase)

    def __reduce__(self) -> tuple[Any, ...]:
        return Probe, (self.phase, self._began)

    def begin(self) -> None:
        """A bundle begins for this step."""
        self._telling.begin_bundle(self.phase)

    def end(self) -> None:
        """A bundle ends for this step: what it took is told."""
        self._telling.end_bundle()

    def step(self, kind: str, name: str = "", place: str = "") -> AbstractContextManager[Weighed]:
        """Work that is done inside the block; its rows and bytes are for the caller to say."""
        return self._telling.step(Step(self.phase, kind, name, place))

    def reading(self, batches: Iterator[T], nbytes: int) -> Iterator[T]:
        """Record batches that are read from so many bytes of a file."""
        return self._telling.reading(self.phase, batches, nbytes)

    def recording(self) -> AbstractContextManager[None]:
        """Artifacts that are applied inside the block tell what that takes."""
        return recording_to(self._telling)


def probe() -> NoProbe:
    """A probe for a step that is made now."""
    recorder = active()
    return Probe(phase_under_way(), recorder.began) if isinstance(recorder, Profile) else NO_PROBE


class _Telling(Recorder):
    """Tells at the end of a bundle what its step took; outside of bundles at once."""

    def __init__(self, began: int) -> None:
        super().__init__()
        self._began = began
        self._in_bundle = False

    def begin_bundle(self, phase: str) -> None:
        self.taken()  # by a bundle that failed, and is done again
        self._in_bundle = True
        self.begin(phase, self)

    def end_bundle(self) -> None:
        self.end(self)
        self._in_bundle = False
        self._tell()

    def add(self, step: Step, amounts: Amounts) -> None:
        super().add(step, amounts)
        if not self._in_bundle:
            self._tell()

    def _tell(self) -> None:
        amounts, spans = self.taken()
        for step, each in amounts.items():
            for name, number in counted(step, each).items():
                Metrics.counter(NAMESPACE, name).inc(number)
        for phase, moments in spans.items():
            span = Metrics.distribution(NAMESPACE, metric_name(SPAN, phase))
            for moment in moments:
                span.update((moment - self._began) // _MILLISECOND)

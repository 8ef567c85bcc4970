"""Recording what steps take, while they run, in one thread or several.

Work stands between brackets: what a thread does there and no step measures is a step of its own,
so that the steps of a phase always add up to the time its threads were at work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pyarrow as pa

from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.observe import Function, Observe, unobserved
from taurus_beam.graph.program import BatchTransform
from taurus_beam.profiling.active import OWN_STEPS
from taurus_beam.profiling.step import REST, Amounts, Step
from taurus_beam.profiling.weights import WEIGHTS

__all__ = ["OFF", "STATISTICS", "TRANSFORM", "Off", "Recorder", "Weighed"]

TRANSFORM = "transform"
"""The phase in which a frozen function is applied."""
STATISTICS = "statistics"
"""The phase in which statistics are gathered."""

_MOST_COMPILED = 8


class Weighed:
    """Rows and bytes of a step that is under way, for whoever knows them to fill in."""

    def __init__(self) -> None:
        self.rows = self.bytes_in = self.bytes_out = 0


class Off:
    """Records nothing; everything runs as it would without it."""

    def observer(self, phase: str) -> Observe:
        """Leaves functions as they are."""
        return unobserved

    def working(self, phase: str) -> AbstractContextManager[None]:
        """Work of a phase in this thread."""
        return nullcontext()

    def step(self, step: Step) -> AbstractContextManager[Weighed]:
        """One step."""
        return nullcontext(Weighed())

    def reading(
        self, phase: str, batches: Iterable[pa.RecordBatch], nbytes: int = 0
    ) -> Iterable[pa.RecordBatch]:
        """The batches themselves."""
        return batches

    def adding(self, generator: Any) -> Callable[[Any, Any], Any]:
        """How a statistics generator adds a batch to its state."""
        add: Callable[[Any, Any], Any] = generator.add
        return add


OFF = Off()


class Recorder(Off):
    """Adds up what steps take. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._amounts: dict[Step, Amounts] = {}
        self._spans: dict[str, tuple[int, int]] = {}
        self._observers: dict[str, Observe] = {}
        self._transforms: dict[Graph, BatchTransform] = {}

    def add(self, step: Step, amounts: Amounts) -> None:
        """Add what a step took that has ended just now."""
        bracket = _open_bracket()
        if bracket is not None:
            bracket.wall += amounts.wall
            bracket.cpu += amounts.cpu
        now = time.time_ns()
        with self._lock:
            self._amounts[step] = self._amounts.get(step, Amounts()).plus(amounts)
        # A bracket says itself from when to when its phase was at work.
        if step.kind != REST and (bracket is None or bracket.phase != step.phase):
            self.add_span(step.phase, now - amounts.wall, now)

    def add_span(self, phase: str, begin: int, end: int) -> None:
        """Say that a phase was at work between two moments (nanoseconds since the epoch)."""
        with self._lock:
            first, last = self._spans.get(phase, (begin, end))
            self._spans[phase] = min(first, begin), max(last, end)

    def taken(self) -> tuple[dict[Step, Amounts], dict[str, tuple[int, int]]]:
        """All that was recorded since the last time: amounts of steps, spans of phases."""
        with self._lock:
            found = self._amounts, self._spans
            self._amounts, self._spans = {}, {}
        return found

    def observer(self, phase: str) -> Observe:
        """Measures the functions of a phase; the same observer each time."""
        if phase not in self._observers:
            self._observers[phase] = _Observer(self, phase)
        return self._observers[phase]

    def working(self, phase: str) -> AbstractContextManager[None]:
        """Work of a phase in this thread: what no step measures of it is measured apart."""
        return nullcontext() if _open_bracket() else self._bracketed(phase)

    @contextmanager
    def _bracketed(self, phase: str) -> Iterator[None]:
        owner = object()
        self.begin(phase, owner)
        try:
            yield
        finally:
            self.end(owner)

    def begin(self, phase: str, owner: object) -> None:
        """Open a bracket in this thread, or join the one that is open.

        Its phase is that of the first owner who has one that says more than `OWN_STEPS`.
        """
        bracket = _open_bracket()
        # An owner that begins again never ended: its work failed, and took the others along.
        if bracket is None or owner in bracket.owners:
            bracket = _THREAD.bracket = _Bracket(phase)
        elif bracket.phase == OWN_STEPS:
            bracket.phase = phase
        bracket.owners.append(owner)

    def end(self, owner: object) -> None:
        """Leave the bracket; the last owner closes it."""
        bracket = _open_bracket()
        if bracket is None or owner not in bracket.owners:
            return
        bracket.owners.remove(owner)
        if not bracket.owners:
            _THREAD.bracket = None
            wall, rest = bracket.closed()
            self.add(Step(bracket.phase, REST), rest)
            self.add_span(bracket.phase, bracket.began, bracket.began + wall)

    def step(self, step: Step) -> AbstractContextManager[Weighed]:
        """Measures what is done inside; its rows and bytes are for the caller to say."""
        return self._stepped(step)

    @contextmanager
    def _stepped(self, step: Step) -> Iterator[Weighed]:
        weighed = Weighed()
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        yield weighed
        self.add(
            step,
            Amounts(
                1,
                weighed.rows,
                time.perf_counter_ns() - wall,
                time.thread_time_ns() - cpu,
                weighed.bytes_in,
                weighed.bytes_out,
            ),
        )

    def reading(
        self, phase: str, batches: Iterable[pa.RecordBatch], nbytes: int = 0
    ) -> Iterator[pa.RecordBatch]:
        """The batches, and what it takes to get each.

        Args:
            phase: Who reads.
            batches: Record batches.
            nbytes: The bytes that all of them are read from.
        """
        step, iterator = Step(phase, "read"), iter(batches)
        while True:
            wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
            batch = next(iterator, None)
            took = time.perf_counter_ns() - wall, time.thread_time_ns() - cpu
            if batch is None:
                self.add(step, Amounts(0, 0, *took, nbytes, 0))
                return
            self.add(step, Amounts(1, batch.num_rows, *took, 0, batch.nbytes))
            yield batch

    def adding(self, generator: Any) -> Callable[[Any, Any], Any]:
        """How a statistics generator adds a batch to its state, measuring."""
        step = Step(STATISTICS, "gather", type(generator).__name__)
        add: Callable[[Any, Any], Any] = self.measured(step, generator.add)
        return add

    def measured(self, step: Step, function: Function) -> Function:
        """A function of a kind of work that has a weight, measuring."""
        weight = WEIGHTS[step.kind]

        def calling(*arguments: object) -> object:
            wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
            made = function(*arguments)
            took = time.perf_counter_ns() - wall, time.thread_time_ns() - cpu
            rows, bytes_in, bytes_out = weight(arguments, made)
            self.add(step, Amounts(1, rows, *took, bytes_in, bytes_out))
            return made

        return calling  # type: ignore[return-value]  # takes and gives what `function` does

    def compiled(self, graph: Graph) -> BatchTransform:
        """A frozen graph to be applied to batches, measuring; compiled once."""
        with self._lock:
            if graph not in self._transforms:
                if len(self._transforms) == _MOST_COMPILED:
                    self._transforms.clear()
                self._transforms[graph] = _MeasuredTransform(self, graph)
            return self._transforms[graph]


class _MeasuredTransform(BatchTransform):
    def __init__(self, recorder: Recorder, graph: Graph) -> None:
        super().__init__(graph, recorder.observer(TRANSFORM))
        self._recorder = recorder

    def __call__(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        with self._recorder.working(TRANSFORM):
            return super().__call__(batch)


class _Observer:
    """Measures functions: an object, so that who remembers what was compiled can tell it."""

    def __init__(self, recorder: Recorder, phase: str) -> None:
        self._recorder, self._phase = recorder, phase

    def __call__(self, kind: str, nodes: Sequence[Node], function: Function) -> Function:
        return self._recorder.measured(Step.of(self._phase, kind, nodes), function)


class _Bracket:
    def __init__(self, phase: str) -> None:
        self.phase = phase
        self.owners: list[object] = []
        self.wall = self.cpu = 0
        self.began = time.time_ns()
        self._wall, self._cpu = time.perf_counter_ns(), time.thread_time_ns()

    def closed(self) -> tuple[int, Amounts]:
        """The time since it was opened, and what the steps inside leave of it."""
        wall, cpu = time.perf_counter_ns() - self._wall, time.thread_time_ns() - self._cpu
        return wall, Amounts(1, 0, wall - self.wall, cpu - self.cpu)


_THREAD = threading.local()


def _open_bracket() -> _Bracket | None:
    bracket: _Bracket | None = getattr(_THREAD, "bracket", None)
    return bracket

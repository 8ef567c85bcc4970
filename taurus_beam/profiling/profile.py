"""A profile: what the work inside a ``with`` block took, by phase and step."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from taurus_beam.errors import EngineError
from taurus_beam.profiling.active import recording_to
from taurus_beam.profiling.carried import found_in
from taurus_beam.profiling.recorder import Recorder
from taurus_beam.profiling.step import Amounts, Step
from taurus_beam.specs import document

__all__ = ["Profile", "ProfilePhase", "ProfileRow", "profile"]

_SECOND = 1e9


@dataclass(frozen=True)
class ProfileRow:
    """What one step took, added up over batches, threads and workers.

    Attributes:
        phase: The pass, or what else is done with the data: "pass 1", "transform".
        kind: The work: "read", "intake", "operation", "add", "send", "merge", "result",
            "output", "write" and others; "not accounted for" is what no step measured.
        name: Operations and columns, as in ``bucketize(dep_time)``; or nothing.
        place: File and line of the user's function; or nothing.
        batches: How often it was done.
        rows: Rows that it was done for; 0 where it is not done row by row.
        seconds: On the clock, in the threads that did it.
        cpu_seconds: Of the processor, in these threads; not in threads of Arrow's own.
        share: Of the seconds of all steps, between 0 and 1.
        bytes_in: Bytes of what it was given, or of the files it read.
        bytes_out: Bytes of what it gave, sent or wrote.
    """

    phase: str
    kind: str
    name: str
    place: str
    batches: int
    rows: int
    seconds: float
    cpu_seconds: float
    share: float
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True)
class ProfilePhase:
    """One phase as a whole.

    Attributes:
        phase: Its name.
        elapsed: Seconds from its first moment to its last, on any worker.
        seconds: Of its steps, what is not accounted for included: more than ``elapsed`` where
            several threads or workers were at work.
        cpu_seconds: Of the processor, of its steps.
    """

    phase: str
    elapsed: float
    seconds: float
    cpu_seconds: float


class Profile(Recorder):
    """What was measured inside a ``with tb.profile()`` block; see `profile`."""

    def __init__(self) -> None:
        super().__init__()
        self._began, self._ended = time.time_ns(), 0
        self._cpu_began, self._cpu_ended = _processor_seconds(), -1.0
        self._kept: dict[Step, Amounts] = {}
        self._between: dict[str, tuple[int, int]] = {}

    @property
    def elapsed(self) -> float:
        """Seconds that the block took, or has taken so far."""
        return ((self._ended or time.time_ns()) - self._began) / _SECOND

    @property
    def cpu_seconds(self) -> float:
        """Seconds of the processor in all threads of this process, and in children that ended.

        More than the steps say, for these know nothing of Arrow's own threads, nor of the runner.
        """
        ended = _processor_seconds() if self._cpu_ended < 0 else self._cpu_ended
        return ended - self._cpu_began

    @property
    def before(self) -> float:
        """Seconds until the first phase began: tracing, making the job, starting the runner."""
        spans = self._spans_so_far().values()
        first = min((begin for begin, _ in spans), default=self._began)
        return max(0.0, (first - self._began) / _SECOND)

    @property
    def outside(self) -> float:
        """Seconds of the block in which no phase was under way on any worker.

        Those `before` the first, and whatever else the block does between phases and after them.
        """
        inside, reached = 0, self._began
        for begin, end in sorted(self._spans_so_far().values()):
            inside += max(0, end - max(begin, reached))
            reached = max(reached, end)
        return max(0.0, self.elapsed - inside / _SECOND)

    @property
    def rows(self) -> list[ProfileRow]:
        """A row for each step: by phase, in the order they began, then the slowest first."""
        amounts = self._amounts_so_far()
        whole = sum(each.wall for each in amounts.values()) or 1
        order = self._order()
        rows = [
            ProfileRow(
                **asdict(step),
                batches=each.batches,
                rows=each.rows,
                seconds=each.wall / _SECOND,
                cpu_seconds=each.cpu / _SECOND,
                share=each.wall / whole,
                bytes_in=each.bytes_in,
                bytes_out=each.bytes_out,
            )
            for step, each in amounts.items()
        ]
        return sorted(rows, key=lambda row: (order[row.phase], -row.seconds, row.kind, row.name))

    @property
    def phases(self) -> list[ProfilePhase]:
        """A summary of each phase, in the order they began."""
        rows, spans = self.rows, self._spans_so_far()
        found = []
        for phase in dict.fromkeys(row.phase for row in rows):
            begin, end = spans.get(phase, (0, 0))
            own = [row for row in rows if row.phase == phase]
            found.append(
                ProfilePhase(
                    phase,
                    (end - begin) / _SECOND,
                    sum(row.seconds for row in own),
                    sum(row.cpu_seconds for row in own),
                )
            )
        return found

    def collect(self, result: Any) -> None:
        """Add what the workers of a pipeline measured; needed for pipelines of your own only.

        Args:
            result: What ``pipeline.run()`` gave, of a pipeline whose transforms were applied
                inside the block, once it is done.

        Raises:
            EngineError: If the runner keeps no metrics.
        """
        try:
            found = result.metrics().query()
        except (NotImplementedError, AttributeError) as problem:
            raise EngineError(
                "The runner keeps no metrics, by which workers tell what they measured.",
                expected="the result of a pipeline on a runner that keeps metrics",
                fix="Profile on another runner, or a part of the data without a pipeline.",
            ) from problem
        amounts, spans = found_in(found, self._began)
        for step, each in amounts.items():
            self._kept[step] = self._kept.get(step, Amounts()).plus(each)
        for phase, (begin, end) in spans.items():
            self.add_span(phase, begin, end)

    def table(self, least: float = 0.005) -> str:
        """The profile as text, for reading.

        Args:
            least: Steps of a smaller share of all seconds are summed up in one line a phase.
        """
        from taurus_beam.profiling.table import profile_text

        return profile_text(self, least)

    def to_json(self) -> str:
        """The profile as JSON: all that the attributes of a profile and of its rows tell."""
        known = {
            "elapsed": self.elapsed,
            "outside": self.outside,
            "before": self.before,
            "cpu_seconds": self.cpu_seconds,
            "phases": [asdict(phase) for phase in self.phases],
            "rows": [asdict(row) for row in self.rows],
        }
        return json.dumps(document("profile", known), indent=1, ensure_ascii=False) + "\n"

    def __str__(self) -> str:
        return self.table()

    def finish(self) -> None:
        """Say that the block has ended."""
        self._ended, self._cpu_ended = time.time_ns(), _processor_seconds()

    @property
    def began(self) -> int:
        """When the block began, in nanoseconds since the epoch."""
        return self._began

    def _amounts_so_far(self) -> dict[Step, Amounts]:
        self._keep()
        return self._kept

    def _spans_so_far(self) -> dict[str, tuple[int, int]]:
        self._keep()
        return self._between

    def _keep(self) -> None:
        amounts, spans = self.taken()
        for step, each in amounts.items():
            self._kept[step] = self._kept.get(step, Amounts()).plus(each)
        for phase, (begin, end) in spans.items():
            first, last = self._between.get(phase, (begin, end))
            self._between[phase] = min(first, begin), max(last, end)

    def _order(self) -> dict[str, tuple[int, str]]:
        spans = self._spans_so_far()
        return {
            step.phase: (spans.get(step.phase, (0, 0))[0], step.phase)
            for step in self._amounts_so_far()
        }


def _processor_seconds() -> float:
    # The clock of this process is finer than the ticks in which that of others is counted.
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


@contextmanager
def profile() -> Iterator[Profile]:
    """Measure what fits and transforms take inside the ``with`` block, step by step.

    Covers `fit`, `fit_transform`, `statistics`, `TransformFn.transform` on tables and batches, and
    the Beam transforms that are applied inside; what their workers measure comes by Beam's metrics
    (see `Profile.collect`). `TransformFn.row` is not measured. Results do not change.

    Yields:
        The profile, to be read inside the block or after it.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 4.0]})
        >>> with tb.profile() as measured:
        ...     fn = tb.fit(table, lambda i: {"z": tb.scale_to_0_1(i["x"])})
        ...     _ = fn.transform(table)
        >>> sorted({row.phase for row in measured.rows})
        ['freeze', 'pass 1', 'transform']
        >>> [row.name for row in measured.rows if row.kind == "add"]
        ['min, max(x)']
    """
    found = Profile()
    with recording_to(found):
        try:
            yield found
        finally:
            found.finish()

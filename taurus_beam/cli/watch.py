"""How far a job is: a bar on a terminal, a line now and then where it is none.

It watches the counters of this process; a job on a cluster shows only the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from taurus_beam.cli.terminal import count, size, stderr
from taurus_beam.io import Progress, Source, progress

__all__ = ["Watch"]

_EVERY = 0.2
_LINE_EVERY = 30.0


class Watch:
    """Shows progress on standard error from `planned` until the block ends, and takes the time.

    Args:
        source: What is read; None where only the job finds out how much of the data it reads.
        counts: Whether the work is done in this process, where its counters are.
        console: Where to show it.

    Attributes:
        seconds: How long the block took.
    """

    def __init__(self, source: Source | None, counts: bool, console: Console | None = None) -> None:
        self.seconds = 0.0
        self._source, self._counts = source, counts
        self._console = console or stderr()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        self._began = time.perf_counter()
        self._before = progress()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.seconds = time.perf_counter() - self._began

    def planned(self, readings: Sequence[str]) -> None:
        """Start to show, knowing what each reading of the source is for."""
        show = self._bar if self._console.is_terminal else self._lines
        nbytes = self._source.nbytes() if self._source and self._counts else None
        arguments = (list(readings) or ["no pass"], nbytes)
        self._thread = threading.Thread(target=show, args=arguments, daemon=True)
        self._thread.start()

    def _bar(self, readings: list[str], nbytes: int | None) -> None:
        total = None if nbytes is None else nbytes * len(readings)
        columns: tuple[Any, ...] = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            *((TaskProgressColumn(), TextColumn("{task.fields[figures]}")) if self._counts else ()),
            TimeElapsedColumn(),
        )
        with Bar(*columns, console=self._console, transient=True, redirect_stderr=False) as bar:
            task = bar.add_task("starting", total=total, figures="")
            while not self._stop.wait(_EVERY):
                done = progress() - self._before
                bar.update(
                    task,
                    completed=None if nbytes is None else done.bytes_read,
                    description="running" if nbytes is None else _reading(readings, nbytes, done),
                    figures=f"{count(done.rows_read)} rows, {size(done.bytes_read)}",
                )

    def _lines(self, readings: list[str], nbytes: int | None) -> None:
        while not self._stop.wait(_LINE_EVERY):
            done = progress() - self._before
            seconds = time.perf_counter() - self._began
            line = f"{seconds:.0f} s"
            if self._counts:
                figures = f"{count(done.rows_read)} rows, {size(done.bytes_read)} read"
                if nbytes is not None:
                    part = 100 * done.bytes_read / max(1, nbytes * len(readings))
                    figures = f"{_reading(readings, nbytes, done)}, {part:.0f} %, {figures}"
                line += f": {figures}"
            self._console.print(line)


def _reading(readings: list[str], nbytes: int, done: Progress) -> str:
    """Which reading it is, by the bytes behind us."""
    # What a file has beside its rows is not read, or not counted.
    read = int(done.bytes_read / max(1, nbytes) + 0.01)
    return readings[min(read, len(readings) - 1)]

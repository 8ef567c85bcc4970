"""Statistics of what comes in, gathered beside the requests, which never wait for it.

A thread takes what waits now and then, so that rows of many requests become few large batches; it
works for at most a tenth of the time. What finds no room meanwhile is dropped and counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.rest.live_rows import Inputs, as_trained, batches_of
from taurus_beam.rest.live_windows import Window, Windows, live_statistics
from taurus_beam.rest.model import Model
from taurus_beam.rest.routing import fraction
from taurus_beam.rest.settings import LiveSettings

__all__ = ["LiveData", "LiveStatistics"]

_PAUSE_SECONDS = 1.0
_REST = 9.0
"""The thread rests so many times as long as it worked."""

_ROW_BYTES = 512
"""What a row of Python values takes beside the bytes of its body, roughly."""

_logger = logging.getLogger("taurus_beam.rest")


@dataclass(frozen=True)
class LiveData:
    """What came in during some windows.

    Attributes:
        windows: Those with rows, the oldest first; the last one may still be open.
        statistics: Of the rows of all of them.
    """

    windows: list[Window]
    statistics: statistics_pb2.DatasetFeatureStatisticsList

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return sum(window.rows for window in self.windows)


@dataclass(frozen=True, eq=False)
class _Entry:
    model: Model
    window: int
    inputs: Inputs


class LiveStatistics:
    """The live statistics of one application, by version. Safe to use from several threads.

    Args:
        settings: Windows, share, room.
        schema: The schema of a version's data, if there is one.
        gathered: Called with the rows that were added to a version's statistics.
        dropped: Called for each request there was no room for.
        closed: Called when the closed windows of a version are others than before.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        settings: LiveSettings,
        schema: Callable[[Model], schema_pb2.Schema | None],
        gathered: Callable[[Model, int], None],
        dropped: Callable[[], None],
        closed: Callable[[Model], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._schema, self._clock = settings, schema, clock
        self._gathered, self._dropped, self._closed = gathered, dropped, closed
        self._waiting: list[_Entry] = []
        self._nbytes = 0
        self._queue = threading.Lock()
        self._adding = threading.Lock()
        self._windows: dict[Model, Windows] = {}
        self._served: frozenset[Model] = frozenset()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-statistics", daemon=True)
        self._thread.start()

    def offer(self, model: Model, request_id: str, inputs: Inputs, body_bytes: int) -> None:
        """Count a request's rows if it is in the sample; never waits.

        Args:
            model: What it was answered by.
            request_id: Decides whether it is in the sample.
            inputs: Its rows.
            body_bytes: How long its body was.
        """
        share = self._settings.share
        if share < 1 and fraction(f"statistics {request_id}") >= share:
            return
        if isinstance(inputs, pa.RecordBatch):
            # It may stand in the body, all of which is kept then.
            nbytes = max(body_bytes, inputs.nbytes)
        else:
            nbytes = body_bytes + _ROW_BYTES * len(inputs)
        with self._queue:
            if self._nbytes + nbytes <= self._settings.waiting_bytes:
                self._nbytes += nbytes
                self._waiting.append(_Entry(model, self._now(), inputs))
                return
        self._dropped()

    def data(self, model: Model, most: int | None = None) -> LiveData:
        """What came in for a version, requests that were just answered included.

        Args:
            model: The version.
            most: Only of the last so many windows, the present one among them; None for all.
        """
        with self._adding:
            self._add_waiting()
            now = self._now()
            windows = self._windows.get(model) or self._new(model)
            kept = windows.kept()
        first = now - (self._settings.windows if most is None else most)
        kept = [window for window in kept if window.number > first]
        return LiveData(kept, windows.total(kept))

    def retain(self, models: Iterable[Model]) -> None:
        """Forget versions that are no longer served."""
        self._served = frozenset(models)
        with self._adding:
            self._forget(self._windows.keys() - self._served)

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join()

    def _now(self) -> int:
        return int(self._clock() // self._settings.window_seconds)

    def _run(self) -> None:
        pause = _PAUSE_SECONDS
        while not self._closing.wait(pause):
            began = time.perf_counter()
            try:
                self._step()
            except Exception:  # statistics must not end because of one fault
                _logger.exception("Live statistics could not be gathered.")
            pause = max(_PAUSE_SECONDS, _REST * (time.perf_counter() - began))

    def _step(self) -> None:
        with self._adding:
            self._add_waiting()
            now = self._now()
            changed = [m for m, windows in self._windows.items() if windows.close_before(now)]
            if changed:
                self._keep_within_memory()
        for model in changed:
            self._closed(model)

    def _add_waiting(self) -> None:
        with self._queue:
            waiting, self._waiting = self._waiting, []
            self._nbytes = 0
        by_window: dict[tuple[Model, int], list[Inputs]] = {}
        for entry in waiting:
            by_window.setdefault((entry.model, entry.window), []).append(entry.inputs)
        for (model, window), inputs in by_window.items():
            # A version that went may still have answered.
            if model in self._served:
                self._add(model, window, inputs)

    def _add(self, model: Model, window: int, inputs: list[Inputs]) -> None:
        windows = self._windows.get(model)
        if windows is None:
            windows = self._windows[model] = self._new(model)
        try:
            for batch in batches_of(model.inputs, inputs):
                windows.add(as_trained(batch), window)
                self._gathered(model, batch.num_rows)
        except Exception:
            _logger.exception("Rows of %s could not be counted.", model.name)
            for _ in inputs:
                self._dropped()

    def _new(self, model: Model) -> Windows:
        return Windows(live_statistics(self._schema(model)), self._settings.windows)

    def _forget(self, models: Collection[Model]) -> None:
        for model in list(models):
            del self._windows[model]

    def _keep_within_memory(self) -> None:
        """Give up the oldest windows of all while they take too much."""
        while True:
            closed = [(w.closed[0].number, w) for w in self._windows.values() if w.closed]
            nbytes = sum(each.nbytes for w in self._windows.values() for each in w.closed)
            if nbytes <= self._settings.kept_bytes:
                return
            min(closed, key=lambda pair: pair[0])[1].forget_oldest()

"""A sample of requests in Parquet files: what came in, what went out, when, by which version.

Requests never wait for it: a thread writes, and what finds no room is dropped and counted. The
features are columns of their own names, so a file is a data set that the artifact reads, and that
can be compared with the training data.
"""

from __future__ import annotations

import datetime
import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.budget import check_vectors
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.values import to_arrow
from taurus_beam.rest.model import Model
from taurus_beam.rest.outcome import Outcome
from taurus_beam.rest.record_signing import SIGNATURES, SigningKey
from taurus_beam.rest.routing import fraction
from taurus_beam.rest.settings import LogSettings

__all__ = ["OUTPUTS", "SERVING", "RequestLog"]

SERVING = "_serving"
"""The column that tells of a row's request: id, the row's number in it, model, version, time, and
the digest of the artifact that answered, by which `taurus-beam lineage` knows it."""

OUTPUTS = "_outputs"
"""The column of what was answered: a struct with a field for each output."""

_ROW_BYTES = 512
"""What a row of Python values takes beside the bytes of its body, roughly."""
_logger = logging.getLogger("taurus_beam.rest")


@dataclass(frozen=True, eq=False)
class _Entry:
    model: Model
    request_id: str
    time: datetime.datetime
    inputs: pa.RecordBatch | Sequence[Mapping[str, Any]]
    outcome: Outcome
    nbytes: int


@dataclass
class _Open:
    """The rows of a file that is not yet written."""

    since: float
    batches: list[Any] = field(default_factory=list)
    rows: int = 0
    nbytes: int = 0


class RequestLog:
    """The log of one application. `offer` is safe to use from several threads.

    Args:
        settings: Where, how many, how large.
        written: Called with the number of rows of each file.
        dropped: Called for each request there was no room for.

    Raises:
        EngineError: If the folder cannot be written.
    """

    def __init__(
        self, settings: LogSettings, written: Callable[[int], None], dropped: Callable[[], None]
    ) -> None:
        self._settings, self._written, self._dropped = settings, written, dropped
        self._waiting: deque[_Entry] = deque()
        self._nbytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._open: dict[Model, _Open] = {}
        try:
            os.makedirs(settings.folder, exist_ok=True)
        except OSError as problem:
            raise EngineError(
                f"The request log cannot be written: {problem.strerror}.", where=settings.folder
            ) from problem
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def offer(
        self,
        model: Model,
        request_id: str,
        inputs: pa.RecordBatch | Sequence[Mapping[str, Any]],
        outcome: Outcome,
        body_bytes: int,
    ) -> None:
        """Log a request if it is in the sample; never waits.

        Args:
            model: What it was answered by.
            request_id: Decides whether it is in the sample.
            inputs: Its rows.
            outcome: What was answered.
            body_bytes: How long its body was.
        """
        if fraction(f"log {request_id}") >= self._settings.share:
            return
        if isinstance(inputs, pa.RecordBatch):
            # It may stand in the body, all of which is kept then.
            nbytes = max(body_bytes, inputs.nbytes)
        else:
            nbytes = body_bytes + _ROW_BYTES * len(inputs)
        now = datetime.datetime.now(datetime.timezone.utc)
        entry = _Entry(model, request_id, now, inputs, outcome, nbytes)
        with self._changed:
            if self._closing or self._nbytes + nbytes > self._settings.waiting_bytes:
                self._dropped()
                return
            self._waiting.append(entry)
            self._nbytes += nbytes
            self._changed.notify()

    def close(self) -> None:
        """Write what is there, and stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting and not self._closing:
                    self._changed.wait(self._patience())
                entries, self._waiting = self._waiting, deque()
                closing = self._closing
            for entry in entries:
                self._add(entry)
                with self._changed:
                    self._nbytes -= entry.nbytes
            self._write_finished(everything=closing)
            if closing:
                return

    def _patience(self) -> float | None:
        """Seconds until a file is old enough to be written; None where none is open."""
        if not self._open:
            return None
        oldest = min(file.since for file in self._open.values())
        return max(0.0, oldest + self._settings.file_seconds - time.monotonic())

    def _add(self, entry: _Entry) -> None:
        try:
            batch = _as_batch(entry)
        except Exception:  # one request that cannot be written must not end the log
            _logger.exception("A request could not be logged.")
            self._dropped()
            return
        file = self._open.setdefault(entry.model, _Open(time.monotonic()))
        file.batches.append(batch)
        file.rows += batch.num_rows
        file.nbytes += batch.nbytes
        # Files that are open take memory as well as what waits.
        most_bytes = self._settings.waiting_bytes // 4
        if file.rows >= self._settings.file_rows or file.nbytes >= most_bytes:
            self._write(entry.model)

    def _write_finished(self, everything: bool) -> None:
        due = time.monotonic() - self._settings.file_seconds
        for model in [m for m, file in self._open.items() if everything or file.since <= due]:
            self._write(model)

    def _write(self, model: Model) -> None:
        file = self._open.pop(model)
        try:
            folder = os.path.join(self._settings.folder, model.name, model.version)
            _write_file(folder, file, self._settings.key)
        except OSError:
            _logger.exception("A file of the request log could not be written.")
            for _ in file.batches:
                self._dropped()
        else:
            self._written(file.rows)


def _write_file(folder: str, file: _Open, key: SigningKey | None) -> None:
    import pyarrow.parquet as pq  # spares a server without a log half a second

    os.makedirs(folder, exist_ok=True)
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S")
    name = f"requests-{moment}-{uuid.uuid4().hex[:8]}"
    table = pa.Table.from_batches(file.batches)
    if key is not None:
        # First, so that no file is there without its signatures.
        _appear(folder, name + SIGNATURES, lambda path: _write_signatures(table, key, path))
    _appear(folder, f"{name}.parquet", lambda path: pq.write_table(table, path))


def _write_signatures(table: pa.Table, key: SigningKey, path: str) -> None:
    from taurus_beam.rest.request_records import records_of

    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{key.signed(record)}\n" for record in records_of(table))


def _appear(folder: str, name: str, write: Callable[[str], object]) -> None:
    """Write a file that has its name only when it is whole."""
    building = os.path.join(folder, f".{name}")
    try:
        write(building)
        os.replace(building, os.path.join(folder, name))
    except BaseException:
        if os.path.exists(building):
            os.remove(building)
        raise


def _as_batch(entry: _Entry) -> pa.RecordBatch:
    types = entry.model.inputs
    outputs = entry.outcome.batch()
    columns: dict[str, Any] = {}
    if isinstance(entry.inputs, pa.RecordBatch):
        for name, kind in types.items():
            # As the function took them: a client's own number types would differ between files.
            columns[name] = to_arrow(column_values(entry.inputs, name, kind))
    else:
        check_vectors(types.values(), len(entry.inputs))
        for name, kind in types.items():
            columns[name] = pa.array([row[name] for row in entry.inputs], kind.to_arrow())
    rows = outputs.num_rows
    moment = pa.timestamp("us", "UTC")
    columns[SERVING] = pa.StructArray.from_arrays(
        [
            pa.repeat(entry.request_id, rows),
            pa.array(range(rows), pa.int64()),
            pa.repeat(entry.model.name, rows),
            pa.repeat(entry.model.version, rows),
            pa.repeat(pa.scalar(entry.time, moment), rows),
            pa.repeat(f"sha256:{entry.model.fn.digest}", rows),
        ],
        names=["request_id", "row", "model", "version", "time", "digest"],
    )
    columns[OUTPUTS] = pa.StructArray.from_arrays(
        list(map(_storable, outputs.columns)), names=outputs.schema.names
    )
    return pa.RecordBatch.from_arrays(list(map(_storable, columns.values())), list(columns))


def _storable(array: Any) -> Any:
    """Vectors as lists: Parquet's readers in Arrow refuse vectors that are missing."""
    if pa.types.is_fixed_size_list(array.type):
        return array.cast(pa.list_(array.type.value_type))
    return array

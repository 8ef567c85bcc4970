"""The ways that an artifact can be applied, each from a table of inputs to a table of outputs.

Each goes the way that users go: through a real pipeline, ONNX Runtime, or a server on a socket.
Comparing what comes out is another file's matter.
"""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import apache_beam as beam
import pyarrow as pa

from taurus_beam.errors import EngineError, TaurusError
from taurus_beam.pipeline import ReadTransformFn, TransformDataset
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["WAYS", "Outcome"]

_SPLITS = (1, 2, 7, 64, 1000)
_REQUEST_ROWS = 10_000
_STREAM = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Outcome:
    """What a way gave.

    Attributes:
        table: The outputs, in the order of the rows.
        left_out: Why it does not give some of the outputs, by their names.
    """

    table: pa.Table
    left_out: Mapping[str, str] = field(default_factory=dict)


def _split(fn: TransformFn, path: str, table: pa.Table) -> Outcome:
    """The batch path on batches of other sizes."""
    pieces: list[pa.Table] = []
    start = 0
    while start < table.num_rows or not pieces:
        # Of a table of no columns, a slice beyond its end would have the rows that are asked for.
        rows = min(_SPLITS[len(pieces) % len(_SPLITS)], table.num_rows - start)
        pieces.append(fn.transform(table.slice(start, rows)))
        start += rows
    return Outcome(pa.concat_tables(pieces))


def _row(fn: TransformFn, path: str, table: pa.Table) -> Outcome:
    """The row path, on an artifact that was loaded again."""
    rows = [fn.row(row) for row in table.to_pylist()]
    return Outcome(pa.Table.from_pylist(rows, fn.output_arrow_schema))


def _beam(fn: TransformFn, path: str, table: pa.Table) -> Outcome:
    """A pipeline; all rows are one element, so they keep their order."""
    target = f"{path}.arrows"
    batches = table.combine_chunks().to_batches()
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        made = pipeline | beam.Create(batches).with_output_types(pa.RecordBatch)
        transformed = (made, pipeline | ReadTransformFn(path)) | TransformDataset()
        _ = transformed | beam.Map(_write, target)
    if not batches:
        return Outcome(fn.output_arrow_schema.empty_table())
    with pa.memory_map(target) as file:
        return Outcome(pa.ipc.open_stream(file.read_buffer()).read_all())


def _onnx(fn: TransformFn, path: str, table: pa.Table) -> Outcome:
    """ONNX Runtime, on those outputs that have an ONNX form."""
    from taurus_beam.onnx.export import to_onnx
    from taurus_beam.onnx.session import OnnxTransform

    reasons = {name: _why_not_onnx(fn, name) for name in fn.graph.outputs}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    outputs = [name for name in reasons if name not in left_out]
    if not outputs:
        raise EngineError(f"No output has an ONNX form: {next(iter(left_out.values()))}")
    return Outcome(OnnxTransform(to_onnx(fn, outputs=outputs))(table), left_out)


def _rest(fn: TransformFn, path: str, table: pa.Table) -> Outcome:
    """A server on this machine, asked over HTTP with Arrow."""
    starts = range(0, max(table.num_rows, 1), _REQUEST_ROWS)
    with _served(path) as url:
        pieces = [_answered(url, table.slice(start, _REQUEST_ROWS)) for start in starts]
    return Outcome(pa.concat_tables(pieces))


WAYS: dict[str, Callable[[TransformFn, str, pa.Table], Outcome]] = {
    "split": _split,
    "row": _row,
    "beam": _beam,
    "onnx": _onnx,
    "rest": _rest,
}
"""Every way by name."""


def _why_not_onnx(fn: TransformFn, output: str) -> str | None:
    from taurus_beam.onnx.export import to_onnx

    try:
        to_onnx(fn, outputs=[output])
    except EngineError as problem:
        return problem.what
    return None


def _write(batch: pa.RecordBatch, target: str) -> None:
    with pa.OSFile(target, "wb") as file, pa.ipc.new_stream(file, batch.schema) as writer:
        writer.write_batch(batch)


@contextmanager
def _served(path: str) -> Iterator[str]:
    """The address of a server of an artifact, which ends with the block."""
    try:
        from taurus_beam.rest import Address, Limits, Repository, Settings, application
        from taurus_beam.rest.server import open_socket, server
    except ModuleNotFoundError as problem:
        raise EngineError(
            f"Serving needs a package that is not installed: {problem.name}.",
            fix="pip install 'taurus-beam[serve]'",
        ) from None
    settings = Settings(Limits(body_bytes=2**30, rows=_REQUEST_ROWS))
    address = Address(port=0)
    running = server(application(Repository.of({"verified": path}), settings), address, settings)
    opened = open_socket(address)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[opened])))
    thread.start()
    try:
        while not running.started:
            if not thread.is_alive():
                raise EngineError("The server did not start.")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()


def _answered(url: str, table: pa.Table) -> pa.Table:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = urllib.request.Request(
        f"{url}/v1/models/verified:transform",
        data=sink.getvalue().to_pybytes(),
        headers={"Content-Type": _STREAM, "Accept": _STREAM},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return pa.ipc.open_stream(answer.read()).read_all()
    except urllib.error.HTTPError as problem:
        text = ""
        with suppress(OSError):
            text = problem.read().decode(errors="replace")
        raise TaurusError(f"The server answers {problem.code}: {text[:500]}") from problem

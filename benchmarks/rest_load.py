"""``python -m benchmarks.rest_load``: the server at 200 connections, against a bare echo.

The reference work's artifact is served by ``taurus-beam serve``, once more with live statistics;
beside it runs a Starlette application that reads a body and sends it back, on the same uvicorn.
One client of this process asks all in turns, over connections that stay open, while versions of
the artifact come and go. It fails if any answer is not 200.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from benchmarks import data, report
from benchmarks.functions import preprocessing_fn

RESULT = Path(__file__).parent / "results" / "rest.md"
ROOT = Path(__file__).parent.parent
CLI = "from taurus_beam.cli import main; main()"
ECHO = """
import asyncio, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from taurus_beam.rest import Address, Settings
from taurus_beam.rest.server import serve

async def echo(request):
    return Response(await request.body(), media_type="application/json")

app = Starlette(routes=[Route("/{path:path}", echo, methods=["POST"])])
serve(app, Address(port=0), Settings(), lambda url: print(f"echo on {url}", flush=True))
"""


@dataclass
class Load:
    """What came of one kind of request.

    Attributes:
        seconds: How long each took.
        lasted: How long all of it took.
        failures: Answers that were not 200, or connections that broke.
        versions: Which versions answered.
    """

    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0
    failures: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)

    def add(self, other: Load) -> None:
        """Add what came of another turn."""
        self.seconds += other.seconds
        self.lasted += other.lasted
        self.failures += other.failures
        self.versions |= other.versions


def main() -> int:
    """Prints a table, or keeps it; 1 if a request failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help=f"write {RESULT.name}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loads = measured(Path(folder), options.connections, options.seconds, options.turns)
    text = table(loads, options.connections)
    print(text)
    if options.keep:
        RESULT.write_text(text, encoding="utf-8")
    failed = [failure for load in loads.values() for failure in load.failures]
    print(*failed[:5], sep="\n", file=sys.stderr)
    return 1 if failed else 0


def measured(folder: Path, connections: int, seconds: float, turns: int) -> dict[str, Load]:
    """What came of each kind of request."""
    import taurus_beam as tb

    flights = data.table(1)
    fitted = tb.fit(flights, preprocessing_fn)
    models = folder / "models"
    fitted.save(str(models / "flights" / "1"))
    # Column by column, so that null stays null.
    some = flights.select([*data.NUMERIC, *data.STRINGS]).slice(0, 1000).combine_chunks()
    rows = some.to_pylist()
    bodies = {
        "1 row, JSON": (json.dumps(rows[:1]).encode(), "application/json"),
        "1,000 rows, JSON": (json.dumps(rows).encode(), "application/json"),
        "1,000 rows, Arrow": (stream(some), "application/vnd.apache.arrow.stream"),
    }
    address = "/v1/models/flights:transform"
    serve = ["-c", CLI, "serve", "--models", str(models), "--port", "0", "--reload", "0.2"]
    loads: dict[str, Load] = {}
    with (
        running(["-c", ECHO]) as echo,
        running(serve) as ours,
        running([*serve, "--drift"]) as gathering,
    ):
        servers = {"echo": echo, "taurus_beam": ours, "with --drift": gathering}
        for turn in range(turns):
            # Back and forth, so that what else the machine does favours none.
            asked = list(servers.items())[:: -1 if turn % 2 else 1]
            for kind, (body, media_type) in bodies.items():
                for name, url in asked:
                    with swapping(fitted, models / "flights", turn * 100):
                        request = post(url, address, body, media_type)
                        load = asyncio.run(ask(url, request, connections, seconds))
                    loads.setdefault(f"{kind}, {name}", Load()).add(load)
    return loads


@contextmanager
def running(words: list[str]) -> Iterator[str]:
    """The address of a server in a process of its own."""
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            match = re.search(r" on (http://\S+)$", line)
            if match:
                break
        else:
            raise SystemExit("the server did not start")
        try:
            yield match[1]
        finally:
            process.terminate()
            process.stdout.read()


@contextmanager
def swapping(fitted: Any, folder: Path, first: int) -> Iterator[None]:
    """A version that comes before a turn, and the one before it that goes."""
    known = sorted(int(path.name) for path in folder.iterdir())
    fitted.save(str(folder / str(max(known[-1], first) + 1)))
    yield
    for version in known[:-1]:
        shutil.rmtree(folder / str(version))


def stream(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def post(url: str, address: str, body: bytes, media_type: str) -> bytes:
    """The bytes of a request."""
    head = (
        f"POST {address} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(url: str, request: bytes, connections: int, seconds: float) -> Load:
    """Ask over some connections, one request after the other on each."""
    load, parts = Load(), urlsplit(url)
    began = time.perf_counter()

    async def one() -> None:
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            while time.perf_counter() < began + seconds:
                asked = time.perf_counter()
                writer.write(request)
                status, version = await answered(reader)
                load.seconds.append(time.perf_counter() - asked)
                load.versions.add(version)
                if status != 200:
                    load.failures.append(f"{status}")
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError) as problem:
            load.failures.append(repr(problem))

    await asyncio.gather(*(one() for _ in range(connections)))
    load.lasted = time.perf_counter() - began
    return load


async def answered(reader: asyncio.StreamReader) -> tuple[int, str]:
    """The status of an answer and the version that gave it; the body is read and dropped."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = re.search(r"content-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    version = re.search(r"taurus-model-version: (\S+)", head)
    return int(head.split(" ", 2)[1]), version[1] if version else ""


def table(loads: dict[str, Load], connections: int) -> str:
    """The figures as Markdown."""
    lines = [
        f"# The server at {connections} connections",
        "",
        f"{report.cpu()}, {os.cpu_count()} cores, which the client shares with the servers. 22 "
        "outputs of ten features; the echo is a bare Starlette application on the same uvicorn, "
        "which reads the body and sends it back; with --drift all rows go into live statistics, "
        "but for those that find no room. Versions of the artifact came and went during the run. "
        "Read the ratios.",
        "",
        "| | requests/s | × echo | p50 ms | p99 ms | failed | versions |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, load in loads.items():
        rate = len(load.seconds) / load.lasted
        echo = loads[f"{name.rpartition(', ')[0]}, echo"]
        ratio = rate / (len(echo.seconds) / echo.lasted)
        middle, late = (np.quantile(load.seconds, q) * 1000 for q in (0.5, 0.99))
        versions = len(load.versions - {""})
        lines.append(
            f"| {name} | {rate:,.0f} | {ratio:.2f} | {middle:,.0f} | {late:,.0f} "
            f"| {len(load.failures)} | {versions or ''} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

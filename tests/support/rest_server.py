"""A real server on a port of this machine, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from taurus_beam.rest import Address, Repository, Settings, application
from taurus_beam.rest.server import open_socket, server


@contextmanager
def serving(
    repository: Repository,
    settings: Settings | None = None,
    address: Address | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[httpx.Client]:
    """A client of a server that has begun; the server has ended after the block."""
    settings, address = settings or Settings(), address or Address(port=0)
    running = server(application(repository, settings), address, settings)
    listening = open_socket(address)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listening])))
    thread.start()
    try:
        until(lambda: running.started)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            yield client
    finally:
        running.should_exit = True
        thread.join()


def until(condition: Any, seconds: float = 30.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def metrics(client: httpx.Client) -> dict[str, float]:
    """The counters that have counted something."""
    lines = [line for line in client.get("/metrics").text.splitlines() if line[0] != "#"]
    pairs = (line.rpartition(" ") for line in lines)
    return {name: float(value) for name, _, value in pairs if float(value)}

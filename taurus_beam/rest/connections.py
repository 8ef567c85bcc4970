"""Connections of clients that take their time: closed when a request's head does not come.

uvicorn waits for the head of a request for ever, so that whoever opens connections and sends a
byte now and then could keep them all. What comes after the head is `bodies`' matter.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["hurried"]


class _Hurried(H11Protocol):
    """uvicorn's HTTP/1.1, which closes a connection whose request does not begin in time."""

    head_seconds: float
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Begin to wait for a head, go on, or stop where a request is being answered."""
        if not self._is_idle():
            self._forget()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(self.head_seconds, self._give_up)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()


def hurried(head_seconds: float) -> type[asyncio.Protocol]:
    """A protocol for uvicorn that gives each request's head so many seconds to come."""
    return type("Hurried", (_Hurried,), {"head_seconds": head_seconds})

"""Asks a server for predictions, with nothing but Python's own library."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit


class Client:
    """One connection to a server, kept open.

    Args:
        url: Where it listens, ``http://HOST:PORT``.
    """

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def reads(self, model: str) -> list[str]:
        """The raw columns that a model needs, by name."""
        described = self._asked("GET", f"/v2/models/{model}")
        return [each["name"] for each in described["inputs"]]

    def predict(self, model: str, rows: list[dict[str, Any]]) -> list[float]:
        """How likely each flight is to be late."""
        answer = self._asked("POST", f"/v1/models/{model}:transform", rows)
        return [row["probabilities"][1] for row in answer]

    def median_milliseconds(self, model: str, rows: list[dict[str, Any]]) -> float:
        """How long a client waits for one flight, asked one after the other."""
        took = []
        for row in rows:
            began = time.perf_counter()
            self.predict(model, [row])
            took.append(time.perf_counter() - began)
        return 1e3 * sorted(took)[len(took) // 2]

    def _asked(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer['error']}")
        return answer

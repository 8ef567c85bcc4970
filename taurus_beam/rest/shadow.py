"""Computing requests a second time with another version, and counting where it differs.

It runs after the answer, in the same threads; where they have no time it is left out and counted.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Executor
from typing import Any

from taurus_beam.rest.metrics import Metrics
from taurus_beam.rest.model import Model
from taurus_beam.rest.outcome import Outcome
from taurus_beam.rest.protocols import Call, answer_rows, answer_tensors
from taurus_beam.rest.refusals import RequestError

__all__ = ["Shadow"]

_logger = logging.getLogger("taurus_beam.rest")


class Shadow:
    """Runs shadows of requests.

    Args:
        pool: The threads.
        most: So many may wait or run.
        metrics: Where differences are counted.
    """

    def __init__(self, pool: Executor, most: int, metrics: Metrics) -> None:
        self._pool, self._metrics = pool, metrics
        self._free = threading.Semaphore(most)

    def follow(self, model: Model, protocol: str, call: Call, outcome: Outcome) -> None:
        """Compute a request that was answered with another version too; never waits."""
        if not self._free.acquire(blocking=False):
            self._metrics.shadow_dropped.inc()
            return
        self._pool.submit(self._run, model, protocol, call, outcome)

    def _run(self, model: Model, protocol: str, call: Call, outcome: Outcome) -> None:
        which = (model.name, model.version)
        try:
            answer = (answer_tensors if protocol == "v2" else answer_rows)(model, call)
            self._metrics.shadow_rows.labels(*which).inc(answer.outcome.size)
            for name, count in differences(outcome, answer.outcome).items():
                self._metrics.shadow_different.labels(*which, name).inc(count)
        except RequestError:
            self._metrics.shadow_failures.labels(*which).inc()
        except Exception:
            self._metrics.shadow_failures.labels(*which).inc()
            _logger.exception("The shadow %s/%s failed.", *which)
        finally:
            self._free.release()


def differences(left: Outcome, right: Outcome) -> dict[str, int]:
    """For how many rows each output of the right one is another value, or is not on the left."""
    found = {}
    for name in right.types:
        if name not in left.types:
            found[name] = right.size
            continue
        pairs = zip(left.column(name), right.column(name), strict=True)
        found[name] = sum(not _same(a, b) for a, b in pairs)
    return {name: count for name, count in found.items() if count}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right or (left != left and right != right))  # NaN is the same as NaN

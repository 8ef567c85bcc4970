"""Answering requests to models: which version, how many at a time, inline or in a thread.

Small requests are worked on in the event loop, because handing them to a thread costs more than
they do; all others go to a pool of threads, and so do those to a model behind the transform, which
may take any time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response

from taurus_beam.rest.bodies import accepted_type, media_type, read_body
from taurus_beam.rest.live_statistics import LiveStatistics
from taurus_beam.rest.metrics import Metrics
from taurus_beam.rest.model import Model
from taurus_beam.rest.protocols import ARROW, JSON, Answer, Call, answer_rows, answer_tensors
from taurus_beam.rest.refusals import RequestError, refusal
from taurus_beam.rest.repository import Repository
from taurus_beam.rest.request_log import RequestLog
from taurus_beam.rest.responses import internal, refused_response, request_id_of
from taurus_beam.rest.routing import Route, choose, fraction
from taurus_beam.rest.settings import Settings
from taurus_beam.rest.shadow import Shadow

__all__ = ["Inference"]

INLINE_BYTES = 8192
"""Bodies up to this size are worked on in the event loop."""

_logger = logging.getLogger("taurus_beam.rest")


class Inference:
    """Answers the requests of one application.

    Args:
        repository: The models.
        settings: How it answers.
        metrics: Where it counts.
        log: Where a sample of the requests is written, if anywhere.
        live: Where the statistics of the inputs are gathered, if they are.
    """

    def __init__(
        self,
        repository: Repository,
        settings: Settings,
        metrics: Metrics,
        log: RequestLog | None,
        live: LiveStatistics | None = None,
    ) -> None:
        self._repository, self._settings = repository, settings
        self._metrics, self._log, self._live = metrics, log, live
        self._pool = ThreadPoolExecutor(settings.threads, "taurus-beam")
        self._shadow = Shadow(self._pool, 2 * settings.threads, metrics)
        self._in_flight = 0

    def close(self) -> None:
        """Wait for the work that began, and write the log."""
        self._pool.shutdown()
        if self._log:
            self._log.close()

    def choose(
        self,
        name: str,
        versions: Mapping[str, Model],
        key: str = "",
        canary_asked: bool | None = False,
    ) -> Model:
        """The version of a model that answers; see `routing.choose`.

        Args:
            name: The model.
            versions: Its versions, looked up once: what is chosen may be gone a moment later.
            key: What decides about the canary's share.
            canary_asked: Whether the client wants the canary, if it says so.
        """
        version = choose(self._route(name), versions, key, canary_asked)
        assert version is not None  # a model has a version, or is none
        return versions[version]

    async def infer(self, request: Request) -> Response:
        """The Open Inference Protocol."""
        return await self._answered(request, "v2", (JSON,), answer_tensors)

    async def transform(self, request: Request) -> Response:
        """Rows of JSON, or an Arrow stream."""
        return await self._answered(request, "rows", (JSON, ARROW), answer_rows)

    async def _answered(
        self,
        request: Request,
        protocol: str,
        known: tuple[str, ...],
        work: Callable[[Model, Call], Answer],
    ) -> Response:
        began, request_id, model = time.perf_counter(), request_id_of(request), None
        try:
            model = self._routed(request, request_id)
            call, answer = await self._worked(request, request_id, model, known, work)
            response = Response(answer.body, media_type=answer.media_type)
            self._observe(model, protocol, call, answer)
        except RequestError as refused:
            response = refused_response(refused, request_id)
        except Exception:
            _logger.exception("Request %s failed.", request_id)
            response = refused_response(internal(), request_id)
        response.headers["X-Request-ID"] = request_id
        if model is not None:
            response.headers["Taurus-Model-Version"] = model.version
            seconds = time.perf_counter() - began
            self._metrics.answered(model, protocol, response.status_code, seconds)
        else:
            self._metrics.refused(response.status_code)
        return response

    async def _worked(
        self,
        request: Request,
        request_id: str,
        model: Model,
        known: tuple[str, ...],
        work: Callable[[Model, Call], Answer],
    ) -> tuple[Call, Answer]:
        given = media_type(request, known, JSON)
        accepted = accepted_type(request, known, given)
        limits = self._settings.limits
        if self._in_flight >= limits.requests:
            raise refusal(
                429,
                "The server is busy.",
                f"at most {limits.requests:,} requests at a time",
                "Try again.",
                {"Retry-After": "1"},
            )
        self._enter()
        working: asyncio.Future[Answer] | None = None
        try:
            body = await read_body(request, limits)
            call = Call(body, given, accepted, request_id, self._settings)
            if len(body) <= INLINE_BYTES and given == JSON and model.head is None:
                return call, work(model, call)
            working = asyncio.get_running_loop().run_in_executor(self._pool, work, model, call)
            return call, await asyncio.wait_for(asyncio.shield(working), limits.work_seconds)
        except asyncio.TimeoutError:
            raise _late(limits.work_seconds) from None
        finally:
            if working is None or working.done():
                self._leave()
            else:
                # A thread cannot be stopped: the request takes its place until it ends.
                working.add_done_callback(self._leave)

    def _enter(self) -> None:
        self._in_flight += 1
        self._metrics.in_flight.set(self._in_flight)

    def _leave(self, working: asyncio.Future[Answer] | None = None) -> None:
        if working is not None and not working.cancelled():
            working.exception()  # was waited for by nobody, which asyncio would complain about
        self._in_flight -= 1
        self._metrics.in_flight.set(self._in_flight)

    def _observe(self, model: Model, protocol: str, call: Call, answer: Answer) -> None:
        self._metrics.seen(model, answer.seen)
        if self._log:
            size = len(call.body)
            self._log.offer(model, call.request_id, answer.inputs, answer.outcome, size)
        if self._live:
            self._live.offer(model, call.request_id, answer.inputs, len(call.body))
        shadow = self._route(model.name).shadow
        if shadow and fraction(f"shadow {call.request_id}") < shadow.share:
            other = self._repository.models.get(model.name, {}).get(shadow.version)
            if other is not None and other is not model:
                self._shadow.follow(other, protocol, call, answer.outcome)

    def _route(self, name: str) -> Route:
        return self._settings.routes.get(name, Route())

    def _routed(self, request: Request, request_id: str) -> Model:
        name, version = request.path_params["name"], request.path_params.get("version")
        version = version or request.headers.get("taurus-model-version")
        if version is not None:
            return self._repository.model(name, version)
        asked = request.headers.get("taurus-canary")
        wanted = None if asked is None else asked.lower() == "true"
        key = request.headers.get("taurus-routing-key", request_id)
        return self.choose(name, self._repository.versions(name), key, wanted)


def _late(seconds: float) -> RequestError:
    return refusal(503, f"The answer took longer than {seconds:g} s.", fix="Send fewer rows.")

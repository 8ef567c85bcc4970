"""The ASGI application: which address is answered by what, and what surrounds every answer.

Small requests are worked on in the event loop, because handing them to a thread costs more than
they do; all others go to a pool of threads.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from taurus_beam import __version__
from taurus_beam.errors import ArtifactError, EngineError, TaurusError
from taurus_beam.rest import metrics as prometheus
from taurus_beam.rest.access import BearerToken
from taurus_beam.rest.bodies import accepted_type, media_type, read_body
from taurus_beam.rest.json_values import encoded
from taurus_beam.rest.metadata import metadata
from taurus_beam.rest.model import Model
from taurus_beam.rest.openapi import openapi
from taurus_beam.rest.protocols import ARROW, JSON, Answer, Call, answer_rows, answer_tensors
from taurus_beam.rest.refusals import RequestError, refusal
from taurus_beam.rest.repository import Changes, Repository
from taurus_beam.rest.request_log import RequestLog
from taurus_beam.rest.routing import Route, choose, fraction
from taurus_beam.rest.settings import Settings
from taurus_beam.rest.shadow import Shadow

__all__ = ["application"]

INLINE_BYTES = 8192
"""Bodies up to this size are worked on in the event loop."""

_ID = re.compile(r"[\x21-\x7e]{1,128}")
_logger = logging.getLogger("taurus_beam.rest")


def application(repository: Repository, settings: Settings) -> Starlette:
    """An ASGI application that serves a repository.

    Args:
        repository: The models; looked at for new versions while the application runs.
        settings: How it answers.

    Raises:
        TaurusError: If a model cannot be loaded at the start, or there is none.
    """
    server = _Server(repository, settings)
    server.start()
    guards = [Middleware(BearerToken, token=settings.token)] if settings.token else []
    return Starlette(
        routes=[
            Path("/v2", server.about),
            Path("/v2/health/live", server.live),
            Path("/v2/health/ready", server.ready),
            *_twice("/v2/models/{name}", "", server.describe, "GET"),
            *_twice("/v2/models/{name}", "/ready", server.model_ready, "GET"),
            *_twice("/v2/models/{name}", "/infer", server.infer, "POST"),
            *_twice("/v1/models/{name}", ":transform", server.transform, "POST"),
            Path("/v2/repository/index", server.index, methods=["POST"]),
            Path("/metrics", server.metrics_text),
            Path("/openapi.json", server.openapi),
        ],
        middleware=guards,
        exception_handlers={HTTPException: _http_refusal, Exception: _unexpected},
        lifespan=server.lifespan,
    )


def _twice(
    path: str, end: str, answer: Callable[[Request], Awaitable[Response]], method: str
) -> list[Path]:
    """A model's address without and with a version."""
    return [
        Path(f"{path}/versions/{{version}}{end}", answer, methods=[method]),
        Path(f"{path}{end}", answer, methods=[method]),
    ]


class _Server:
    def __init__(self, repository: Repository, settings: Settings) -> None:
        self.repository, self.settings = repository, settings
        self.metrics = prometheus.Metrics()
        self.pool = ThreadPoolExecutor(settings.threads, "taurus-beam")
        self.shadow = Shadow(self.pool, 2 * settings.threads, self.metrics)
        self.log: RequestLog | None = None
        self._in_flight = 0
        self._failed: dict[str, str] = {}

    def start(self) -> None:
        """Load what is there; nothing is served that could not be loaded."""
        changes = self.repository.refresh()
        for problem in changes.failed.values():
            raise problem
        if not self.repository.names:
            raise ArtifactError(
                "There is no artifact to serve.", expected="artifacts in the folder: NAME/VERSION"
            )
        for name in self.settings.routes:
            if name not in self.repository.names:
                raise EngineError(
                    f"There is no model {name!r} whose requests could be shared out.",
                    expected=f"one of: {', '.join(self.repository.names)}",
                )
        self._tell(changes)
        if self.settings.log:
            written, dropped = self.metrics.log_rows.inc, self.metrics.log_dropped.inc
            self.log = RequestLog(self.settings.log, written, dropped)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Watches for new versions while the application runs; then writes what is not written."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            await asyncio.to_thread(self.pool.shutdown)
            if self.log:
                await asyncio.to_thread(self.log.close)

    async def _watch(self) -> None:
        while self.settings.reload_seconds is not None:
            await asyncio.sleep(self.settings.reload_seconds)
            try:
                self._tell(await asyncio.to_thread(self.repository.refresh))
            except TaurusError as problem:
                self._tell(Changes(failed={"": problem}))
            except Exception:  # whatever is in the folder, what is loaded keeps answering
                _logger.exception("New versions could not be looked for.")
                self.metrics.reload_failures.inc()

    def _tell(self, changes: Changes) -> None:
        for label in changes.loaded:
            _logger.info("loaded %s", label)
        for label in changes.removed:
            _logger.info("removed %s", label)
        for label, problem in changes.failed.items():
            self.metrics.reload_failures.inc()
            # Tried again each time, told once.
            if self._failed.get(label) != str(problem):
                _logger.error("%s could not be loaded: %s", label or "models", problem)
        self._failed = {label: str(problem) for label, problem in changes.failed.items()}
        names = self.repository.names
        self.metrics.loaded([m for n in names for m in self.repository.versions(n).values()])

    async def about(self, request: Request) -> Response:
        """The server's metadata."""
        return _json({"name": "taurus_beam", "version": __version__, "extensions": []})

    async def live(self, request: Request) -> Response:
        """It answers, so it is alive."""
        return _json({"live": True})

    async def ready(self, request: Request) -> Response:
        """Nothing is served before all models are loaded."""
        return _json({"ready": True})

    async def describe(self, request: Request) -> Response:
        """A model's metadata."""
        try:
            model = self._named(request)
        except RequestError as refused:
            return self._refused(refused, _request_id(request))
        return _json(metadata(model, sorted(self.repository.versions(model.name))))

    async def model_ready(self, request: Request) -> Response:
        """A version that is there is ready."""
        try:
            model = self._named(request)
        except RequestError as refused:
            return self._refused(refused, _request_id(request))
        return _json({"name": model.name, "ready": True})

    async def index(self, request: Request) -> Response:
        """All that is loaded, as the protocol's repository extension lists it."""
        versions = [(n, v) for n in self.repository.names for v in self.repository.versions(n)]
        return _json([{"name": n, "version": v, "state": "READY"} for n, v in versions])

    async def metrics_text(self, request: Request) -> Response:
        """Counters for Prometheus."""
        return Response(self.metrics.text(), media_type=prometheus.MEDIA_TYPE)

    async def openapi(self, request: Request) -> Response:
        """This interface, described with the features of the models that are loaded."""
        names = self.repository.names
        models = [self.repository.versions(name) for name in names]
        chosen = [self._default(name) for name in names]
        return _json(openapi(chosen, [sorted(v) for v in models], self.settings))

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
        began, request_id, model = time.perf_counter(), _request_id(request), None
        try:
            model = self._routed(request, request_id)
            call, answer = await self._worked(request, request_id, model, known, work)
            response = Response(answer.body, media_type=answer.media_type)
            self._observe(model, protocol, call, answer)
        except RequestError as refused:
            response = self._refused(refused, request_id, counted=model is not None)
        except Exception:
            _logger.exception("Request %s failed.", request_id)
            response = self._refused(_internal(), request_id, counted=model is not None)
        response.headers["X-Request-ID"] = request_id
        if model is not None:
            response.headers["Taurus-Model-Version"] = model.version
            seconds = time.perf_counter() - began
            self.metrics.answered(model, protocol, response.status_code, seconds)
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
        limits = self.settings.limits
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
            call = Call(body, given, accepted, request_id, self.settings)
            if len(body) <= INLINE_BYTES and given == JSON:
                return call, work(model, call)
            working = asyncio.get_running_loop().run_in_executor(self.pool, work, model, call)
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
        self.metrics.in_flight.set(self._in_flight)

    def _leave(self, working: asyncio.Future[Answer] | None = None) -> None:
        if working is not None and not working.cancelled():
            working.exception()  # was waited for by nobody, which asyncio would complain about
        self._in_flight -= 1
        self.metrics.in_flight.set(self._in_flight)

    def _observe(self, model: Model, protocol: str, call: Call, answer: Answer) -> None:
        self.metrics.seen(model, answer.seen)
        if self.log:
            self.log.offer(model, call.request_id, answer.inputs, answer.outcome)
        shadow = self._route(model.name).shadow
        if shadow and fraction(f"shadow {call.request_id}") < shadow.share:
            other = self.repository.versions(model.name).get(shadow.version)
            if other is not None and other is not model:
                self.shadow.follow(other, protocol, call, answer.outcome)

    def _route(self, name: str) -> Route:
        return self.settings.routes.get(name, Route())

    def _default(self, name: str) -> Model:
        versions = self.repository.versions(name)
        return self.repository.model(name, choose(self._route(name), versions, "", False))

    def _named(self, request: Request) -> Model:
        """The version that an address names, the default one where it names none."""
        name, version = request.path_params["name"], request.path_params.get("version")
        return self._default(name) if version is None else self.repository.model(name, version)

    def _routed(self, request: Request, request_id: str) -> Model:
        name, version = request.path_params["name"], request.path_params.get("version")
        version = version or request.headers.get("taurus-model-version")
        if version is None:
            asked = request.headers.get("taurus-canary")
            wanted = None if asked is None else asked.lower() == "true"
            key = request.headers.get("taurus-routing-key", request_id)
            version = choose(self._route(name), self.repository.versions(name), key, wanted)
        return self.repository.model(name, version)

    def _refused(self, refused: RequestError, request_id: str, counted: bool = True) -> Response:
        if not counted:
            self.metrics.refused(refused.status)
        return _json(refused.body(request_id), refused.status, refused.headers)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encoded(value), status, headers, JSON)


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def _late(seconds: float) -> RequestError:
    return refusal(503, f"The answer took longer than {seconds:g} s.", fix="Send fewer rows.")


def _internal() -> RequestError:
    return refusal(500, "The server failed.", fix="Report it with the request_id.")


async def _http_refusal(request: Request, problem: Exception) -> Response:
    """Addresses and methods that there are none of."""
    assert isinstance(problem, HTTPException)
    what = {404: "There is nothing at this address.", 405: "The method is not allowed here."}
    refused = refusal(problem.status_code, what.get(problem.status_code, problem.detail))
    headers = dict(problem.headers or {})
    return _json(refused.body(_request_id(request)), problem.status_code, headers)


async def _unexpected(request: Request, problem: Exception) -> Response:
    return _json(_internal().body(_request_id(request)), 500)

"""The ASGI application: which address is answered by what, and what goes on beside the requests.

While it runs it looks for new versions; when it ends it writes what is not yet written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

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
from taurus_beam.rest.inference import Inference
from taurus_beam.rest.live_addresses import LiveAddresses
from taurus_beam.rest.metadata import metadata
from taurus_beam.rest.model import Model
from taurus_beam.rest.openapi import openapi
from taurus_beam.rest.refusals import RequestError, refusal
from taurus_beam.rest.repository import Changes, Repository
from taurus_beam.rest.request_log import RequestLog
from taurus_beam.rest.responses import (
    internal,
    json_response,
    refused_response,
    request_id_of,
)
from taurus_beam.rest.settings import Settings

__all__ = ["application"]

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
    guards = [Middleware(BearerToken, token=settings.token)] if settings.token else []
    return Starlette(
        routes=[
            Path("/v2", server.about),
            Path("/v2/health/live", server.live),
            Path("/v2/health/ready", server.ready),
            *_twice("/v2/models/{name}", "", server.describe, "GET"),
            *_twice("/v2/models/{name}", "/ready", server.model_ready, "GET"),
            *_twice("/v2/models/{name}", "/infer", server.inference.infer, "POST"),
            *_twice("/v2/models/{name}", "/statistics", server.live_data.show_statistics, "GET"),
            *_twice("/v2/models/{name}", "/drift", server.live_data.show_drift, "GET"),
            *_twice("/v1/models/{name}", ":transform", server.inference.transform, "POST"),
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
        self._failed: dict[str, str] = {}
        changes = self._load()
        self.live_data = LiveAddresses(repository, settings.live, self.metrics, self._named)
        self._tell(changes)
        live = self.live_data.statistics
        self.inference = Inference(repository, settings, self.metrics, self._log(), live)

    def _load(self) -> Changes:
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
        return changes

    def _log(self) -> RequestLog | None:
        if self.settings.log is None:
            return None
        return RequestLog(
            self.settings.log, self.metrics.log_rows.inc, self.metrics.log_dropped.inc
        )

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
            await asyncio.to_thread(self.inference.close)
            await asyncio.to_thread(self.live_data.close)

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
        served = [m for v in self.repository.models.values() for m in v.values()]
        self.metrics.loaded(served)
        self.live_data.retain(served)

    async def about(self, request: Request) -> Response:
        """The server's metadata."""
        return json_response({"name": "taurus_beam", "version": __version__, "extensions": []})

    async def live(self, request: Request) -> Response:
        """It answers, so it is alive."""
        return json_response({"live": True})

    async def ready(self, request: Request) -> Response:
        """Nothing is served before all models are loaded."""
        return json_response({"ready": True})

    async def describe(self, request: Request) -> Response:
        """A model's metadata."""
        try:
            model = self._named(request)
        except RequestError as refused:
            return refused_response(refused, request_id_of(request))
        versions = self.repository.models.get(model.name, {model.version: model})
        return json_response(metadata(model, sorted(versions)))

    async def model_ready(self, request: Request) -> Response:
        """A version that is there is ready."""
        try:
            model = self._named(request)
        except RequestError as refused:
            return refused_response(refused, request_id_of(request))
        return json_response({"name": model.name, "ready": True})

    async def index(self, request: Request) -> Response:
        """All that is loaded, as the protocol's repository extension lists it."""
        versions = [(n, v) for n, known in self.repository.models.items() for v in known]
        return json_response([{"name": n, "version": v, "state": "READY"} for n, v in versions])

    async def metrics_text(self, request: Request) -> Response:
        """Counters for Prometheus."""
        return Response(self.metrics.text(), media_type=prometheus.MEDIA_TYPE)

    async def openapi(self, request: Request) -> Response:
        """This interface, described with the features of the models that are loaded."""
        models = self.repository.models
        chosen = [self.inference.choose(name, versions) for name, versions in models.items()]
        loaded = [sorted(versions) for versions in models.values()]
        return json_response(openapi(chosen, loaded, self.settings))

    def _named(self, request: Request) -> Model:
        """The version that an address names, the default one where it names none."""
        name, version = request.path_params["name"], request.path_params.get("version")
        if version is None:
            return self.inference.choose(name, self.repository.versions(name))
        return self.repository.model(name, version)


async def _http_refusal(request: Request, problem: Exception) -> Response:
    """Addresses and methods that there are none of."""
    assert isinstance(problem, HTTPException)
    what = {404: "There is nothing at this address.", 405: "The method is not allowed here."}
    refused = refusal(problem.status_code, what.get(problem.status_code, problem.detail))
    headers = dict(problem.headers or {})
    return json_response(refused.body(request_id_of(request)), problem.status_code, headers)


async def _unexpected(request: Request, problem: Exception) -> Response:
    return refused_response(internal(), request_id_of(request))

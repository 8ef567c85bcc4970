"""``/v2/models/NAME/statistics`` and ``/drift``: what came in, and how far it is from training.

What is computed for an answer is computed in a thread, one at a time: it is for people and
monitoring, and requests for features go before.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from typing import Any

from google.protobuf import json_format
from starlette.requests import Request
from starlette.responses import Response

from taurus_beam.errors import DataError, EngineError
from taurus_beam.rest.bodies import accepted_type
from taurus_beam.rest.drift import GAUGED, Drift, drift_html, drift_json, drift_of
from taurus_beam.rest.live_statistics import LiveStatistics
from taurus_beam.rest.metrics import Metrics
from taurus_beam.rest.model import Model
from taurus_beam.rest.protocols import JSON
from taurus_beam.rest.refusals import RequestError, refusal
from taurus_beam.rest.repository import Repository
from taurus_beam.rest.responses import json_response, refused_response, request_id_of
from taurus_beam.rest.settings import LiveSettings
from taurus_beam.rest.training_data import TrainingData

__all__ = ["HTML", "PROTO", "LiveAddresses"]

PROTO = "application/x-protobuf"
HTML = "text/html"

_logger = logging.getLogger("taurus_beam.rest")


class LiveAddresses:
    """Answers what is asked of the inputs of one application, and keeps its gauges.

    Args:
        repository: The models.
        settings: What is gathered; None for nothing.
        metrics: Where it counts.
        named: The version that a request's address means.

    Raises:
        EngineError: Statistics or a schema are given for a model that there is none of.
    """

    def __init__(
        self,
        repository: Repository,
        settings: LiveSettings | None,
        metrics: Metrics,
        named: Callable[[Request], Model],
    ) -> None:
        self._settings, self._metrics, self._named = settings, metrics, named
        self.statistics: LiveStatistics | None = None
        self._one_at_a_time = asyncio.Lock()
        if settings is None:
            return
        _check_names(repository.names, settings)
        self._training = TrainingData(repository, settings)
        self.statistics = LiveStatistics(
            settings,
            self._schema,
            metrics.live_rows,
            metrics.live_dropped.inc,
            self._gauge,
        )

    def retain(self, models: Collection[Model]) -> None:
        """Forget versions that are no longer served."""
        if self.statistics is not None:
            self.statistics.retain(models)

    def close(self) -> None:
        """Gather no more."""
        if self.statistics is not None:
            self.statistics.close()

    async def show_statistics(self, request: Request) -> Response:
        """The statistics of a version's inputs."""
        return await self._answered(request, (JSON, PROTO), self._statistics)

    async def show_drift(self, request: Request) -> Response:
        """How far a version's inputs are from its training data."""
        return await self._answered(request, (JSON, HTML), self._drift)

    async def _answered(
        self,
        request: Request,
        known: tuple[str, ...],
        work: Callable[[Model, int | None, str], Response],
    ) -> Response:
        try:
            model = self._named(request)
            accepted = accepted_type(request, known, JSON)
            most = _windows(request)
            if self._settings is None:
                raise refusal(
                    404, "This server gathers no statistics.", fix="Start it with --drift."
                )
            async with self._one_at_a_time:
                answer = await asyncio.to_thread(work, model, most, accepted)
        except RequestError as refused:
            return refused_response(refused, request_id_of(request))
        answer.headers["Taurus-Model-Version"] = model.version
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _statistics(self, model: Model, most: int | None, accepted: str) -> Response:
        assert self.statistics is not None
        found = self.statistics.data(model, most).statistics
        if accepted == PROTO:
            return Response(found.SerializeToString(deterministic=True), media_type=PROTO)
        told = json_format.MessageToDict(found, preserving_proto_field_name=True)
        return Response(json.dumps(told, ensure_ascii=False).encode(), media_type=JSON)

    def _drift(self, model: Model, most: int | None, accepted: str) -> Response:
        assert self._settings is not None
        try:
            drift = self._compared(model, most)
        except DataError as problem:
            _logger.error("The training data of %s/%s: %s", model.name, model.version, problem)
            raise refusal(
                500,
                f"The training statistics or the schema of {model.name!r} cannot be used.",
                fix="The server's log tells why.",
            ) from problem
        if drift is None:
            raise refusal(
                404,
                f"There are no training statistics of {model.name!r} {model.version}.",
                "a file VERSION.statistics.pb beside the artifact's folder VERSION",
                "Write one with `taurus-beam fit --statistics` or `taurus-beam stats`, "
                f"or start the server with --statistics {model.name}=FILE.",
            )
        if accepted == HTML:
            return Response(drift_html(drift), media_type=HTML)
        return json_response(drift_json(drift, self._settings.window_seconds))

    def _compared(self, model: Model, most: int | None = None) -> Drift | None:
        assert self.statistics is not None
        training = self._training.statistics(model)
        if training is None:
            return None
        schema = self._training.schema(model)
        return drift_of(model, self.statistics.data(model, most), training, schema)

    def _schema(self, model: Model) -> Any:
        try:
            return self._training.schema(model)
        except DataError as problem:
            _logger.error("The schema of %s/%s: %s", model.name, model.version, problem)
            return None

    def _gauge(self, model: Model) -> None:
        try:
            drift = self._compared(model)
        except DataError as problem:
            _logger.error("The training data of %s/%s: %s", model.name, model.version, problem)
            return
        if drift is None:
            return
        found = {
            (feature, measure): drift.measured[path][measure][0]
            for feature, path in drift.paths.items()
            for measure in GAUGED
            if measure in drift.measured.get(path, {})
        }
        self._metrics.drifted(model, found)


def _windows(request: Request) -> int | None:
    given = request.query_params.get("windows")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and int(given[:6]) >= 1 and len(given) <= 6):
        raise refusal(
            400, f"windows is {given!r:.50}.", "how many of the last windows, from 1", "?windows=2"
        )
    return int(given)


def _check_names(names: list[str], settings: LiveSettings) -> None:
    for name in (*settings.training, *settings.schemas):
        if name not in names:
            raise EngineError(
                f"There is no model {name!r} that the statistics or schema could be of.",
                expected=f"one of: {', '.join(names)}",
            )

"""Responses that every address gives alike: JSON, refusals, the id of a request."""

from __future__ import annotations

import re
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from taurus_beam.rest.json_values import encoded
from taurus_beam.rest.refusals import RequestError, refusal

__all__ = ["internal", "json_response", "refused_response", "request_id_of"]

_ID = re.compile(r"[\x21-\x7e]{1,128}")


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A response of JSON."""
    return Response(encoded(value), status, headers, "application/json")


def refused_response(refused: RequestError, request_id: str) -> Response:
    """What a client that is refused gets."""
    return json_response(refused.body(request_id), refused.status, refused.headers)


def request_id_of(request: Request) -> str:
    """The client's own id of a request where it is a plain one, or one that is made up."""
    given = request.headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def internal() -> RequestError:
    """What a client hears of a fault of the server: nothing of it."""
    return refusal(500, "The server failed.", fix="Report it with the request_id.")

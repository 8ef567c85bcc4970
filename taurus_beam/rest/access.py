"""Who may call: a bearer token in front of everything but the health checks."""

from __future__ import annotations

import hashlib
import hmac

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from taurus_beam.rest.json_values import encoded

__all__ = ["BearerToken"]

_OPEN = ("/v2/health/live", "/v2/health/ready")


class BearerToken:
    """An application behind a token (RFC 6750); how long a comparison takes tells nothing."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._digest = _digest(token.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401."""
        if scope["type"] != "http" or scope["path"] in _OPEN or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        body = {"error": "No valid token was given.", "fix": "Send Authorization: Bearer TOKEN."}
        headers = {"WWW-Authenticate": "Bearer"}
        refused = Response(encoded(body), 401, headers, "application/json")
        await refused(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        # Digests, because a comparison of texts would take longer for one of the right length.
        return hmac.compare_digest(_digest(token.strip()), self._digest) and (
            scheme.lower() == b"bearer"
        )


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()

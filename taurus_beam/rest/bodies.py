"""Taking the body of a request: never more than is allowed, never for longer.

What is too large is read to a bounded end before it is refused, so that clients that are still
sending hear the refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from starlette.requests import ClientDisconnect, Request

from taurus_beam.rest.refusals import RequestError, refusal
from taurus_beam.rest.settings import Limits

__all__ = ["accepted_type", "media_type", "read_body"]


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body of a request.

    Raises:
        RequestError: 413 if it is too large, 408 if it does not come in time, 400 if it breaks off.
    """
    try:
        return await asyncio.wait_for(_collected(request, limits), limits.read_seconds)
    except asyncio.TimeoutError:
        raise refusal(
            408,
            "The body did not come in time.",
            f"all of it within {limits.read_seconds:g} s",
            headers={"Connection": "close"},
        ) from None
    except ClientDisconnect:
        raise refusal(400, "The body broke off.") from None


async def _collected(request: Request, limits: Limits) -> bytes:
    pieces, size = [], 0
    most = limits.body_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > 2 * most:
        raise _too_large(most)
    async for piece in request.stream():
        size += len(piece)
        if size > 2 * most:
            break
        if size <= most:
            pieces.append(piece)
        else:
            pieces.clear()
    if size > most:
        raise _too_large(most)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(most: int) -> RequestError:
    return refusal(
        413,
        "The body is too large.",
        f"at most {most:,} bytes",
        "Send fewer rows at a time.",
        headers={"Connection": "close"},
    )


def media_type(request: Request, known: Collection[str], default: str) -> str:
    """The media type of the body.

    Raises:
        RequestError: 415 if it is none of those that are known.
    """
    given = request.headers.get("content-type", default)
    essence = given.partition(";")[0].strip().lower()
    if essence not in known:
        raise refusal(415, f"Content-Type {given!r:.100} is not taken.", " or ".join(known))
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise refusal(415, f"Content-Encoding {coding!r:.100} is not taken.", "the body as it is")
    return essence


def accepted_type(request: Request, known: Collection[str], default: str) -> str:
    """The media type of the answer: the first known one that the client accepts.

    Raises:
        RequestError: 406 if there is none.
    """
    given = request.headers.get("accept", "*/*")
    for part in given.split(","):
        wanted = part.partition(";")[0].strip().lower()
        if wanted in known:
            return wanted
        if wanted in ("*/*", "application/*", ""):
            return default
    raise refusal(406, f"Accept {given!r:.100} cannot be met.", " or ".join(known))

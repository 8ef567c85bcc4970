"""Which version of a model answers a request: the default, a canary, or the one asked for.

The choice is a pure function of the request's key and headers, so that it can be repeated. This
file knows nothing of loaded models.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["Route", "Split", "choose", "fraction", "newest"]


@dataclass(frozen=True)
class Split:
    """A version and the share of the requests, 0 to 1, that it gets."""

    version: str
    share: float


@dataclass(frozen=True)
class Route:
    """How the requests of one model are shared out.

    Attributes:
        version: The version that answers; None for the newest that is neither canary nor shadow.
        canary: A version that answers a share of the requests instead.
        shadow: A version that a share of the requests is computed with too, only to be compared.
    """

    version: str | None = None
    canary: Split | None = None
    shadow: Split | None = None


def choose(
    route: Route, versions: Collection[str], key: str, canary_asked: bool | None
) -> str | None:
    """The version that answers, None where none is loaded.

    Args:
        route: How requests are shared out.
        versions: Those that are loaded.
        key: What decides about the canary's share; equal keys get the same version.
        canary_asked: True or False where the client says whether it wants the canary.

    Example:
        >>> route = Route(canary=Split("2", 0.25))
        >>> choose(route, ["1", "2"], "user 1", None), choose(route, ["1", "2"], "user 1", True)
        ('1', '2')
    """
    canary = route.canary
    if canary and canary.version in versions:
        wanted = fraction(key) < canary.share if canary_asked is None else canary_asked
        if wanted:
            return canary.version
    if route.version in versions:
        return route.version
    trials = {split.version for split in (canary, route.shadow) if split}
    return newest([v for v in versions if v not in trials] or versions)


def fraction(key: str) -> float:
    """A number in 0 … 1, the same for the same key, spread evenly over keys.

    Example:
        >>> 0 <= fraction("a") < 1, fraction("a") == fraction("a")
        (True, True)
    """
    digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    # 53 bits, so that it is below 1 in a double.
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def newest(versions: Collection[str]) -> str | None:
    """The last version, numbers within the names compared as numbers; None of none.

    Example:
        >>> newest(["9", "10"]), newest(["v1.9", "v1.10"]), newest([])
        ('10', 'v1.10', None)
    """
    return max(versions, key=_order, default=None)


def _order(version: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"([0-9]+)", version)
    return [(1, int(p), p) if i % 2 else (0, 0, p) for i, p in enumerate(parts)]

"""The time, in the form in which everything that a controller writes down has it."""

from __future__ import annotations

import datetime

__all__ = ["now"]


def now() -> str:
    """The time, as RFC 3339 has it, in UTC."""
    moment = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")

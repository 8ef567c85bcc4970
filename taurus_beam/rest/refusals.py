"""Refusals: an HTTP status with what was wrong, which feature, what was expected, what to do.

Clients see the texts of `taurus_beam.errors` and never a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from taurus_beam.errors import DataError, TaurusError
from taurus_beam.graph.budget import check_vectors
from taurus_beam.graph.types import ColumnType

__all__ = ["RequestError", "check_room", "refusal", "wrong_feature"]


class RequestError(Exception):
    """A request that is refused.

    Args:
        status: The HTTP status, 4xx but where the server itself is at fault.
        error: What is said about it.
        feature: The feature (or output) that is at fault, where it is one.
        headers: Further headers of the response.
    """

    def __init__(
        self,
        status: int,
        error: TaurusError,
        feature: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(error))
        self.status = status
        self.error = error
        self.feature = feature
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON of the response; ``error`` is text, as the Open Inference Protocol wants it.

        Example:
            >>> wrong_feature("fare", "It is missing.").body("r1")
            {'error': 'It is missing.', 'feature': 'fare', 'request_id': 'r1'}
        """
        said = {
            "error": self.error.what,
            "feature": self.feature,
            "where": self.error.where,
            "expected": self.error.expected,
            "fix": self.error.fix,
            "request_id": request_id,
        }
        return {name: text for name, text in said.items() if text is not None}


def refusal(
    status: int,
    what: str,
    expected: str | None = None,
    fix: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> RequestError:
    """A refusal that concerns no single feature."""
    return RequestError(status, DataError(what, expected=expected, fix=fix), None, headers)


def wrong_feature(
    feature: str,
    what: str,
    where: str | None = None,
    expected: str | None = None,
    fix: str | None = None,
) -> RequestError:
    """A refusal because of one feature: 400."""
    return RequestError(400, DataError(what, where=where, expected=expected, fix=fix), feature)


def check_room(columns: Iterable[ColumnType], rows: int) -> None:
    """Refuse rows whose vectors would take too much memory as columns: 413.

    Raises:
        RequestError: If they would.
    """
    try:
        check_vectors(columns, rows)
    except DataError as problem:
        raise RequestError(413, problem) from None

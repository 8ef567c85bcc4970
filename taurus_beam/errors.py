"""The errors a user of taurus_beam can meet.

Every failure says four things: what went wrong, where (the line of the user's
function, the column, the file), what was expected, and what to do about it.
This room imports nothing from the rest of the package.
"""

from __future__ import annotations

__all__ = ["ArtifactError", "DataError", "EngineError", "TaurusError", "TraceError"]


class TaurusError(Exception):
    """Base of all errors raised on purpose by taurus_beam.

    Args:
        what: What went wrong, in one sentence.
        where: The user's line, the column, the operation or the file concerned.
        expected: What would have been right.
        fix: What to do about it.

    Example:
        >>> print(TaurusError("Column 'fare' is missing.", where="trip.py:12", fix="Add it."))
        Column 'fare' is missing.
          where:    trip.py:12
          fix:      Add it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        fix: str | None = None,
    ) -> None:
        # Libraries end messages with line breaks; a blank line would end the error where it is read
        # out of the output of a worker.
        self.what = what = what.rstrip()
        self.where = where
        self.expected = expected
        self.fix = fix
        lines = [what]
        for label, text in (("where", where), ("expected", expected), ("fix", fix)):
            if text:
                lines.append(f"  {label + ':':<9} {text}")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[object, ...]:
        # Workers raise these in other processes; the default would lose the keyword arguments.
        return _rebuild, (type(self), self.what, self.where, self.expected, self.fix)


def _rebuild(
    cls: type[TaurusError],
    what: str,
    where: str | None,
    expected: str | None,
    fix: str | None,
) -> TaurusError:
    return cls(what, where=where, expected=expected, fix=fix)


class TraceError(TaurusError):
    """The preprocessing function itself is wrong; no data was read."""


class DataError(TaurusError):
    """The data do not fit the function, the schema or the artifact, or cannot be read."""


class ArtifactError(TaurusError):
    """A frozen artifact is missing, damaged, tampered with, or of an unknown version."""


class EngineError(TaurusError):
    """The engine (runner, file system, configuration) cannot do what was asked."""

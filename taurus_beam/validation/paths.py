"""Names of features inside statistics and schemas: tuples of steps, protos, and quoted text.

A path is the tuple of names from the root to a feature, ``("trip", "fare")``. In text its steps are
joined by dots, as in the keys of an Anomalies proto.
"""

from __future__ import annotations

import re

from tensorflow_metadata.proto.v0 import path_pb2

from taurus_beam.errors import DataError

__all__ = ["Path", "from_proto", "parse", "serialize", "to_proto"]

Path = tuple[str, ...]

# A step stands as it is when none of its characters could be read as part of the path.
_PLAIN = r"\([^()]*\)|[^().']+"
_QUOTED = r"'(?:''|[^'])*'"
_PLAIN_STEP = re.compile(_PLAIN)
_STEP = re.compile(f"({_QUOTED}|{_PLAIN})(\\.|$)")


def from_proto(path: path_pb2.Path) -> Path:
    """The steps of a Path proto."""
    return tuple(path.step)


def to_proto(path: Path) -> path_pb2.Path:
    """The Path proto of those steps."""
    return path_pb2.Path(step=path)


def serialize(path: Path) -> str:
    """A path as text: steps joined by dots, quoted where they hold dots, parentheses or quotes.

    Example:
        >>> print(serialize(("trip", "fare")), serialize(("a.b", "it's", "(ext)")))
        trip.fare 'a.b'.'it''s'.(ext)
    """
    return ".".join(_serialized(step) for step in path)


def parse(text: str) -> Path:
    """The path that `serialize` writes so.

    Raises:
        DataError: A step is neither plain nor quoted.

    Example:
        >>> parse("'a.b'.c")
        ('a.b', 'c')
    """
    steps: list[str] = []
    at = 0
    ends_open = bool(text)
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            break
        steps.append(_unquoted(found[1]))
        at, ends_open = found.end(), found[2] == "."
    if at < len(text) or ends_open:
        raise DataError(
            f"{text!r} is not a path of a feature.",
            expected="names joined by dots; names with . ( ) or ' in single quotes",
            fix="Write the name as 'name', with '' for each quote in it.",
        )
    return tuple(steps)


def _serialized(step: str) -> str:
    return step if _PLAIN_STEP.fullmatch(step) else "'" + step.replace("'", "''") + "'"


def _unquoted(step: str) -> str:
    return step[1:-1].replace("''", "'") if step.startswith("'") else step

"""On which line of a text-format proto each field stands, for messages to the person who wrote it.

Only for text that a parser has accepted, or to find a brace that is never closed; it decides
nothing about what is valid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

__all__ = ["Place", "line_of", "positions", "unclosed_brace"]

Place = tuple[tuple[str, int], ...]
"""The way to a field: names with their index among the fields of that name."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
      | [\w.+\-/]+
      | .""",
    re.VERBOSE,
)
_CLOSING = {"{": "}", "<": ">"}


def positions(text: str) -> Mapping[Place, int]:
    """The line, from 1, of each field of a text-format proto.

    Example:
        >>> found = positions('feature {\\n  name: "x"\\n}\\nfeature { type: INT }')
        >>> found[(("feature", 0), ("name", 0))], found[(("feature", 1),)]
        (2, 4)
    """
    reader = _Reader(text)
    reader.message((), None)
    return reader.found


def line_of(place: Place, known: Mapping[Place, int]) -> int | None:
    """The line of a field, or of the nearest message around it."""
    while place:
        if place in known:
            return known[place]
        place = place[:-1]
    return None


def unclosed_brace(text: str) -> int | None:
    """The line of the innermost brace that is still open at the end, if one is.

    Example:
        >>> unclosed_brace('feature {\\n  presence {\\n    min_count: 1\\n  }\\n')
        1
    """
    lines: list[int] = []
    for line, token in _tokens(text):
        if token in _CLOSING:
            lines.append(line)
        elif token in _CLOSING.values() and lines:
            lines.pop()
    return lines[-1] if lines else None


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup is None:
            yield line, match[0]
        line += match[0].count("\n")


class _Reader:
    """Walks through the tokens once and notes where each field begins."""

    def __init__(self, text: str) -> None:
        self.found: dict[Place, int] = {}
        self._tokens = list(_tokens(text))
        self._at = 0

    def message(self, place: Place, closing: str | None) -> None:
        """The fields up to a closing brace, or to the end."""
        counts: Counter[str] = Counter()
        while self._token not in (closing, None):
            line, name = self._line, self._name()
            self._skip(":")
            if self._skip("["):
                while not self._skip("]") and self._token is not None:
                    self._value(place, name, counts, self._line)
                    self._skip(",")
            else:
                self._value(place, name, counts, line)
            _ = self._skip(",") or self._skip(";")
        self._at += 1

    def _value(self, around: Place, name: str, counts: Counter[str], line: int) -> None:
        place = (*around, (name, counts[name]))
        counts[name] += 1
        self.found[place] = line
        token = self._token
        self._at += 1
        if token in _CLOSING:
            self.message(place, _CLOSING[token])
        elif token is not None and token[0] in "\"'":
            while self._token is not None and self._token[0] in "\"'":  # strings in a row are one
                self._at += 1

    def _name(self) -> str:
        name = self._token or ""
        self._at += 1
        if name == "[":  # the type of a packed message
            while not self._skip("]") and self._token is not None:
                self._at += 1
        return name

    def _skip(self, mark: str) -> bool:
        found = self._token == mark
        self._at += found
        return found

    @property
    def _token(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    @property
    def _line(self) -> int:
        return self._tokens[min(self._at, len(self._tokens) - 1)][0]

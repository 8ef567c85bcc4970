"""What a field or value that nobody knows was probably meant to be.

Knows only the names that the schema's own description has; parses nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = ["enum_values", "field_names", "meant"]

_MOST_COMPARED = 1000
# What other systems call the types of a feature.
_SYNONYMS = {
    "string": "BYTES",
    "bool": "INT",
    "boolean": "INT",
    "double": "FLOAT",
    "integer": "INT",
    "long": "INT",
}


def field_names(message: Any) -> list[str]:
    """Names of the fields of a message, given by its descriptor."""
    return [field.name for field in message.fields]


def enum_values(enum: Any) -> list[str]:
    """Names of the values of an enum, given by its descriptor."""
    return [value.name for value in enum.values]


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to one that is not known, however it is capitalised; None if none is.

    Example:
        >>> meant("domian", ["name", "domain"]), meant("int", ["INT", "BYTES"]), meant("x", ["y"])
        ('domain', 'INT', None)
        >>> meant("STRING", ["INT", "BYTES", "STRUCT"])
        'BYTES'
        >>> meant("minCount", ["min_count", "min_fraction"])
        'min_count'
    """
    known = list(known)
    synonym = _SYNONYMS.get(word.lower())
    if synonym in known:
        return synonym
    if len(known) > _MOST_COMPARED:  # comparing takes time, and the first letter is seldom wrong
        known = [each for each in known if each[:1] == word[:1]][:_MOST_COMPARED]
    by_spelling = {_spelling(each): each for each in known}
    near = difflib.get_close_matches(_spelling(word), by_spelling, n=1, cutoff=0.6)
    return by_spelling[near[0]] if near else None


def _spelling(word: str) -> str:
    return word.lower().replace("_", "")

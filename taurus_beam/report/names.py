"""Names of features and values as a report shows them, and what a feature is called.

What comes from data may be any text at all: here it becomes text that is safe to write, to read
and to compare. Escaping it for HTML is `taurus_beam.report.markup`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taurus_beam.errors import DataError
from taurus_beam.validation.paths import Path

__all__ = ["shown", "steps_of"]

_LONGEST = 300
# Control characters have pictures of their own from U+2400 on; DEL's is U+2421.
_PICTURES = {**{code: 0x2400 + code for code in range(32)}, 0x7F: 0x2421}


def shown(text: str | bytes, longest: int = _LONGEST) -> str:
    """Text that can be written as UTF-8 and seen: no control characters, none endless.

    Args:
        text: Any text; bytes that are no UTF-8 show as ``\\xff``.
        longest: Characters that are kept; a longer text tells how long it was.

    Example:
        >>> shown("tab\\there"), shown(b"caf\\xe9"), shown("a" * 500, 4)
        ('tab␉here', 'caf\\\\xe9', 'aaaa… (500 characters)')
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    if len(text) > longest:
        text = f"{text[:longest]}… ({len(text):,} characters)"
    # A lone surrogate cannot be written.
    return text.encode("utf-8", "backslashreplace").decode().translate(_PICTURES)


def steps_of(feature: Any) -> Path:
    """The steps of a feature's path.

    Args:
        feature: A name, a sequence of steps, a ``path_pb2.Path``, TFDV's ``FeaturePath``, or a
            proto with a ``path`` and perhaps a ``name``.

    Raises:
        DataError: If it is none of these.

    Example:
        >>> steps_of("fare"), steps_of(["trip", "fare"])
        (('fare',), ('trip', 'fare'))
    """
    if isinstance(feature, (str, bytes)):
        return (_text(feature),)
    if hasattr(feature, "path"):
        steps = tuple(_text(step) for step in feature.path.step)
        return steps or (_text(getattr(feature, "name", "")),)
    found = getattr(feature, "step", None)
    if found is None:
        found = getattr(feature, "steps", feature)
        found = found() if callable(found) else found
    if not isinstance(found, Iterable):
        raise DataError(
            f"{feature!r} names no feature.",
            expected="a name, or the steps of a path such as ['trip', 'fare']",
        )
    return tuple(_text(step) for step in found)


def _text(step: str | bytes) -> str:
    return step if isinstance(step, str) else step.decode("utf-8", "backslashreplace")

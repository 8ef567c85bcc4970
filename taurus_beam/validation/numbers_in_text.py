"""Numbers read from strings and written into messages, as TFDV reads and writes them."""

from __future__ import annotations

import math
import re

import numpy as np

__all__ = ["as_float", "as_int", "escaped", "float32", "six_digits"]

_SPACE = r"[ \t\n\v\f\r]*"
_INT = re.compile(rf"{_SPACE}([+-]?[0-9]+){_SPACE}")
_DECIMAL = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?"
_HEX = r"0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?"
_NAN = r"nan(?:\([0-9a-z_]*\))?"
_FLOAT = re.compile(
    rf"{_SPACE}(?P<sign>[+-]?)(?:(?P<decimal>{_DECIMAL})|(?P<hex>{_HEX})|{_NAN}){_SPACE}",
    re.IGNORECASE,
)
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'", "\\": "\\\\"}


def as_int(text: str) -> int | None:
    """The 64-bit integer that a string writes in decimal; None if it is none.

    Example:
        >>> [as_int(text) for text in ("7", " +7 ", "7.0", "9223372036854775808")]
        [7, 7, None, None]
    """
    found = _INT.fullmatch(text)
    value = int(found[1]) if found else None
    return value if value is not None and -(2**63) <= value < 2**63 else None


def as_float(text: str) -> float | None:
    """The number that a string writes in decimal or hexadecimal, rounded to 32 bits; or None.

    Example:
        >>> [as_float(text) for text in ("1.5", "-1e400", "NaN", "0x10", "")]
        [1.5, -inf, nan, 16.0, None]
    """
    found = _FLOAT.fullmatch(text)
    if found is None:
        return None
    sign = -1.0 if found["sign"] == "-" else 1.0
    if found["decimal"]:
        return float32(sign * float(found["decimal"]))
    return float32(sign * _from_hex(found["hex"])) if found["hex"] else math.nan


def _from_hex(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        return math.inf


def float32(value: float) -> float:
    """A number rounded to 32 bits, infinite where it is too great for them."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def six_digits(value: float) -> str:
    """A number in up to six significant digits.

    Example:
        >>> six_digits(1 / 3), six_digits(2.0), six_digits(1234567.0)
        ('0.333333', '2', '1.23457e+06')
    """
    return f"{value:g}"


def escaped(text: str) -> str:
    r"""A string with quotes, backslashes and unprintable ASCII characters escaped as in C.

    Example:
        >>> print(escaped('a"b\n\x01é'))
        a\"b\n\001é
    """
    return "".join(_ESCAPES.get(char) or _octal(char) for char in text)


def _octal(char: str) -> str:
    return f"\\{ord(char):03o}" if ord(char) < 0x20 or ord(char) == 0x7F else char

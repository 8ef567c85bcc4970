"""Values as every database takes them: JSON data whose texts can be encoded, without passwords."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

__all__ = ["plain"]

_PASSWORD = re.compile(r"(\w://[^/@\s:]*:)[^/@\s]+(?=@)|(?<=[?&])(password=)[^&\s]+")


def plain(value: Any) -> Any:
    """The same JSON data, with what no database could hold written in another way.

    Passwords in URLs become asterisks, what cannot be encoded as UTF-8 (of a file's name) is
    written with backslashes, NaN and infinities are texts, other objects what ``str`` gives.

    Example:
        >>> plain({"to": "postgresql://ada:secret@host/db", "share": float("nan")})
        {'to': 'postgresql://ada:***@host/db', 'share': 'nan'}
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return _text(str(value))


def _text(text: str) -> str:
    text = text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
    return _PASSWORD.sub(r"\1\2***", text)

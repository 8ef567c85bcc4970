"""Values as every database takes them: JSON data whose texts can be encoded, without secrets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

__all__ = ["HIDDEN", "is_secret", "plain"]

HIDDEN = "***"
"""What stands for a secret."""

_PASSWORD = re.compile(r"(\w://[^/@\s:]*:)[^/@\s]+(?=@)|(?<=[?&])(password=)[^&\s]+")
_SECRETS = ("secret", "password", "passwd", "token", "credential", "credentials")
_NO_SECRETS = ("file", "path", "variable")
_OPTION = re.compile(r"(--[\w-]+)(=?)(.*)", re.DOTALL)


def plain(value: Any) -> Any:
    """The same JSON data, with what no database could hold written in another way.

    Passwords in URLs, and the values of options such as ``--s3_secret_access_key``, become
    asterisks; what cannot be encoded as UTF-8 (of a file's name) is written with backslashes, NaN
    and infinities are texts, other objects what ``str`` gives.

    Example:
        >>> plain({"to": "postgresql://ada:secret@host/db", "share": float("nan")})
        {'to': 'postgresql://ada:***@host/db', 'share': 'nan'}
        >>> plain(["--s3_secret_access_key=x", "--s3_session_token", "y", "--runner", "flink"])
        ['--s3_secret_access_key=***', '--s3_session_token', '***', '--runner', 'flink']
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return _words(value)
    if isinstance(value, set | frozenset):
        return [plain(each) for each in value]
    return _text(str(value))


def is_secret(name: str) -> bool:
    """Whether what has this name is not to be told.

    Example:
        >>> is_secret("s3_secret_access_key"), is_secret("--password"), is_secret("token_file")
        (True, True, False)
    """
    parts = re.split(r"[-_]", name.lower())
    return parts[-1] not in _NO_SECRETS and any(part in _SECRETS for part in parts)


def _words(words: Iterable[Any]) -> list[Any]:
    """A list, which may be a command line: what follows the name of a secret is hidden."""
    found: list[Any] = []
    follows = False
    for word in words:
        option = _OPTION.fullmatch(word) if isinstance(word, str) else None
        secret = option is not None and is_secret(option[1])
        if follows and option is None:
            found.append(HIDDEN)
        elif option is not None and secret and option[2]:
            found.append(f"{_text(option[1])}={HIDDEN}")
        else:
            found.append(plain(word))
        follows = option is not None and secret and not option[2] and not option[3]
    return found


def _text(text: str) -> str:
    text = text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
    return _PASSWORD.sub(rf"\1\2{HIDDEN}", text)

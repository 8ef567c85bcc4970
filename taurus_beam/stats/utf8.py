"""Which strings are not UTF-8, found at the speed of Arrow."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["invalid_utf8"]

Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

# The well-formed byte sequences of the Unicode Standard, table 3-7, for a matcher of bytes.
_WELL_FORMED = (
    rb"^(?:[\x00-\x7F]"
    rb"|[\xC2-\xDF][\x80-\xBF]"
    rb"|\xE0[\xA0-\xBF][\x80-\xBF]"
    rb"|[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}"
    rb"|\xED[\x80-\x9F][\x80-\xBF]"
    rb"|\xF0[\x90-\xBF][\x80-\xBF]{2}"
    rb"|[\xF1-\xF3][\x80-\xBF]{3}"
    rb"|\xF4[\x80-\x8F][\x80-\xBF]{2})*$"
)


def invalid_utf8(strings: Any) -> Mask | None:
    """Where an Arrow array of strings or binary is not UTF-8; None where it all is.

    Args:
        strings: A string or binary array, not a dictionary; nulls are taken for valid.

    Example:
        >>> invalid_utf8(pa.array([b"a", b"\\xff", "ß".encode(), None])).tolist()
        [False, True, False, False]
        >>> print(invalid_utf8(pa.array(["a"])))
        None
    """
    text = pa.large_string() if _is_large(strings.type) else pa.string()
    try:
        strings.view(text).validate(full=True)
    except pa.ArrowInvalid:
        binary = pa.large_binary() if _is_large(strings.type) else pa.binary()
        valid = pc.match_substring_regex(strings.view(binary), _WELL_FORMED)
        invalid: Mask = ~pc.fill_null(valid, True).to_numpy(zero_copy_only=False)
        return invalid
    return None


def _is_large(dtype: Any) -> bool:
    return bool(pa.types.is_large_string(dtype) or pa.types.is_large_binary(dtype))

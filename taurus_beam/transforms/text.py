"""Strings to strings: case, white space, Unicode normal form, replacing by pattern, length.

Case, normal form and patterns are Python's own (`str`, `unicodedata`, `re`) for batches and for
single rows, so that both give the same; only what is plain ASCII takes Arrow's short cut. A
character newer than the Unicode version of the Python that runs has no case and no other form.
"""

from __future__ import annotations

import abc
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.budget import MOST_TEXT, check_column, check_text
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.transforms.character_class import character_class
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = [
    "ASCII_WHITESPACE",
    "compiled",
    "lower",
    "normalize_unicode",
    "regex_replace",
    "string_length",
    "strip",
    "upper",
]

ASCII_WHITESPACE = " \t\n\r\f\v"
_LOOKS_AROUND = re.compile(r"\(\?<?[=!]")
_FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def lower(x: Column) -> Column:
    """Each string in lower case, by the full Unicode rules (Python's ``str.lower``).

    Args:
        x: String column: scalars, vectors or ragged lists.

    Returns:
        Strings of ``x``'s shape; missing stays missing.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["ÉTÉ", "New York", None]})
        >>> tb.fit_transform(table, lambda i: {"s": tb.lower(i["s"])})[0]["s"].to_pylist()
        ['été', 'new york', None]
    """
    return apply(ChangeCase("lower"), x)


def upper(x: Column) -> Column:
    """Each string in upper case, by the full Unicode rules (Python's ``str.upper``).

    A letter may become several: ``"ß"`` gives ``"SS"``. See `lower`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["straße"]})
        >>> tb.fit_transform(table, lambda i: {"s": tb.upper(i["s"])})[0]["s"].to_pylist()
        ['STRASSE']
    """
    return apply(ChangeCase("upper"), x)


def strip(x: Column, characters: str | None = None) -> Column:
    """Each string without some characters at both of its ends.

    Args:
        x: String column: scalars, vectors or ragged lists.
        characters: All characters to remove; by default ASCII white space, as
            ``tf.strings.strip`` does.

    Returns:
        Strings of ``x``'s shape; missing stays missing.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["  a b\\n", "", None]})
        >>> tb.fit_transform(table, lambda i: {"s": tb.strip(i["s"])})[0]["s"].to_pylist()
        ['a b', '', None]
    """
    return apply(Strip(ASCII_WHITESPACE if characters is None else characters), x)


def normalize_unicode(x: Column, form: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFC") -> Column:
    """Each string in a Unicode normal form, so that what looks the same is the same.

    Args:
        x: String column: scalars, vectors or ragged lists.
        form: ``"NFC"`` (composed), ``"NFD"`` (decomposed), or ``"NFKC"`` / ``"NFKD"``, which
            also make compatible forms (full width, ligatures, superscripts) the plain ones.

    Returns:
        Strings of ``x``'s shape; missing stays missing.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["ﬁne", "e\\u0301"]})
        >>> fn = lambda i: {"s": tb.normalize_unicode(i["s"], "NFKC")}
        >>> tb.fit_transform(table, fn)[0]["s"].to_pylist()
        ['fine', 'é']
    """
    return apply(NormalizeUnicode(form), x)


def regex_replace(x: Column, pattern: str, replacement: str) -> Column:
    r"""Each string with every match of a pattern replaced.

    Args:
        x: String column: scalars, vectors or ragged lists.
        pattern: Regular expression of Python's ``re``. One class of characters, with or
            without ``+`` behind it (``\s+``, ``[^\w ]``), is replaced without running a
            regular expression, several times faster, unless the replacement has a ``\``;
            any other pattern is searched once in each distinct string of a batch.
        replacement: What each match becomes; ``\1`` or ``\g<name>`` stand for groups.

    Returns:
        Strings of ``x``'s shape; missing stays missing. ``tf.strings.regex_replace`` uses RE2,
        which differs from ``re`` for patterns that match the empty string, and whose ``\w``,
        ``\d``, ``\s`` and ``\b`` are ASCII only: write ``(?a)`` first for these.

    Raises:
        TraceError: If the pattern or the replacement is not valid.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["AA 12", "UA 7"]})
        >>> fn = lambda i: {"s": tb.regex_replace(i["s"], r"(\w+) (\d+)", r"\2-\1")}
        >>> tb.fit_transform(table, fn)[0]["s"].to_pylist()
        ['12-AA', '7-UA']
    """
    return apply(RegexReplace(pattern, replacement), x)


def string_length(x: Column) -> Column:
    """How many characters (Unicode code points) each string has.

    Args:
        x: String column: scalars, vectors or ragged lists.

    Returns:
        int64 of ``x``'s shape; missing stays missing, the empty string has 0.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["été", "", None]})
        >>> tb.fit_transform(table, lambda i: {"n": tb.string_length(i["s"])})[0]["n"].to_pylist()
        [3, 0, None]
    """
    return apply(StringLength(), x)


def compiled(pattern: Any) -> re.Pattern[str]:
    """A regular expression of ``re``; TraceError where it is none."""
    try:
        return re.compile(pattern)
    except (re.error, TypeError, RecursionError, OverflowError) as problem:
        raise TraceError(
            f"{pattern!r:.80} is no regular expression: {problem}",
            expected="a pattern of Python's re",
        ) from None


class _TextOperation(Elementwise, abc.ABC):
    """Takes strings."""

    def result(self, *dtypes: Any) -> Any:
        if not pa.types.is_string(dtypes[0]):
            raise TraceError(
                f"{self.name!r} takes strings, not {dtypes[0]}.",
                fix="Cast it first: tb.cast(x, pa.string()).",
            )
        return pa.string()


@operation
@dataclass(frozen=True)
class ChangeCase(_TextOperation):
    """Lower or upper case."""

    name = "change_case"
    no_onnx = "ONNX changes the case of few characters beyond ASCII"
    to: Literal["lower", "upper"]

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        ascii_kernel = pc.ascii_lower if self.to == "lower" else pc.ascii_upper
        function = self.scalar(*dtypes)

        def change(x: Text) -> Text:
            strings = _from_first_byte(x.plain)
            return _mapped_beyond_ascii(strings, ascii_kernel(strings), function)

        return change

    def scalar(self, *dtypes: Any) -> RowFunction:
        return str.lower if self.to == "lower" else str.upper


@operation
@dataclass(frozen=True)
class Strip(_TextOperation):
    """Remove characters at both ends."""

    name = "strip"
    no_onnx = "ONNX has no substrings"
    characters: str

    def result(self, *dtypes: Any) -> Any:
        if not isinstance(self.characters, str) or not self.characters:
            raise TraceError(
                f"characters is {self.characters!r}.", expected="a string of at least one character"
            )
        return super().result(*dtypes)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        characters = self.characters
        trim = pc.ascii_trim if characters.isascii() else pc.utf8_trim
        return lambda x: Text(trim(x.plain, characters=characters))

    def scalar(self, *dtypes: Any) -> RowFunction:
        characters = self.characters
        return lambda x: x.strip(characters)


@operation
@dataclass(frozen=True)
class NormalizeUnicode(_TextOperation):
    """A Unicode normal form."""

    name = "normalize_unicode"
    no_onnx = "ONNX knows no Unicode normal forms"
    form: Literal["NFC", "NFD", "NFKC", "NFKD"]

    def result(self, *dtypes: Any) -> Any:
        if self.form not in _FORMS:
            raise TraceError(
                f"Unknown Unicode normal form {self.form!r}.",
                expected=" or ".join(map(repr, _FORMS)),
            )
        return super().result(*dtypes)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        function = self.scalar(*dtypes)
        return lambda x: _mapped_beyond_ascii(x.plain, x.plain, function)

    def scalar(self, *dtypes: Any) -> RowFunction:
        form, normalize = self.form, unicodedata.normalize
        return lambda x: normalize(form, x)


@operation
@dataclass(frozen=True)
class RegexReplace(_TextOperation):
    """Replace what matches a pattern."""

    name = "regex_replace"
    grows = True
    no_onnx = "ONNX replaces nothing in strings"
    pattern: str
    replacement: str

    def result(self, *dtypes: Any) -> Any:
        pattern = compiled(self.pattern)
        try:
            # Not the pattern itself: even in the empty string some would be searched for years.
            _groups_alone(pattern).sub(self.replacement, "")
        except (re.error, TypeError, IndexError) as problem:
            raise TraceError(
                f"{self.replacement!r:.80} cannot replace {self.pattern!r:.80}: {problem}",
                expected=r"text, with \1 or \g<name> for groups that the pattern has",
            ) from None
        return super().result(*dtypes)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        function = self.scalar(*dtypes)
        literal = "\\" not in self.replacement
        characters = character_class(self.pattern) if literal else None

        def run(x: Text) -> Text:
            if characters is not None:
                return characters.replaced(x.plain, self.replacement)
            replaced = pa.array(_in_one_column(map(function, x.distinct.to_pylist())), pa.string())
            return Text(replaced.take(pa.array(x.codes, mask=x.missing)))

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        substitute, replacement = compiled(self.pattern).sub, self.replacement
        put = len(replacement) * (2 if "\\" in replacement else 1)
        looks_around = _LOOKS_AROUND.search(self.pattern) and "\\" in replacement

        def run(x: str) -> str:
            # There is a match at each place at most, and what groups hold adds up to the string,
            # unless each match looks at all of it.
            size = len(x) + 1
            if size * (1 + put * (size if looks_around else 1)) > MOST_TEXT:
                _check_replaced(self.pattern, replacement, x)
            return substitute(replacement, x)

        return run


@operation
@dataclass(frozen=True)
class StringLength(_TextOperation):
    """The number of code points."""

    name = "string_length"
    no_onnx = "ONNX does not count characters"

    def result(self, *dtypes: Any) -> Any:
        super().result(*dtypes)
        return pa.int64()

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        def run(x: Text) -> np.ndarray[Any, Any]:
            lengths: np.ndarray[Any, Any] = pc.utf8_length(x.plain).fill_null(0).to_numpy()
            return lengths.astype(np.int64)

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        return len


def _groups_alone(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern with the groups of another, which matches nothing but the empty string."""
    names = {number: name for name, number in pattern.groupindex.items()}
    groups = range(1, pattern.groups + 1)
    return re.compile("".join(f"(?P<{names[n]}>)" if n in names else "()" for n in groups))


def _check_replaced(pattern: str, replacement: str, x: str) -> None:
    """Refuse a replacement that would make a string of more than `MOST_TEXT`."""
    size = len(x)
    for match in compiled(pattern).finditer(x):
        check_text(size // 2 + len(replacement) // 2 * len(match.string) // 8)
        size += len(match.expand(replacement))
        check_text(size)


def _in_one_column(strings: Iterable[str]) -> Iterator[str]:
    """The strings, as long as Arrow can hold them in one array."""
    size = 0
    for string in strings:
        size += len(string)
        check_column(size)
        yield string


def _from_first_byte(strings: Any) -> Any:
    """The same strings in an array whose first one stands at the beginning of its bytes.

    Arrow's ASCII kernels misread others, which writers in other languages make of slices.
    """
    if not len(strings) or strings.offset:
        return strings
    begins = np.frombuffer(strings.buffers()[1], np.int32, 1)
    return pa.concat_arrays([strings, strings[:0]]) if begins[0] else strings


def _mapped_beyond_ascii(strings: Any, mapped: Any, function: Callable[[str], str]) -> Text:
    """``mapped``, with ``function`` of each string that is not plain ASCII in its place."""
    beyond = pc.fill_null(pc.invert(pc.string_is_ascii(strings)), False)
    if not pc.any(beyond, min_count=0).as_py():
        return Text(mapped)
    others = strings.filter(beyond).dictionary_encode()
    replaced = pa.array(map(function, others.dictionary.to_pylist()), pa.string())
    return Text(pc.replace_with_mask(mapped, beyond, replaced.take(others.indices)))

"""What a file format has to offer: one class, which each format declares once.

A format reads and writes record batches through open pyarrow files; which files those are, where
they lie and what becomes of them is decided elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from taurus_beam.errors import DataError, EngineError, TaurusError
from taurus_beam.io.files import File, open_input
from taurus_beam.io.schema import check_schema

__all__ = ["Format", "Fragment", "Request", "Writer", "parts", "reading"]

FRAGMENT_BYTES = 64 * 2**20
"""Stored bytes that a fragment has at most, about."""

WORTH_OPENING_BYTES = 16 * 2**20
"""Stored bytes that outweigh opening the file once more."""

_SHARES = 8
"""Into so many fragments a file is cut at least, where they are worth it: a runner deals whole
fragments out, and of few large ones the workers' shares differ."""


def parts(nbytes: int) -> int:
    """How many fragments a file of so many stored bytes makes, all of about the same size.

    Example:
        >>> [parts(mebibytes << 20) for mebibytes in (10, 40, 350, 1024)]
        [1, 2, 8, 16]
    """
    return max(1, min(_SHARES, nbytes // WORTH_OPENING_BYTES), -(-nbytes // FRAGMENT_BYTES))


@dataclass(frozen=True)
class Fragment:
    """A part of a file that one worker reads.

    Attributes:
        file: The file.
        nbytes: The share of the file's bytes.
        start: First row group or record batch, for the formats that have them.
        stop: One past the last.
        rows: How many rows, where the file says so without being read.
    """

    file: File
    nbytes: int
    start: int = 0
    stop: int = 0
    rows: int | None = None


@dataclass(frozen=True)
class Request:
    """What is wanted of every fragment.

    Attributes:
        schema: All columns of the data set, which every file must have.
        columns: The columns to read, in this order; perhaps none.
        batch_size: Most rows in a batch.
        dictionary: Leave strings dictionary-encoded where the file stores them so.
    """

    schema: Any
    columns: tuple[str, ...]
    batch_size: int
    dictionary: bool = False

    @property
    def fields(self) -> list[Any]:
        """The fields of the columns to read."""
        return [self.schema.field(name) for name in self.columns]


class Writer(ABC):
    """Writes batches of one schema to an open file, which it does not close."""

    @abstractmethod
    def write(self, batch: Any) -> None:
        """Writes one batch, perhaps later."""

    @abstractmethod
    def finish(self) -> None:
        """Writes what is buffered and the footer; nothing may be written afterwards."""

    def abandon(self) -> None:
        """Lets go of the file without completing it; may follow a `finish` that failed."""
        return  # most formats hold nothing that would outlive them


class Format(ABC):
    """A file format.

    Attributes:
        name: What `format=` and `--format` call it.
        suffixes: Ends of file names that mean this format; the first one is written.
        empty_is_valid: A file of no bytes is a file of no rows.
        mapped: Whether local files are read as memory maps.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    empty_is_valid: ClassVar[bool] = False
    mapped: ClassVar[bool] = True

    @abstractmethod
    def read_schema(self, stream: Any, file: File) -> Any:
        """The schema stored in an open file, or inferred from its beginning."""

    @abstractmethod
    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """The fragment's batches, having at least the columns asked for, types still as stored."""

    @abstractmethod
    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer of batches that have exactly this (plain) schema."""

    def unsupported(self, dtype: Any) -> bool:
        """True if the format cannot hold a column of this type."""
        return False

    def fragments(self, file: File) -> Sequence[Fragment]:
        """The parts that can be read independently; none if there are no rows."""
        return [Fragment(file, file.size)]

    def schema(self, file: File) -> Any:
        """The schema of a file.

        Raises:
            DataError: The file is empty, cut off, or not of this format.
        """
        self._refuse_empty(file)
        with open_input(file.path, self.mapped) as stream, reading(file, self.name):
            return self.read_schema(stream, file)

    def check(self, file: File, expected: Any) -> None:
        """Refuses a file that has other columns than expected, without reading its rows.

        Raises:
            DataError: It has, or it cannot be read.
        """
        check_schema(self.schema(file), expected, file.path)

    def check_writable(self, schema: Any) -> None:
        """Refuses a schema that the format cannot hold.

        Raises:
            EngineError: Naming the first column it cannot hold.
        """
        for field in schema:
            if self.unsupported(field.type):
                raise EngineError(
                    f"Column {field.name!r} cannot be written as {self.name}: "
                    f"the format has no {field.type}.",
                    where=f"column {field.name!r}",
                    expected=f"types that {self.name} can hold",
                    fix="Write Parquet, which holds every type, or leave the column out.",
                )

    def _refuse_empty(self, file: File) -> None:
        if not file.size and not self.empty_is_valid:
            raise DataError(
                "The file is empty (0 bytes); a file of no rows would still have a header.",
                where=file.path,
                expected=f"a {self.name} file",
                fix="Remove the file or write it again: its writer probably did not finish.",
            )


@contextmanager
def reading(file: File, format_name: str) -> Iterator[None]:
    """Turns whatever a library raises about a file's content into a DataError."""
    try:
        yield
    except TaurusError:
        raise
    except Exception as error:
        # Decoders of damaged bytes raise nearly anything: OSError, ValueError, EOFError, KeyError.
        raise DataError(
            f"Cannot read the file as {format_name}: {error}",
            where=file.path,
            expected=f"a complete {format_name} file",
            fix="Write the file again if it is cut off or damaged; "
            "pass format= if it is of another format.",
        ) from error

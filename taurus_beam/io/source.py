"""A data set in files, described so that it can be read again and again.

A `Source` opens nothing until it is asked and holds no data: it travels in a pipeline and is read
there (`read`), or here and now (`batches`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io.files import File, find, normalized, open_input
from taurus_beam.io.formats import FORMATS, format_named, suffix_of
from taurus_beam.io.formats.format import Format, Fragment, Request, reading
from taurus_beam.io.incomplete import check_complete
from taurus_beam.io.progress import count_left_out, count_read
from taurus_beam.io.schema import check_schema, conform, plain_schema

if TYPE_CHECKING:
    from taurus_beam.io.read import Files, ReadRecordBatches

__all__ = ["Source"]


class Source:
    """Files of one format and one schema, as record batches, read as often as needed.

    Args:
        pattern: A path, a glob, a folder (its files of the format, hidden ones left out), or
            several of these; on any file system that Beam knows.
        format: "parquet", "csv", "avro", "arrow", "arrow_stream" or "jsonl"; guessed from the
            names if left out.
        schema: Columns and types. Parquet, Avro and Arrow files must agree with it; CSV and JSON
            lines are read by it. Left out, it is that of the first file by name that is not
            empty; CSV and JSON lines infer it from the first 4 MiB.
        batch_size: Most rows in a batch.
        skip_bad_files: Leave out files that cannot be read (missing, damaged, of other columns)
            instead of failing. Which these are is found first, once in a run, by reading all
            columns of all files; so it costs one more reading, and every pass sees the same rows.

    Missing values are null and NaN is a value in every format (each format's module says how they
    are spelt). Dictionary columns count as their values. No batch is empty; no rows is legal.

    Raises:
        EngineError: The format is unknown, or cannot be guessed (raised when it is needed).

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "trips.csv")
        >>> _ = open(path, "w").write("fare,zone\\n1.5,north\\n,south\\n")
        >>> source = Source(path)
        >>> source.schema
        fare: double
        zone: string
        >>> [batch.to_pydict() for batch in source.batches(["fare"])]
        [{'fare': [1.5, None]}]
    """

    def __init__(
        self,
        pattern: str | Sequence[str],
        *,
        format: str | None = None,
        schema: Any = None,
        batch_size: int = 65_536,
        skip_bad_files: bool = False,
    ) -> None:
        if batch_size < 1:
            raise EngineError(f"batch_size is {batch_size}.", expected="1 or more", fix="Raise it.")
        patterns = (pattern,) if isinstance(pattern, str) else tuple(pattern)
        self.patterns = tuple(normalized(each) for each in patterns)
        self.batch_size = batch_size
        self.skip_bad_files = skip_bad_files
        self._format_name = format_named(format).name if format else None
        self._given_schema = None if schema is None else plain_schema(schema)

    def __repr__(self) -> str:
        return f"Source({', '.join(map(repr, self.patterns))})"

    @property
    def schema_is_given(self) -> bool:
        """Whether the schema was given, not found in the data."""
        return self._given_schema is not None

    @cached_property
    def schema(self) -> Any:
        """All columns, with dictionaries as their values and without metadata.

        Raises:
            DataError: No file matches, or the first one cannot be read.
        """
        if self._given_schema is not None:
            return self._given_schema
        files = self.files()
        first = next((file for file in files if file.size), files[0])
        if not self.skip_bad_files:
            return self._schema_of(first)
        for file in files:
            with suppress(DataError):
                return self._schema_of(file)
        return self._schema_of(first)

    def _schema_of(self, file: File) -> Any:
        schema = self.format.schema(file)
        # Comparing the schema with itself finds names that occur twice.
        check_schema(schema, schema, file.path)
        return plain_schema(schema)

    @cached_property
    def format(self) -> Format:
        """The format given, or guessed from the files' names.

        Raises:
            EngineError: It cannot be guessed, or the files are of several formats.
            DataError: No file matches.
        """
        if self._format_name:
            return FORMATS[self._format_name]
        guesses = [(path, suffix_of(path)) for path in self.patterns]
        if not all(guess for _, guess in guesses):
            guesses = [(file.path, suffix_of(file.path)) for file in self._found()]
        known = {guess[1].name for _, guess in guesses if guess}
        if len(known) == 1:
            return FORMATS[known.pop()]
        raise EngineError(
            f"The files are of several formats: {', '.join(sorted(known))}."
            if known
            else f"The name {guesses[0][0]} does not tell the format of the file.",
            where=", ".join(self.patterns),
            expected="names that end in "
            + ", ".join(suffix for each in FORMATS.values() for suffix in each.suffixes),
            fix=f"Pass format= (--format), one of {', '.join(FORMATS)}.",
        )

    def files(self) -> tuple[File, ...]:
        """The files that match now, by path; those whose names mean another format are left out.

        A file that is named in full is never left out.

        Raises:
            DataError: There are none, or they are a part of an output whose writer was killed
                while it gave the files their names (those named in full are taken as they are).
        """
        named = set(self.patterns)
        fitting = tuple(file for file in self._found() if file.path in named or self._fits(file))
        if not fitting:
            raise self._nothing_found()
        check_complete(file.path for file in fitting if file.path not in named)
        return fitting

    def _found(self) -> tuple[File, ...]:
        found = find(self.patterns)
        if not found:
            raise self._nothing_found()
        return found

    def _nothing_found(self) -> DataError:
        return DataError(
            "No file matches.",
            where=", ".join(self.patterns),
            expected="one file or more",
            fix="Check the path; put a pattern in quotes so that the shell leaves it alone.",
        )

    def _fits(self, file: File) -> bool:
        guess = suffix_of(file.path)
        return guess is None or guess[1].name == self.format.name

    def fragments(self, file: File) -> list[Fragment]:
        """The parts of a file that can be read independently, after its columns were checked.

        Raises:
            DataError: The file cannot be read or has another schema.
        """
        if not (file.size or self.format.empty_is_valid):
            self.format.schema(file)
        self.format.check(file, self.schema)
        return list(self.format.fragments(file))

    def read_fragment(
        self, fragment: Fragment, columns: tuple[str, ...], dictionary: bool
    ) -> Iterator[Any]:
        """The batches of one fragment, none of them empty; counts rows and bytes as it goes.

        Raises:
            DataError: The file is damaged, or a value does not fit the schema.
        """
        counted = 0
        for batch, reached in self._read(fragment, columns, dictionary):
            count_read(batch.num_rows, max(0, reached - counted))
            counted = max(reached, counted)
            yield batch
        count_read(0, fragment.nbytes - counted)

    def _read(
        self, fragment: Fragment, columns: tuple[str, ...], dictionary: bool
    ) -> Iterator[tuple[Any, int]]:
        """The batches of a fragment, and how many of its bytes were read up to each."""
        file = fragment.file
        request = Request(self.schema, columns, self.batch_size, dictionary)
        wanted = self.wanted(columns)
        mapped = self.format.mapped
        with open_input(file.path, mapped) as stream, reading(file, self.format.name):
            rows = 0
            for large in self.format.read(stream, fragment, request):
                for start in range(0, large.num_rows, self.batch_size):
                    batch = large.slice(start, self.batch_size)
                    rows += batch.num_rows
                    reached = _bytes_reached(fragment, stream, rows)
                    yield conform(batch, wanted, file.path, dictionary=dictionary), reached

    def fault(self, file: File) -> DataError | None:
        """Why a file cannot be read, None where it can; reads all of its columns."""
        columns = tuple(self.schema.names)
        try:
            for fragment in self.fragments(file):
                for _ in self._read(fragment, columns, dictionary=True):
                    pass
        except DataError as fault:
            return fault
        return None

    def none_readable(self) -> DataError:
        """The error where each file is a bad one."""
        return DataError(
            "None of the files can be read.",
            where=", ".join(self.patterns),
            expected="one file or more that can be read",
            fix="Leave the skipping of bad files out to see what is wrong with the first one.",
        )

    def wanted(self, columns: Sequence[str] | None) -> Any:
        """The part of the schema that some columns make; all of it for None.

        Raises:
            DataError: A column does not exist.
        """
        schema = self.schema
        if columns is None:
            return schema
        known = set(schema.names)
        for name in columns:
            if name not in known:
                raise DataError(
                    f"Column {name!r} is not in the data.",
                    where=", ".join(self.patterns),
                    expected="one of " + ", ".join(schema.names),
                    fix="Correct the name; of a nested column, give the outermost name.",
                )
        return pa.schema([schema.field(name) for name in columns])

    def batches(
        self, columns: Sequence[str] | None = None, *, dictionary: bool = False
    ) -> Iterator[Any]:
        """The record batches, files by name and rows in order, without a pipeline.

        Args:
            columns: The columns to read, in this order; None for all. No columns give batches of
                no columns that still have their rows.
            dictionary: Leave strings dictionary-encoded where a Parquet or Arrow file stores them
                so, which is faster for whoever needs the distinct values; otherwise each column
                has the type that `schema` says.

        Raises:
            DataError: No file matches, a column does not exist, a file cannot be read, has
                another schema, or holds a value that does not fit it.
        """
        names = tuple(self.wanted(columns).names)
        for file in self._readable() if self.skip_bad_files else self.files():
            for fragment in self.fragments(file):
                yield from self.read_fragment(fragment, names, dictionary)

    def _readable(self) -> Iterator[File]:
        found = 0
        for file in self.files():
            if self.fault(file) is None:
                found += 1
                yield file
            else:
                count_left_out(file.path)
        if not found:
            raise self.none_readable()

    def read(
        self,
        columns: Sequence[str] | None = None,
        *,
        dictionary: bool = False,
        files: Files | None = None,
    ) -> ReadRecordBatches:
        """The same batches in a pipeline, in any order: a transform to apply to the pipeline.

        Args:
            columns: As in `batches`.
            dictionary: As in `batches`.
            files: The files, where another reading in the same pipeline has found them.

        Raises:
            DataError: No file matches, a column does not exist, or the first file cannot be read;
                whatever else is wrong shows in the workers.

        Example:
            >>> import os, tempfile
            >>> import apache_beam as beam
            >>> path = os.path.join(tempfile.mkdtemp(), "x.csv")
            >>> _ = open(path, "w").write("x\\n1\\n2\\n")
            >>> with beam.Pipeline(runner="FnApiRunner") as pipeline:
            ...     batches = pipeline | "Read" >> Source(path).read()
            ...     _ = batches | "Print" >> beam.Map(lambda batch: print(batch.to_pydict()))
            {'x': [1, 2]}
        """
        # Only a pipeline reads so: whoever reads here and now does without Beam.
        from taurus_beam.io.read import ReadRecordBatches

        return ReadRecordBatches(self, tuple(self.wanted(columns).names), dictionary, files)

    def nbytes(self) -> int:
        """The bytes of all files: what `progress().bytes_read` grows by when all is read."""
        return sum(file.size for file in self.files())

    def fingerprint(self) -> dict[str, Any]:
        """Which files these are: names, bytes, times of change, and one digest; no data is read.

        Raises:
            DataError: No file matches.
        """
        files = [
            {"name": file.name, "bytes": file.size, "modified": file.modified}
            for file in self.files()
        ]
        text = json.dumps(files, sort_keys=True, ensure_ascii=False)
        return {"files": files, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _bytes_reached(fragment: Fragment, stream: Any, rows: int) -> int:
    """How much of the fragment's bytes the rows so far stand for."""
    if fragment.rows:
        return fragment.nbytes * rows // fragment.rows
    return min(fragment.nbytes, int(stream.tell()))

"""CSV with a header line, comma-separated, UTF-8, RFC 4180 quoting (line breaks in quotes too).

An empty cell is missing, and a quoted empty cell is the empty string; but if the file's first
4 MiB have one in a column that is no text, its writer quotes missing values too, and both are
missing in all of the file. There are no other spellings of a missing value: a text column may say
"NA". `NaN` and `inf` are floats. Values have no types in CSV: they come from the schema, or from
the first 4 MiB of the first file.
"""

from __future__ import annotations

import csv as text_csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from taurus_beam.errors import DataError
from taurus_beam.io.files import COMPRESSIONS, File, decompressed, open_input
from taurus_beam.io.formats.format import Format, Fragment, Request, Writer, reading
from taurus_beam.io.schema import check_names, conform

__all__ = ["Csv"]

BLOCK_BYTES = 4 * 2**20
_CACHED_BYTES = 2**18
_RECODE = "Convert the file to UTF-8, for example with iconv -f latin1 -t utf-8."


class Csv(Format):
    """CSV files, plain or compressed; lists, structs and maps have no form in it."""

    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", *(".csv" + end for end in COMPRESSIONS))
    mapped: ClassVar[bool] = False

    def read_schema(self, stream: Any, file: File) -> Any:
        """The header's names with types that hold the first block; all-empty columns are null."""
        names = _header(file)
        if len(set(names)) < len(names):
            check_names(names, sorted(set(names)), file.path)
        try:
            return _open(stream, file, len(names)).schema
        except pa.ArrowInvalid as error:
            raise _explain(_located(file, len(names)) or error, file) from error

    def check(self, file: File, expected: Any) -> None:
        """Compares the names only: the types are the schema's, and values must convert to them."""
        self._refuse_empty(file)
        with reading(file, self.name):
            names = _header(file)
        check_names(names, expected.names, file.path)

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """Batches of about a block each; the columns not asked for are split but not converted."""
        schema, file = request.schema, fragment.file
        # With no column asked for, one that converts without fail still counts the rows.
        fields = request.fields or [pa.field(schema.names[0], pa.binary())]
        columns = {field.name: _parsed_type(field.type) for field in fields}
        missing = _quotes_missing_values(file, schema)
        _refuse_open_quote(file, schema.names)
        try:
            yield from _open(stream, file, len(schema.names), columns, quoted_missing=missing)
        except pa.ArrowInvalid as error:
            located = _located(file, len(schema.names), columns, quoted_missing=missing) or error
            raise _explain(located, file, schema) from error

    def unsupported(self, dtype: Any) -> bool:
        """Nested types have no form in CSV."""
        return bool(pa.types.is_nested(dtype))

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer that quotes text, so that the empty string differs from a missing value."""
        return _CsvWriter(stream, schema)


def _header(file: File) -> list[str]:
    with (
        open_input(file.path, mapped=False) as stream,
        # The text is decoded in blocks: what is no UTF-8 may lie behind the header.
        io.TextIOWrapper(
            decompressed(stream, file.path), "utf-8-sig", "surrogateescape", newline=""
        ) as text,
    ):
        names = next(text_csv.reader(text), [])
    if not any(names):
        raise DataError(
            "The first line of the CSV file names no column.",
            where=file.path,
            expected="the names of the columns, separated by commas",
            fix="Add a header, or remove empty lines before it.",
        )
    for name in names:
        if not name.isprintable() and any("\udc80" <= character <= "\udcff" for character in name):
            raise DataError(
                f"The name of a column is no UTF-8: {name.encode(errors='surrogateescape')!r}",
                where=file.path,
                expected="a CSV file in UTF-8",
                fix=_RECODE,
            )
    return names


def _quotes_missing_values(file: File, schema: Any) -> bool:
    """Whether a quoted empty cell stands where there can be no text; all columns have a say."""
    others = {
        field.name: _parsed_type(field.type)
        for field in schema
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))
    }
    with open_input(file.path, mapped=False) as stream:
        quotes = _quotes_in(decompressed(stream, file.path).read(BLOCK_BYTES))
    if not (quotes[1:] & quotes[:-1]).any():
        return False
    with open_input(file.path, mapped=False) as stream:
        try:
            _open(stream, file, len(schema.names), others)
        except pa.ArrowInvalid as error:
            return "invalid value ''" in str(error)
    return False


def _refuse_open_quote(file: File, names: list[str]) -> None:
    """Refuses a file that ends within quotes: all rows behind the quote would be one cell.

    Arrow takes the end of the file for the end of the cell.
    """
    quotes, block = 0, bytearray(_CACHED_BYTES)
    with open_input(file.path, mapped=False) as stream:
        text = decompressed(stream, file.path)
        while size := text.readinto(block):
            quotes += int(np.count_nonzero(_quotes_in(block)[:size]))
    if quotes % 2 == 0:
        return
    # The odd quote may stand within a cell, where it means itself; a row more will tell.
    mark = b"a row that follows"
    row = b"\n" + b",".join([mark] * len(names)) + b"\n"
    last, rows = None, 1
    with open_input(file.path, mapped=False) as stream:
        followed = pa.PythonFile(_Followed(decompressed(stream, file.path), row), mode="r")
        # What else is wrong with the file is told where it is read.
        with suppress(pa.ArrowInvalid):
            for batch in _open(followed, None, len(names), {names[0]: pa.binary()}):
                rows += batch.num_rows
                last = batch.column(0)[-1].as_py() if batch.num_rows else last
            if last != mark:
                raise DataError(
                    f"A quoted cell that begins in row {rows} is not closed.",
                    where=file.path,
                    expected="a closing quote before the end of the file",
                    fix="Close the quote, or write quotes within a quoted cell twice.",
                )


def _quotes_in(text: bytes | bytearray) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which of the bytes are quotes; several times as fast as `bytes.count` and `in`."""
    found: np.ndarray[Any, np.dtype[np.bool_]] = np.frombuffer(text, np.uint8) == ord('"')
    return found


class _Followed(io.RawIOBase):
    """A stream with some bytes behind its end."""

    def __init__(self, stream: Any, more: bytes) -> None:
        self._stream, self._more = stream, more

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._stream.read(size if size >= 0 else None)
        if not found:
            found, self._more = self._more, b""
        return found


def _open(
    stream: Any,
    file: File | None,
    width: int,
    columns: Any = None,
    *,
    quoted_missing: bool = False,
    threads: bool = True,
) -> Any:
    """Arrow's reader of some columns and their types; of none, to infer the types of all.

    Args:
        stream: An open file; of no `file`, text as it is.
        file: Whose name says how it is compressed.
        width: How many columns there are.
        columns: Their types.
        quoted_missing: Whether a quoted empty cell is a missing value.
        threads: Whether to use several.
    """
    return csv.open_csv(
        stream if file is None else decompressed(stream, file.path),
        read_options=csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=threads),
        # In a file of one column an empty line is a row whose value is missing.
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=width > 1),
        convert_options=csv.ConvertOptions(
            null_values=[""],
            strings_can_be_null=True,
            # A quoted empty cell must not make a column text whose other cells are numbers.
            quoted_strings_can_be_null=quoted_missing or not columns,
            column_types=columns or {},
            include_columns=list(columns or ()),
        ),
    )


def _parsed_type(dtype: Any) -> Any:
    """The type that Arrow's CSV reader knows and from which the wanted one is cast."""
    if pa.types.is_float16(dtype):
        return pa.float32()
    if pa.types.is_timestamp(dtype) and dtype.tz:
        # Local time is ambiguous, and zones once had offsets that no timestamp text can say.
        return pa.timestamp(dtype.unit, "UTC")
    if pa.types.is_string_view(dtype):
        return pa.string()
    if pa.types.is_binary_view(dtype):
        return pa.binary()
    return dtype


def _located(file: File, width: int, columns: Any = None, *, quoted_missing: bool = False) -> Any:
    """The same error with its row number, which Arrow knows only when it reads in one thread."""
    with open_input(file.path, mapped=False) as stream:
        try:
            for _ in _open(
                stream, file, width, columns, quoted_missing=quoted_missing, threads=False
            ):
                pass
        except pa.ArrowInvalid as error:
            return error
    return None


def _explain(error: Exception, file: File, schema: Any = None) -> DataError:
    names = _header(file)

    def name_of(match: re.Match[str]) -> str:
        return f"in column {names[int(match[1])]!r}"

    text = re.sub(r"In CSV column #(\d+)", name_of, str(error).strip())
    if "straddling" in text:
        return DataError(
            f"A row of the CSV file is longer than {BLOCK_BYTES >> 20} MiB.",
            where=file.path,
            expected="shorter rows; perhaps a quote is not closed and the row is many",
            fix="Close the quote, or convert the file to Parquet, whose cells may be long.",
        )
    types = [f"{field.name}: {field.type}" for field in schema or ()]
    return DataError(
        f"The CSV file does not fit its header or schema: {text}",
        where=file.path,
        expected="rows of " + ", ".join(types or names),
        fix=_RECODE
        if "invalid UTF8" in text
        else "Correct that row, or pass a schema whose type holds every value of the column: "
        "without one the types come from the beginning of the first file.",
    )


class _CsvWriter(Writer):
    def __init__(self, stream: Any, schema: Any) -> None:
        self._schema = pa.schema([(field.name, _parsed_type(field.type)) for field in schema])
        self._writer = csv.CSVWriter(stream, self._schema)

    def write(self, batch: Any) -> None:
        self._writer.write_batch(conform(batch, self._schema, "a batch to write as CSV"))

    def finish(self) -> None:
        self._writer.close()

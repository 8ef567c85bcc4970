"""The shards of an output: what they are called, how one is written, how all are committed.

Shards are written under other names in a hidden folder beside the output and renamed when all
are complete, so that the final names never stand for part of the data.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from taurus_beam.errors import DataError, EngineError, TaurusError
from taurus_beam.io import files
from taurus_beam.io.formats import FORMATS, format_named, suffix_of
from taurus_beam.io.formats.format import Format
from taurus_beam.io.incomplete import is_incomplete, waiting_prefix
from taurus_beam.io.progress import count_written
from taurus_beam.io.schema import check_schema, conform, plain_schema

__all__ = ["Output", "Shard", "ShardWriter"]

DEFAULT_FORMAT = "parquet"
_REPLACED = "replaced-"


@dataclass(frozen=True)
class Shard:
    """A shard that was written completely: where it waits, and its schema."""

    path: str
    schema: Any


@dataclass(frozen=True)
class Output:
    """Where shards go: `PREFIX-00000-of-00004SUFFIX`.

    Attributes:
        prefix: Folder and beginning of the names.
        suffix: End of the names.
        format_name: The format of the shards.
        overwrite: Replace the shards of an earlier run.
    """

    prefix: str
    suffix: str
    format_name: str
    overwrite: bool

    @classmethod
    def at(cls, path: str, format_name: str | None, overwrite: bool) -> Output:
        """The output that a path names: a prefix, a folder (ends in "/"), or a name with a suffix.

        Raises:
            EngineError: There is no such format, or the suffix means another one.

        Example:
            >>> Output.at("out/trips.csv", None, False).name(0, 2)
            'out/trips-00000-of-00002.csv'
            >>> Output.at("out/", None, False).name(0, 2)
            'out/part-00000-of-00002.parquet'
        """
        path = files.normalized(path)
        if path.endswith("/"):
            path += "part"
        guess = suffix_of(path)
        if guess is None:
            kind = format_named(format_name or DEFAULT_FORMAT)
            return cls(path, kind.suffixes[0], kind.name, overwrite)
        suffix, kind = guess
        if format_name and format_named(format_name) is not kind:
            raise EngineError(
                f"The output is called {suffix} but the format is {format_name}.",
                where=path,
                expected="a name that fits the format, or no suffix",
                fix=f"Leave {suffix} or the format out.",
            )
        return cls(path.removesuffix(suffix), suffix, kind.name, overwrite)

    @property
    def format(self) -> Format:
        """The format of the shards."""
        return FORMATS[self.format_name]

    def name(self, shard: int, shards: int) -> str:
        """The final path of a shard."""
        return f"{self.prefix}-{shard:05d}-of-{shards:05d}{self.suffix}"

    def waiting_folder(self) -> str:
        """A new name for the hidden folder where shards wait."""
        return f"{waiting_prefix(self.prefix)}{uuid.uuid4().hex}"

    def existing(self) -> list[str]:
        """The shards of earlier runs, whatever their number was."""
        with files.writing(self.prefix):
            tail = rf"-\d{{5,}}-of-\d{{5,}}{self.suffix.replace('.', '[.]')}"
            return files.listing(self.prefix, tail)

    def check(self, schema: Any) -> None:
        """Finds out before any data is read whether the output could be written.

        Raises:
            EngineError: It exists, the folder cannot be written, or the format cannot hold the
                schema.
        """
        if schema is not None:
            self.format.check_writable(schema)
        self._refuse_existing(self.existing())
        folder = self.waiting_folder()
        with files.writing(self.prefix):
            try:
                files.make_folder(folder)
                files.create(f"{folder}/probe").close()
            finally:
                with suppress(OSError):
                    files.remove([folder])

    def commit(self, shards: Sequence[Shard], folder: str) -> list[str]:
        """Gives the waiting shards their final names, after what they replace was moved away.

        Can be repeated after it was interrupted. If it fails, the shards already renamed are
        removed again, and what they were to replace stands in its place. Where the process is
        killed in between, shards are missing: never do those of two runs stand side by side.

        Args:
            shards: All shards; their order is the order of the numbers.
            folder: Where they wait; it is removed.

        Returns:
            The final paths.

        Raises:
            EngineError: The output exists by now, or a file cannot be renamed.
            DataError: The shards have different schemas.
        """
        for shard in shards[1:]:
            check_schema(shard.schema, shards[0].schema, f"the batches for {self.prefix}")
        finals = [self.name(number, len(shards)) for number in range(len(shards))]
        moves = list(zip([shard.path for shard in shards], finals, strict=True))
        replaced: list[tuple[str, str]] = []
        try:
            with files.writing(self.prefix):
                # A shard that waits no longer was renamed by an earlier attempt of this commit.
                done = [final for path, final in moves if not files.exists(path)]
                if not done:
                    self._refuse_existing(self.existing())
                for path in self.existing():
                    if path not in done:
                        aside = f"{folder}/{_REPLACED}{files.split(path)[1]}"
                        files.move(path, aside)
                        replaced.append((aside, path))
                for path, final in moves:
                    if final not in done:
                        files.move(path, final)
                        done.append(final)
        except TaurusError:
            self._abandon(done)
            self._restore(replaced)
            raise
        finally:
            self._abandon([folder])
        return finals

    def _refuse_existing(self, existing: list[str]) -> None:
        if existing and not self.overwrite:
            killed = is_incomplete(existing) is not None
            raise EngineError(
                f"The output exists: {len(existing)} file(s), the first is {existing[0]}."
                + (" It is incomplete: its writer was killed while it committed." * killed),
                where=self.prefix,
                expected="an output that does not exist",
                fix="Pass overwrite=True (--overwrite) to replace it, or choose another output.",
            )

    @staticmethod
    def _restore(replaced: list[tuple[str, str]]) -> None:
        for aside, path in replaced:
            with suppress(OSError):
                files.move(aside, path)

    @staticmethod
    def _abandon(paths: list[str]) -> None:
        with suppress(OSError):
            files.remove(paths)


class ShardWriter:
    """Writes one shard where it waits.

    Args:
        output: Where the shard will go.
        folder: Where it waits.
        schema: Its schema; None takes the first batch's.
        name: How the shards sort.

    Attributes:
        nbytes: The bytes of the file once it is complete, before ``.gz`` and others compress it;
            0 where that is not known.
    """

    def __init__(self, output: Output, folder: str, schema: Any, name: str = "") -> None:
        self._output = output
        self._schema = schema
        self._stream: Any = None
        self._writer: Any = None
        self.nbytes = 0
        # The prefix's suffix stays at the end: it decides on compression.
        self.path = f"{folder}/{name or uuid.uuid4().hex}{output.suffix}"

    def write(self, batch: Any) -> None:
        """Writes one batch.

        Raises:
            DataError: It has another schema than the first one or the one given.
            EngineError: The file cannot be written, or the format cannot hold the schema.
        """
        if self._schema is None:
            self._schema = plain_schema(batch.schema)
        where = f"a batch for {self._output.prefix}"
        check_schema(batch.schema, self._schema, where)
        conformed = conform(batch, self._schema, where)
        with _writing(self._output, self.path):
            self._open()
            self._writer.write(conformed)
        count_written(batch.num_rows)

    def close(self) -> Shard:
        """Completes the file; without a batch it holds no rows.

        Raises:
            DataError: There was neither a schema nor a batch.
            EngineError: The file cannot be written.
        """
        if self._schema is None:
            raise DataError(
                "There is nothing to write: no record batches, and no schema to write a file "
                "of no rows with.",
                where=self._output.prefix,
                expected="a schema, or at least one record batch",
                fix="Pass schema= to write a valid file without rows.",
            )
        with _writing(self._output, self.path):
            self._open()
            self._writer.finish()
            # Only a profile tells it: not worth failing where a file system does not know.
            with suppress(OSError, AttributeError):
                self.nbytes = self._stream.tell()
            self._stream.close()
        return Shard(self.path, self._schema)

    def abandon(self) -> None:
        """Removes what was written so far, as well as that is possible; may be called twice."""
        if self._writer is not None:
            self._writer.abandon()
        with suppress(OSError):
            if self._stream is not None:
                self._stream.close()
        with suppress(OSError):
            files.remove([self.path])

    def _open(self) -> None:
        if self._stream is None:
            self._output.format.check_writable(self._schema)
            self._stream = files.create(self.path)
            self._writer = self._output.format.writer(self._stream, self._schema)


@contextmanager
def _writing(output: Output, path: str) -> Iterator[None]:
    """Turns what a file system or a format raises while writing into an EngineError."""
    try:
        with files.writing(path):
            yield
    except TaurusError:
        raise
    except Exception as error:
        # Arrow and fastavro raise ValueError, NotImplementedError, TypeError and more.
        raise EngineError(
            f"The batches cannot be written as {output.format_name}: {error}",
            where=output.prefix,
            expected=f"values that {output.format_name} can hold",
            fix="Write Parquet, which holds every type, or convert the values.",
        ) from error

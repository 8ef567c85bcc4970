"""The versions of a pipeline: which one is meant, and what it froze.

A version is a finished folder of the stage `train`. Here it is only read; nothing changes it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.engine import Engine
from taurus_beam.controller.identity import Thing
from taurus_beam.controller.stage_record import STAGES, StageRecord, stages_in
from taurus_beam.controller.stage_steps import SCHEMA
from taurus_beam.controller.train import COLUMNS, DECLARED
from taurus_beam.errors import ArtifactError, DataError
from taurus_beam.io import Source
from taurus_beam.stats.files import load_statistics
from taurus_beam.validation.schema_text import load_schema_text

__all__ = ["Version", "version_at"]


@dataclass(frozen=True)
class Version:
    """What a version froze.

    Attributes:
        record: What is known of it.
    """

    record: StageRecord

    @property
    def number(self) -> str:
        """Its number, as text."""
        return str(self.record.number)

    def path(self, name: str) -> str:
        """The path of one of its files."""
        return os.path.join(self.record.path, name)

    def thing(self, type: str, name: str, key: str) -> Thing:
        """One of its files, as a component reads it."""
        path = self.path(name)
        if not os.path.exists(path):
            raise ArtifactError(
                f"Version {self.number} of the pipeline lacks {name}.",
                where=path,
                fix="Restore the version from where it was copied, or train again.",
            )
        return Thing(type, key, (path,), (path,))

    def schema(self) -> Any:
        """What data should be like."""
        return load_schema_text(self.path(SCHEMA.name))

    def declared(self) -> Any | None:
        """The schema that statistics go by, where one was given."""
        path = self.path(DECLARED)
        return load_schema_text(path) if os.path.exists(path) else None

    def columns(self) -> pa.Schema:
        """The columns of the training data."""
        with open(self.thing("Columns", COLUMNS.name, "columns").paths[0], "rb") as file:
            return pa.ipc.read_schema(pa.py_buffer(file.read()))

    def statistics_name(self, name: str) -> str:
        """Where the statistics of one of its data sets are."""
        return f"statistics/{name}.pb"

    def names(self) -> list[str]:
        """The data sets of which statistics were kept."""
        folder = self.path("statistics")
        found = os.listdir(folder) if os.path.isdir(folder) else []
        return sorted(name.removesuffix(".pb") for name in found if name.endswith(".pb"))

    def rows_of(self, name: str) -> Source | None:
        """One of its splits; None where there is none of that name."""
        folder = self.path(f"split/{name}")
        return Source(folder, format="parquet") if os.path.isdir(folder) else None

    def own_split(self, name: str) -> Source:
        """One of its splits, which has to be there.

        Raises:
            DataError: There is none of that name.
        """
        found = self.rows_of(name)
        if found is None:
            raise DataError(
                f"Version {self.number} has no split {name!r}.",
                where=self.record.path,
                expected="data, or a pipeline whose split gives them",
                fix="Name data.",
            )
        return found

    def data_set(self, name: str, schema: Any, engine: Engine, environment: str | None) -> DataSet:
        """One of its data sets, as something to compare with."""
        path = self.thing("Statistics", self.statistics_name(name), "statistics").paths[0]
        return DataSet(name, self.rows_of(name), load_statistics(path), schema, environment, engine)


def version_at(directory: str, version: str | int | None) -> Version:
    """A version by its number; the newest for None.

    Raises:
        ArtifactError: There is no such version.
    """
    known = _complete(directory)
    if version is None:
        return Version(known[-1])
    for each in known:
        if str(each.number) == str(version):
            return Version(each)
    raise ArtifactError(
        f"There is no version {version} of the pipeline.",
        where=os.path.join(directory, STAGES["train"]),
        expected="one of: " + ", ".join(str(each.number) for each in known),
    )


def _complete(directory: str) -> list[StageRecord]:
    """All complete versions, the newest last.

    Raises:
        ArtifactError: There is none.
    """
    complete = [each for each in stages_in(directory, "train") if each.is_complete]
    if not complete:
        raise ArtifactError(
            "There is no version of the pipeline yet.",
            where=os.path.join(directory, STAGES["train"]),
            expected="a folder in which a `train` has been completed",
            fix="Run train first, or correct the directory.",
        )
    return complete

"""The stages after training: data are held against what a version froze, and transformed by it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.engine import Engine
from taurus_beam.controller.findings import Severity
from taurus_beam.controller.identity import Thing
from taurus_beam.controller.sources import typed
from taurus_beam.controller.stage_steps import SCHEMA, TRANSFORM_FN, Steps
from taurus_beam.controller.train import COLUMNS, DECLARED
from taurus_beam.controller.versions import StageRecord
from taurus_beam.errors import ArtifactError
from taurus_beam.io import Source
from taurus_beam.stats.files import load_statistics
from taurus_beam.validation.schema_text import load_schema_text

__all__ = ["Version", "check"]


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

    def data_set(self, name: str, schema: Any, engine: Engine, environment: str | None) -> DataSet:
        """One of its data sets, as something to compare with."""
        path = self.thing("Statistics", self.statistics_name(name), "statistics").paths[0]
        return DataSet(name, self.rows_of(name), load_statistics(path), schema, environment, engine)


def check(
    steps: Steps,
    version: Version,
    incoming: Mapping[str, Source],
    own: bool,
    stop_on: Severity | None,
    transforms: bool,
) -> tuple[bool, dict[str, DataSet]]:
    """Run the stage: whether it was not stopped by findings, and the data.

    Args:
        steps: Of the stage.
        version: What the data are held against.
        incoming: The data by name.
        own: Whether they are splits of the version, which incoming transforms have seen.
        stop_on: The least severity of findings that stops it.
        transforms: Whether the data are to be transformed.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    columns, schema = version.columns(), version.schema()
    schema_thing = version.thing("Schema", SCHEMA.name, "schema")
    sets: dict[str, DataSet] = {}
    reads: dict[str, list[Thing]] = {}
    for name in version.names():
        environment = steps.environment(name)
        sets[name] = version.data_set(name, schema, steps.engine, environment)
        frozen = version.thing("Statistics", version.statistics_name(name), "reference")
        reads[name] = [frozen]
    sources = {}
    for name, source in incoming.items():
        source = source if own else steps.changed(typed(source, columns), name)
        sources[name] = source
        found = steps.statistics(source, name)
        sets[name] = DataSet(name, source, found, schema, steps.environment(name), steps.engine)
        statistics = steps.statistics_thing(name)
        reads[name] = [statistics, schema_thing, steps.data(source, name)]
    for name in sources:
        steps.checks(sets[name], sets, reads)
    looked_at = {name: sets[name] for name in sources}
    if steps.run.has_findings(stop_on):
        return False, looked_at
    if transforms:
        artifact = version.thing(TRANSFORM_FN.type, TRANSFORM_FN.name, "artifact")
        for name, source in sources.items():
            steps.transformed(artifact, source, name)
    return True, looked_at

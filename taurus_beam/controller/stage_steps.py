"""The steps that several stages have: changes of incoming data, statistics, what looks at data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from taurus_beam.controller.callbacks import Step
from taurus_beam.controller.components import Comparison, Transform
from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.engine import Engine
from taurus_beam.controller.findings import Finding, Severity
from taurus_beam.controller.identity import Thing
from taurus_beam.controller.mapping import comparisons_of, components_of, named
from taurus_beam.controller.module import PipelineModule
from taurus_beam.controller.stage_run import Done, Output, StageRun
from taurus_beam.errors import DataError
from taurus_beam.io import Source, WriteRecordBatches
from taurus_beam.runners import jobs
from taurus_beam.runners.run import Outcome
from taurus_beam.runners.statistics import statistics
from taurus_beam.stats.files import load_statistics
from taurus_beam.stats.options import StatsOptions

__all__ = ["TRAIN", "Steps"]

TRAIN = "train"
SCHEMA = Output("Schema", "schema.pbtxt")
TRANSFORM_FN = Output("TransformFn", "transform_fn")


@dataclass(frozen=True)
class Steps:
    """What steps need to know.

    Attributes:
        run: The run of the stage.
        module: The user's class.
        engine: What runs pipelines.
        declared: The schema that statistics go by, where one was given.
    """

    run: StageRun
    module: PipelineModule
    engine: Engine
    declared: Any | None = None
    _read: dict[str, Thing] = field(default_factory=dict)

    def data(self, source: Source, name: str) -> Thing:
        """The files of a data set, each looked at once."""
        if name not in self._read:
            self._read[name] = Thing.of_source(source, name)
        return self._read[name]

    def changed(self, source: Source, name: str) -> Source:
        """Incoming data after the user's transforms."""
        chosen = components_of(self.module.transforms, name)
        for number, (title, transform) in enumerate(named(chosen)):
            source = self._transformed(source, name, f"{number}-{title}", title, transform)
        return source

    def _transformed(
        self, source: Source, name: str, place: str, title: str, transform: Transform
    ) -> Source:
        output = Output("Data", f"changed/{name}/{place}")

        def work() -> None:
            schema = transform.output_schema(source.schema)
            sink = WriteRecordBatches(f"{self.run.folder.at(output.name)}/part", schema=schema)

            def build(pipeline: Any) -> None:
                batches = pipeline | "Read" >> source.read()
                changed = transform.expand(batches, source.schema)
                _ = changed | "Write" >> sink

            self.engine.run(build)

        self.run.step(
            Step(self.run.stage, title, "transform", name),
            work,
            reads=[Thing.of_source(source, name)],
            writes=[output],
            parameters=transform.parameters(),
            uses_code=True,
            component=transform,
        )
        return self.source_of(output, name)

    def source_of(self, output: Output, name: str) -> Source:
        """Data that a step wrote."""
        thing = self.run.thing(output, name)
        self._read[name] = thing
        files = [path for path in thing.paths if not path.endswith(".json")]
        return Source(files, format="parquet")

    def statistics(self, source: Source, name: str) -> Any:
        """The statistics of data."""
        output = Output("Statistics", f"statistics/{name}.pb")

        def work() -> None:
            statistics(
                source,
                self.run.folder.at(output.name),
                stats_options=StatsOptions(schema=self.declared),
                profile=self.engine.profile,
                options=self.engine.options,
            )

        declared = "" if self.declared is None else self.declared.SerializeToString(True).hex()
        self.run.step(
            Step(self.run.stage, "statistics", "statistics", name),
            work,
            reads=[self.data(source, name)],
            writes=[output],
            parameters={"schema": declared, "columns": str(source.schema)},
        )
        return load_statistics(self.run.folder.at(output.name))

    def statistics_thing(self, name: str) -> Thing:
        """The statistics of data, as components read them."""
        return self.run.thing(Output("Statistics", f"statistics/{name}.pb"))

    def checks(
        self,
        data: DataSet,
        references: Mapping[str, DataSet],
        reads: Mapping[str, list[Thing]],
    ) -> None:
        """Run the monitors and comparisons of a data set.

        Args:
            data: The data.
            references: All data that they may be compared with.
            reads: What components of data of a name read.
        """
        for title, monitor in named(components_of(self.module.monitors, data.name)):
            self.run.step(
                Step(self.run.stage, title, "monitor", data.name),
                partial(monitor.check, data),
                reads=reads[data.name],
                parameters=self._parameters(monitor, data),
                uses_code=_is_users(monitor),
                component=monitor,
            )
        pairs = comparisons_of(self.module.comparisons, data.name, TRAIN)
        titles = [title for title, _ in named([comparison for _, comparison in pairs])]
        for title, ((_, reference), comparison) in zip(titles, pairs, strict=True):
            if reference not in references:
                raise DataError(
                    f"There are no data {reference!r} to compare {data.name!r} with.",
                    where=f"comparison {title}",
                    expected="one of: " + ", ".join(references),
                )
            other = references[reference]
            self._compare(title, comparison, data, other, reads)

    def _compare(
        self,
        title: str,
        comparison: Comparison,
        data: DataSet,
        other: DataSet,
        reads: Mapping[str, list[Thing]],
    ) -> None:
        self.run.step(
            Step(self.run.stage, title, "comparison", f"{data.name}/{other.name}"),
            partial(comparison.compare, data, other),
            reads=[*reads[data.name], *reads[other.name]],
            parameters=self._parameters(comparison, data),
            uses_code=_is_users(comparison),
            component=comparison,
        )

    def _parameters(self, component: Any, data: DataSet) -> dict[str, Any]:
        own = {"environment": data.environment} if data.environment else {}
        return {**component.parameters(), **own}

    def transformed(self, artifact: Thing, source: Source, name: str) -> Done:
        """Apply the frozen function to data."""
        output = Output("Data", f"transformed/{name}")

        def work() -> Done:
            outcome = jobs.transform(
                artifact.paths[0], source, self.sink(output), options=self.engine.options
            )
            return violations(outcome, artifact.paths[0], "transform", name)

        return self.run.step(
            Step(self.run.stage, "transform", "transform", name),
            work,
            reads=[artifact, self.data(source, name)],
            writes=[output],
        )

    def sink(self, output: Output) -> jobs.Sink:
        """Where transformed data go."""
        prefix = os.path.join(self.run.folder.at(output.name), "part")
        return lambda schema: WriteRecordBatches(prefix, schema=schema)

    def environment(self, name: str) -> str | None:
        """The environment of data."""
        return self.module.environments.get(name)


def violations(outcome: Outcome, artifact: str, component: str, data: str) -> Done:
    """What the monitors in the preprocessing function found, as far as the runner tells."""
    import taurus_beam as tb

    counts = {name: outcome.violations.get(name, 0) for name in tb.load(artifact).monitors}
    findings = tuple(
        Finding(
            f"{number:,} rows violate the monitor {name}.",
            Severity.WARNING,
            component=component,
            data=data,
        )
        for name, number in counts.items()
        if number
    )
    return Done(findings, violations=counts)


def _is_users(component: Any) -> bool:
    return not type(component).__module__.startswith("taurus_beam.")

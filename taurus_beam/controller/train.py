"""The stage `train`: split, statistics, schema, checks, fit and transform make a new version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from taurus_beam.controller.callbacks import Step
from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.findings import Severity
from taurus_beam.controller.identity import Thing
from taurus_beam.controller.module import function_of, schema_of, splitter_of
from taurus_beam.controller.sources import arrow_of, typed
from taurus_beam.controller.stage_run import Done, Output
from taurus_beam.controller.stage_steps import SCHEMA, TRAIN, TRANSFORM_FN, Steps, violations
from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source
from taurus_beam.runners import jobs, splitting
from taurus_beam.splits.configuration import splitter_to_json
from taurus_beam.validation.infer import infer_schema
from taurus_beam.validation.schema_text import load_schema_text, schema_as_text, write_schema_text

__all__ = ["COLUMNS", "DECLARED", "HELD_OUT", "RAW", "train"]

RAW = "raw"
"""What incoming data are called that are to be split."""
HELD_OUT = "test"
"""The data that training does not look at."""
COLUMNS = Output("Columns", "columns.arrow")
DECLARED = "declared.pbtxt"
"""The schema that statistics go by, where the user gave one."""
_SPLIT = Output("Data", "split")


def train(steps: Steps, incoming: Mapping[str, Source], stop_on: Severity | None) -> bool:
    """Run the stage; whether a version was made, and not stopped by findings.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    run, module, declared = steps.run, steps.module, steps.declared
    function_of(module)
    sources = dict(incoming)
    if declared is not None:
        write_schema_text(declared, run.folder.at(DECLARED))
        sources = {name: typed(each, arrow_of(declared)) for name, each in sources.items()}
    sources = {name: steps.changed(each, name) for name, each in sources.items()}
    if RAW in sources:
        sources = _split(steps, sources[RAW])
    seen = {name: source for name, source in sources.items() if name != HELD_OUT}
    found = {name: steps.statistics(source, name) for name, source in seen.items()}
    schema = _schema(steps, found[TRAIN], sources[TRAIN].schema)
    sets = {
        name: DataSet(name, source, found[name], schema, steps.environment(name), steps.engine)
        for name, source in seen.items()
    }
    reads = {name: _reads(steps, source, name) for name, source in seen.items()}
    for data in sets.values():
        steps.checks(data, sets, reads)
    if run.has_findings(stop_on):
        return False
    _fit(steps, sources[TRAIN])
    for name in seen:
        if name != TRAIN:
            steps.transformed(run.thing(TRANSFORM_FN, "artifact"), seen[name], name)
    return True


def check_incoming(incoming: Mapping[str, Source]) -> None:
    """Refuses data without any for training.

    Raises:
        EngineError: There are none.
    """
    if TRAIN not in incoming and RAW not in incoming:
        raise EngineError(
            "There are no data for training.",
            expected=f'data called "{TRAIN}"; there are: {", ".join(incoming)}',
        )


def _split(steps: Steps, source: Source) -> dict[str, Source]:
    splitter = splitter_of(steps.module)
    if splitter is None:
        return {TRAIN: source}
    run, engine = steps.run, steps.engine
    splitter.check(source.schema)

    def work() -> None:
        target = run.folder.at(_SPLIT.name)
        splitting.split(source, splitter, target, options=engine.options)

    run.step(
        Step(run.stage, "split", "split", RAW),
        work,
        reads=[steps.data(source, RAW)],
        writes=[_SPLIT],
        parameters={"split": splitter_to_json(splitter), "columns": str(source.schema)},
    )
    with open(run.folder.at(f"{_SPLIT.name}/split.json"), encoding="utf-8") as file:
        rows = {part["name"]: part["rows"] for part in json.load(file)["splits"]}
    if not rows[TRAIN]:
        raise DataError(
            "The split leaves no rows for training.",
            where=", ".join(source.patterns),
            expected="rows of the data in each split",
        )
    parts = {name: Output("Data", f"{_SPLIT.name}/{name}") for name in splitter.names}
    return {name: steps.source_of(part, name) for name, part in parts.items()}


def _schema(steps: Steps, statistics: Any, columns: pa.Schema) -> Any:
    """The schema, written down with the types of the columns."""
    run, module = steps.run, steps.module

    def work() -> None:
        given = schema_of(module)
        schema = module.configure_schema(infer_schema(statistics) if given is None else given)
        if not isinstance(schema, type(infer_schema(statistics))):
            raise EngineError(
                f"configure_schema gave a {type(schema).__name__}.",
                where=module.name,
                expected="the Schema that it was given, or another one",
                fix="Return the schema.",
            )
        write_schema_text(schema, run.folder.at(SCHEMA.name))
        with open(run.folder.at(COLUMNS.name), "wb") as file:
            file.write(columns.serialize())

    given = schema_of(module)
    run.step(
        Step(run.stage, "schema", "schema", TRAIN),
        work,
        reads=[steps.statistics_thing(TRAIN)],
        writes=[SCHEMA, COLUMNS],
        parameters={
            "given": None if given is None else schema_as_text(given),
            "columns": str(columns),
        },
        uses_code=True,
    )
    return load_schema_text(run.folder.at(SCHEMA.name))


def _reads(steps: Steps, source: Source, name: str) -> list[Thing]:
    return [steps.statistics_thing(name), steps.run.thing(SCHEMA), steps.data(source, name)]


def _fit(steps: Steps, source: Source) -> Done:
    """Fit, and transform the training data in the same job."""
    run, engine = steps.run, steps.engine
    output = Output("Data", f"transformed/{TRAIN}")

    def work() -> Done:
        target = run.folder.at(TRANSFORM_FN.name)
        outcome = jobs.fit(
            function_of(steps.module),
            source,
            target,
            profile=engine.profile,
            options=engine.options,
            sink=steps.sink(output),
        )
        return violations(outcome, target, "fit", TRAIN)

    return run.step(
        Step(run.stage, "fit", "fit", TRAIN),
        work,
        reads=[steps.data(source, TRAIN)],
        writes=[TRANSFORM_FN, output],
        uses_code=True,
    )

"""The controller: runs a pipeline's components on the data of a stage, and keeps what they made."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from taurus_beam.configuration.digest import json_digest
from taurus_beam.controller.callbacks import Callback, Hooks
from taurus_beam.controller.check import Version, check
from taurus_beam.controller.engine import Engine
from taurus_beam.controller.findings import Finding, Severity
from taurus_beam.controller.identity import Digests, Thing, code_files
from taurus_beam.controller.module import (
    PipelineModule,
    all_components,
    check_module,
    described,
    function_of,
    schema_of,
    splitter_of,
)
from taurus_beam.controller.monitoring_record import MONITORING_RECORD, monitoring_record
from taurus_beam.controller.recorder import Warn, recorder, warn
from taurus_beam.controller.sources import Data, patterns_of, sources_of
from taurus_beam.controller.stage_run import StageRun
from taurus_beam.controller.stage_steps import TRAIN, TRANSFORM_FN, Steps
from taurus_beam.controller.train import HELD_OUT, RAW, check_incoming, train
from taurus_beam.controller.versions import (
    CANCELED,
    COMPLETE,
    FAILED,
    STAGES,
    STOPPED,
    StageRecord,
    new_folder,
    stages_in,
    version_at,
    write_json,
)
from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source

__all__ = ["Controller", "Result"]

FINDINGS = "findings.json"
PRODUCTION, EVAL = "production", "eval"


@dataclass(frozen=True)
class Result:
    """What a stage gave.

    Attributes:
        stage: Which one.
        path: The folder of what it made; of a `train` that was stopped a hidden one.
        version: The version that it made or used; None of a `train` that was stopped.
        passed: Whether no finding stopped it.
        findings: All findings, in order.
        reused: The components that an earlier, unfinished run had done, as "NAME on DATA".
    """

    stage: str
    path: str
    version: str | None
    passed: bool
    findings: tuple[Finding, ...]
    reused: tuple[str, ...]


class Controller:
    """Runs the stages of a pipeline and keeps what they made in a folder.

    `train` makes a new version; the other stages hold data against the newest one, or one that is
    named. Nothing has its name before it is complete. A stage that was killed is gone on with when
    it is asked for again with the same data: components that were done, and whose inputs,
    parameters and code are the same, are not run again.

    Args:
        module: The user's class, or an instance of it.
        directory: The folder; on a cluster, one that all workers see under the same path.
        runner: The engine's name; this machine by default.
        options: Further words for the engine and for Beam, such as "--direct_num_workers=2".
        engine_file: A TOML file with the engine and its settings.
        temp_location: Folder for intermediate files; needed on a cluster.
        callbacks: What is to happen at alerts and between components.
        stop_on: The least severity of a finding of a monitor or comparison that stops a stage
            before anything is fitted or transformed; None for none.
        lineage: The lineage store, as ``--lineage`` names one.
        warn: Is called where the lineage store fails.

    Raises:
        EngineError: The module is none, has no preprocessing function, or an option is wrong.

    Example:
        >>> import os, tempfile, pyarrow as pa, pyarrow.parquet as pq, taurus_beam as tb
        >>> class Trips(tb.PipelineModule):
        ...     def preprocessing_fn(self, inputs):
        ...         return {"fare_01": tb.scale_to_0_1(inputs["fare"])}
        >>> folder = tempfile.mkdtemp()
        >>> pq.write_table(pa.table({"fare": [7.5, 12.5, 9.0]}), folder + "/monday.parquet")
        >>> pq.write_table(pa.table({"fair": [8.0, 11.0]}), folder + "/tuesday.parquet")
        >>> controller = tb.Controller(Trips(), folder + "/pipeline", lineage="off")
        >>> controller.train(folder + "/monday.parquet").version
        '1'
        >>> result = controller.production(folder + "/tuesday.parquet")
        >>> result.passed, [finding.kind for finding in result.findings]
        (False, ['SCHEMA_NEW_COLUMN', 'SCHEMA_MISSING_COLUMN'])
    """

    def __init__(
        self,
        module: PipelineModule | type[PipelineModule],
        directory: str | os.PathLike[str],
        *,
        runner: str | None = None,
        options: Sequence[str] = (),
        engine_file: str | None = None,
        temp_location: str | None = None,
        callbacks: Sequence[Callback] = (),
        stop_on: Severity | str | None = Severity.ERROR,
        lineage: str | None = None,
        warn: Warn = warn,
    ) -> None:
        self.module = _module(module)
        self.directory = os.fspath(directory)
        check_module(self.module)
        self._stop_on = _severity(stop_on)
        self._hooks = Hooks(callbacks)
        self._engine = Engine.asked(self.directory, runner, options, engine_file, temp_location)
        self._lineage, self._warn = lineage, warn

    def train(self, data: Data | Mapping[str, Data], *, resume: bool = True) -> Result:
        """Make a new version: split, statistics, schema, checks, fit, transform.

        Data called "test" are not looked at; `test` does.

        Args:
            data: Files, which the pipeline's split parts; or files by name, one of them "train".
            resume: Whether to go on where a killed or failed run of the same data was.

        Raises:
            TaurusError: Whatever goes wrong; then there is no new version.
        """
        split = splitter_of(self.module)
        incoming = sources_of(data, RAW if split is not None else TRAIN)
        if split is not None and isinstance(data, Mapping):
            raise EngineError(
                "The data have names, and the pipeline has a split.",
                where=self.module.name,
                expected="data without names, to be split; or no split",
            )
        check_incoming(incoming)
        with self._stage("train", None, incoming, resume, schema_of(self.module)) as stage:
            passed = train(stage.steps, incoming, self._stop_on)
            return stage.finished(passed, commit=passed)

    def validate(
        self,
        data: Data | Mapping[str, Data] | None = None,
        *,
        version: str | int | None = None,
        resume: bool = True,
    ) -> Result:
        """Hold data against a version: its schema, and its frozen statistics. Nothing is made.

        Args:
            data: The data, called "eval", or data by name; the version's split "eval" by default.
            version: Its number; the newest by default.
            resume: As of `train`.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        return self._check("validate", data, EVAL, version, resume, transforms=False)

    def test(
        self,
        data: Data | Mapping[str, Data] | None = None,
        *,
        version: str | int | None = None,
        resume: bool = True,
    ) -> Result:
        """Hold held-out data against a version, and transform them.

        Args:
            data: The data, called "test", or data by name; the version's split "test" by default.
            version: Its number; the newest by default.
            resume: As of `train`.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        return self._check("test", data, HELD_OUT, version, resume, transforms=True)

    def production(
        self, data: Data, *, version: str | int | None = None, resume: bool = True
    ) -> Result:
        """Hold incoming data against a version, write a monitoring record, and transform them.

        Args:
            data: One batch of incoming data, called "production".
            version: The version's number; the newest by default.
            resume: As of `train`.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        if isinstance(data, Mapping):
            raise EngineError(
                "Production data are one batch.",
                expected="files without names",
                fix="Run production for each batch.",
            )
        return self._check("production", data, PRODUCTION, version, resume, transforms=True)

    def run(self, stage: str, data: Any = None, **options: Any) -> Result:
        """Run a stage by its name.

        Raises:
            EngineError: There is no such stage.
        """
        if stage not in STAGES:
            known = ", ".join(STAGES)
            raise EngineError(f"There is no stage {stage!r}.", expected=f"one of: {known}")
        return getattr(self, stage)(data, **options)  # type: ignore[no-any-return]  # by name

    def stages(self) -> list[StageRecord]:
        """All runs of stages in the folder, also unfinished ones: what became of each."""
        return stages_in(self.directory)

    def _check(
        self,
        stage: str,
        data: Any,
        name: str,
        number: str | int | None,
        resume: bool,
        transforms: bool,
    ) -> Result:
        version = Version(version_at(self.directory, number))
        own = data is None
        incoming = {name: _own_split(version, name)} if own else sources_of(data, name)
        with self._stage(stage, version, incoming, resume, version.declared()) as run:
            passed, sets = check(run.steps, version, incoming, own, self._stop_on, transforms)
            if stage == "production":
                run.write_monitoring_record(version, sum(each.rows for each in sets.values()))
            return run.finished(passed, commit=True)

    @contextmanager
    def _stage(
        self,
        stage: str,
        version: Version | None,
        incoming: Mapping[str, Source],
        resume: bool,
        declared: Any | None,
    ) -> Iterator[_Stage]:
        digests = Digests()
        code = _code(self.module)
        pipeline = json_digest(
            [described(self.module), digests.of_thing(code) if code.paths else ""]
        )
        asked = patterns_of(incoming)
        data = {name: _listed(source, digests) for name, source in incoming.items()}
        used = version.number if version else None
        folder = new_folder(self.directory, stage, used, asked, resume)
        engine = dataclasses.replace(self._engine, folder=folder.path)
        folder.tell(pipeline=pipeline, data=data, components=())
        self._hooks.forget()
        self._hooks.call("on_stage_start", stage, folder.path)
        try:
            with (
                recorder(self._lineage, self.module.name, folder.final_path, self._warn) as records,
                records.recording(f"pipeline {stage}", {"data": asked, "version": used}),
            ):
                run = StageRun(stage, folder, self._hooks, records, code)
                steps = Steps(run, self.module, engine, declared)
                yield _Stage(run, steps, used, self._hooks)
        except BaseException as failure:
            interrupted = isinstance(failure, KeyboardInterrupt | GeneratorExit)
            if folder.record.is_complete:
                raise  # it was done already, and nothing takes that back
            folder.tell(state=CANCELED if interrupted else FAILED, error=str(failure))
            self._hooks.call("on_stage_error", stage, failure)
            raise
        finally:
            folder.close()
        self._hooks.raise_failure()


@dataclass(frozen=True)
class _Stage:
    """A stage that runs."""

    run: StageRun
    steps: Steps
    version: str | None
    hooks: Hooks

    def finished(self, passed: bool, commit: bool) -> Result:
        """Write down the findings, give the folder its name, and tell so."""
        run, folder = self.run, self.run.folder
        write_json(folder.at(FINDINGS), [each.record() for each in run.findings])
        state = COMPLETE if passed else STOPPED
        path = folder.path
        if commit:
            path = folder.commit(state)
        else:
            folder.tell(state=state)
        made = str(folder.record.number) if run.stage == "train" and passed else None
        reused = tuple(f"{step.name} on {step.data}" for step in run.done if step.reused)
        version = self.version if run.stage != "train" else made
        result = Result(run.stage, path, version, passed, run.findings, reused)
        self.hooks.call("on_stage_end", result)
        return result

    def write_monitoring_record(self, version: Version, rows: int) -> None:
        """Write down how the data compare with the version's."""
        record: StageRecord = self.run.folder.record
        frozen = version.thing("Statistics", version.statistics_name(TRAIN), "reference")
        artifact = version.thing(TRANSFORM_FN.type, TRANSFORM_FN.name, "artifact")
        document = monitoring_record(
            self.run,
            {"digest": self.run.digests.of_thing(artifact), "version": version.number},
            [each for files in record.data.values() for each in files],
            self.run.digests.of_thing(frozen),
            rows,
        )
        write_json(self.run.folder.at(MONITORING_RECORD), document)


def _module(module: Any) -> PipelineModule:
    made = module() if isinstance(module, type) and issubclass(module, PipelineModule) else module
    if not isinstance(made, PipelineModule):
        raise EngineError(
            f"{module!r} is no pipeline.",
            expected="a class that extends tb.PipelineModule, or an instance of one",
        )
    return made


def _severity(asked: Any) -> Severity | None:
    try:
        return None if asked is None else Severity(asked)
    except ValueError:
        raise EngineError(f"stop_on is {asked!r}.", expected="ERROR, WARNING or None") from None


def _own_split(version: Version, name: str) -> Source:
    found = version.rows_of(name)
    if found is None:
        raise DataError(
            f"Version {version.number} has no split {name!r}.",
            where=version.record.path,
            expected="data, or a pipeline whose split gives them",
            fix="Name data.",
        )
    return found


def _listed(source: Source, digests: Digests) -> list[dict[str, str]]:
    return [
        {"uri": uri, "digest": digests.of_path(path)}
        for path, uri in zip(*_paths(source), strict=True)
    ]


def _paths(source: Source) -> tuple[tuple[str, ...], tuple[str, ...]]:
    thing = Thing.of_source(source, "data")
    return thing.paths, thing.uris


def _code(module: PipelineModule) -> Thing:
    files = code_files([module, function_of(module), *all_components(module)])
    return Thing("Code", "code", files, files)

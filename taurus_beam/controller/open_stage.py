"""A stage from its beginning to its end: its folder, its record in the lineage, its result.

What is done in between is the matter of `train` and `check`. However a stage ends, that is written
down and told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from taurus_beam.configuration.digest import json_digest
from taurus_beam.controller.callbacks import Hooks
from taurus_beam.controller.durable_json import write_json
from taurus_beam.controller.engine import Engine
from taurus_beam.controller.identity import Digests, Thing, code_files
from taurus_beam.controller.module import PipelineModule, all_components, described, function_of
from taurus_beam.controller.monitoring_record import MONITORING_RECORD, monitoring_record
from taurus_beam.controller.recorder import Warn, recorder
from taurus_beam.controller.result import Result
from taurus_beam.controller.sources import patterns_of
from taurus_beam.controller.stage_folder import new_folder
from taurus_beam.controller.stage_record import CANCELED, COMPLETE, FAILED, STOPPED
from taurus_beam.controller.stage_run import StageRun
from taurus_beam.controller.stage_steps import TRAIN, TRANSFORM_FN, Steps
from taurus_beam.controller.versions import Version
from taurus_beam.io import Source

__all__ = ["OpenStage", "Setting", "open_stage"]

_FINDINGS = "findings.json"


@dataclass(frozen=True)
class Setting:
    """What all stages of a controller have in common.

    Attributes:
        module: The user's pipeline.
        directory: The pipeline's folder.
        engine: What runs jobs.
        hooks: The callbacks.
        lineage: The lineage store, as ``--lineage`` names one.
        warn: Is called where the lineage store fails.
    """

    module: PipelineModule
    directory: str
    engine: Engine
    hooks: Hooks
    lineage: str | None
    warn: Warn


@dataclass(frozen=True)
class OpenStage:
    """A stage that runs.

    Attributes:
        run: Its run, which notes each step.
        steps: What it can do.
        version: The number of the version that it uses; None for `train`.
        hooks: What is told when it ends.
    """

    run: StageRun
    steps: Steps
    version: str | None
    hooks: Hooks

    def finished(self, passed: bool, commit: bool) -> Result:
        """Write down the findings, give the folder its name, and tell so."""
        run, folder = self.run, self.run.folder
        write_json(folder.at(_FINDINGS), [each.record() for each in run.findings])
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
        data = self.run.folder.record.data
        frozen = version.thing("Statistics", version.statistics_name(TRAIN), "reference")
        artifact = version.thing(TRANSFORM_FN.type, TRANSFORM_FN.name, "artifact")
        document = monitoring_record(
            self.run,
            {"digest": self.run.digests.of_thing(artifact), "version": version.number},
            [each for files in data.values() for each in files],
            self.run.digests.of_thing(frozen),
            rows,
        )
        write_json(self.run.folder.at(MONITORING_RECORD), document)


@contextmanager
def open_stage(
    setting: Setting,
    stage: str,
    version: Version | None,
    incoming: Mapping[str, Source],
    resume: bool,
    declared: Any | None,
) -> Iterator[OpenStage]:
    """Begin a stage, or go on with one that was killed; in the block it runs.

    Whatever fails in the block is written into the stage's folder before it is raised. A failure
    of a callback is raised when all is done.

    Args:
        setting: The controller's.
        stage: Which one.
        version: The version that is used; None for `train`.
        incoming: The data by name.
        resume: Whether to go on where an unfinished run of the same data was.
        declared: The schema that statistics go by, where one was given.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    digests = Digests()
    code = _code(setting.module)
    pipeline = json_digest(
        [described(setting.module), digests.of_thing(code) if code.paths else ""]
    )
    asked = patterns_of(incoming)
    data = {name: _listed(source, digests) for name, source in incoming.items()}
    used = version.number if version else None
    folder = new_folder(setting.directory, stage, used, asked, resume)
    final = folder.final_path
    engine = dataclasses.replace(setting.engine, folder=folder.path)
    folder.tell(pipeline=pipeline, data=data, components=())
    setting.hooks.forget()
    setting.hooks.call("on_stage_start", stage, folder.path)
    try:
        with (
            recorder(setting.lineage, setting.module.name, final, setting.warn) as records,
            records.recording(f"pipeline {stage}", {"data": asked, "version": used}),
        ):
            run = StageRun(stage, folder, setting.hooks, records, code)
            steps = Steps(run, setting.module, engine, declared)
            yield OpenStage(run, steps, used, setting.hooks)
    except BaseException as failure:
        interrupted = isinstance(failure, KeyboardInterrupt | GeneratorExit)
        if folder.record.is_complete:
            raise  # it was done already, and nothing takes that back
        folder.tell(state=CANCELED if interrupted else FAILED, error=str(failure))
        setting.hooks.call("on_stage_error", stage, failure)
        raise
    finally:
        folder.close()
    setting.hooks.raise_failure()


def _listed(source: Source, digests: Digests) -> list[dict[str, str]]:
    thing = Thing.of_source(source, "data")
    return [
        {"uri": uri, "digest": digests.of_path(path)}
        for path, uri in zip(thing.paths, thing.uris, strict=True)
    ]


def _code(module: PipelineModule) -> Thing:
    files = code_files([module, function_of(module), *all_components(module)])
    return Thing("Code", "code", files, files)

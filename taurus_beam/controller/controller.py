"""The controller: runs a pipeline's components on the data of a stage, and keeps what they made.

It decides which data and which version a stage gets; the stages themselves are `train` and `check`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from taurus_beam.controller.callbacks import Callback, Hooks
from taurus_beam.controller.check import check
from taurus_beam.controller.engine import Engine
from taurus_beam.controller.findings import Severity
from taurus_beam.controller.module import PipelineModule, check_module, schema_of, splitter_of
from taurus_beam.controller.open_stage import Setting, open_stage
from taurus_beam.controller.recorder import Warn, warn
from taurus_beam.controller.result import Result
from taurus_beam.controller.sources import Data, sources_of
from taurus_beam.controller.stage_record import STAGES, StageRecord, stages_in
from taurus_beam.controller.stage_steps import TRAIN
from taurus_beam.controller.train import HELD_OUT, RAW, check_incoming, train
from taurus_beam.controller.versions import version_at
from taurus_beam.errors import EngineError

__all__ = ["Controller"]

PRODUCTION, EVAL = "production", "eval"


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
        hooks = Hooks(callbacks)
        engine = Engine.asked(self.directory, runner, options, engine_file, temp_location)
        self._setting = Setting(self.module, self.directory, engine, hooks, lineage, warn)

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
        declared = schema_of(self.module)
        with open_stage(self._setting, "train", None, incoming, resume, declared) as stage:
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
        result: Result = getattr(self, stage)(data, **options)
        return result

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
        version = version_at(self.directory, number)
        own = data is None
        incoming = {name: version.own_split(name)} if own else sources_of(data, name)
        declared = version.declared()
        with open_stage(self._setting, stage, version, incoming, resume, declared) as run:
            passed, sets = check(run.steps, version, incoming, own, self._stop_on, transforms)
            if stage == "production":
                run.write_monitoring_record(version, sum(each.rows for each in sets.values()))
            return run.finished(passed, commit=True)


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

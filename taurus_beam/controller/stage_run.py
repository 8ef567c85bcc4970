"""One run of a stage: its steps one after the other, each recorded, and done once only.

When a step is done, what it wrote and found is noted with a key of all that decided it: name,
parameters, code, and the digests of what it read. A later run takes it over where the key is the
same and what was written is still there as it was.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from taurus_beam import __version__
from taurus_beam.configuration.digest import json_digest
from taurus_beam.controller.callbacks import Hooks, Step
from taurus_beam.controller.components import Component
from taurus_beam.controller.durable_json import write_json
from taurus_beam.controller.findings import Distance, Finding, Severity
from taurus_beam.controller.identity import Digests, Thing, plain
from taurus_beam.controller.recorder import Recorder
from taurus_beam.controller.stage_folder import StageFolder
from taurus_beam.errors import EngineError, TaurusError

__all__ = ["Done", "Output", "StageRun"]


@dataclass(frozen=True)
class Output:
    """What a step writes into the folder of its stage.

    Attributes:
        type: What the lineage store calls it.
        name: A file, the folder of an artifact, or a folder of data.
    """

    type: str
    name: str


@dataclass(frozen=True)
class Done:
    """What a step has found.

    Attributes:
        findings: In order.
        distances: Likewise.
        violations: How many rows violated each monitor of the preprocessing function.
        reused: Whether an earlier run found it.
    """

    findings: tuple[Finding, ...] = ()
    distances: tuple[Distance, ...] = ()
    violations: Mapping[str, int] = field(default_factory=dict)
    reused: bool = False

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "findings": [each.record() for each in self.findings],
            "distances": [each.record() for each in self.distances],
            "violations": dict(self.violations),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Done:
        """What `record` wrote down, found by an earlier run."""
        return cls(
            tuple(map(Finding.of, record["findings"])),
            tuple(map(Distance.of, record["distances"])),
            dict(record["violations"]),
            reused=True,
        )


Work = Callable[[], "Iterable[Finding | Distance] | Done | None"]


class StageRun:
    """A run of a stage.

    Attributes:
        stage: Which one.
        folder: Where it writes.
        findings: Of all steps so far.
        done: What each step found, by step.
    """

    def __init__(
        self, stage: str, folder: StageFolder, hooks: Hooks, recorder: Recorder, code: Thing
    ) -> None:
        self.stage = stage
        self.folder = folder
        self.done: dict[Step, Done] = {}
        self._hooks, self._recorder, self._code = hooks, recorder, code
        self.digests = Digests()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of all steps so far, in order."""
        return tuple(finding for done in self.done.values() for finding in done.findings)

    def has_findings(self, least: Severity | None) -> bool:
        """Whether there is a finding as severe as that; never, for None."""
        return least is not None and any(f.severity.reaches(least) for f in self.findings)

    def thing(self, output: Output, key: str | None = None) -> Thing:
        """What a step wrote, as another one reads it."""
        paths = tuple(self._files(output))
        here, there = self.folder.path, self.folder.final_path
        uris = tuple(there + path[len(here) :] for path in paths)
        return Thing(output.type, key or output.type.lower(), paths, uris)

    def step(
        self,
        step: Step,
        work: Work,
        *,
        reads: Sequence[Thing] = (),
        writes: Sequence[Output] = (),
        parameters: Mapping[str, Any] | None = None,
        uses_code: bool = False,
        component: Component | None = None,
    ) -> Done:
        """Do a step, or take over what an earlier run did.

        Args:
            step: What it is.
            work: Does it; gives what it found.
            reads: What it reads.
            writes: What it writes.
            parameters: What else decides what it gives.
            uses_code: Whether the user's code does, too.
            component: What is run; errors of its code name it.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        self._hooks.call("on_component_start", step)
        configuration = {
            "stage": self.stage,
            "component": step.name,
            "kind": step.kind,
            "data": step.data,
            "parameters": plain(dict(parameters or {})),
        }
        reads = [*reads, self._code] if uses_code and self._code.paths else reads
        key = json_digest(
            {
                **configuration,
                "taurus_beam": __version__,
                "reads": [[each.type, each.key, self.digests.of_thing(each)] for each in reads],
            }
        )
        note = self.folder.at(os.path.join("components", f"{_file_name(step)}.json"))
        done = self._earlier(note, key)
        seconds = 0.0
        if done is None:
            began = time.perf_counter()
            self._clear(note, writes)
            with self._recorder.recording(f"{self.stage}.{step.name}", configuration) as run:
                if run is not None:
                    run.reads(self.digests.uses(reads))
                done = self._worked(step, work, component, uses_code)
                if run is not None:
                    run.writes(self.digests.uses(self.thing(each) for each in writes))
            seconds = time.perf_counter() - began
            self._note(note, key, writes, done)
        step = replace(step, reused=done.reused)
        self.done[step] = done
        known = {
            "name": step.name,
            "kind": step.kind,
            "data": step.data,
            "key": key,
            "reused": step.reused,
            "seconds": round(seconds, 3),
        }
        self.folder.tell(components=(*self._told_components(), known))
        self._hooks.call("on_component_end", step, done.findings)
        for finding in done.findings:
            self._hooks.call("on_alert", finding)
        return done

    def _told_components(self) -> tuple[Mapping[str, Any], ...]:
        # What an earlier run told of is told again, as it is met.
        return self.folder.record.components[: len(self.done) - 1]

    def _worked(self, step: Step, work: Work, component: Component | None, uses_code: bool) -> Done:
        try:
            found = work()
            if isinstance(found, Done):
                return found
            said = () if found is None else tuple(found)
        except TaurusError as problem:
            if component is None:
                raise
            place = f"{step.kind} {step.name} on {step.data}"
            raise type(problem)(
                problem.what,
                where=f"{place}: {problem.where}" if problem.where else place,
                expected=problem.expected,
                fix=problem.fix,
            ) from problem
        except Exception as problem:
            if component is None and not uses_code:
                raise
            raise _broken(step, component, problem) from problem
        findings = tuple(
            replace(f, component=step.name, data=step.data) for f in said if isinstance(f, Finding)
        )
        distances = tuple(each for each in said if isinstance(each, Distance))
        if len(findings) + len(distances) < len(said):
            other = next(each for each in said if not isinstance(each, Finding | Distance))
            raise EngineError(
                f"The {step.kind} {step.name!r} gave a {type(other).__name__}.",
                where=f"{step.name} on {step.data}",
                expected="taurus_beam.controller.Finding, or Distance",
            )
        return Done(findings, distances)

    def _earlier(self, note: str, key: str) -> Done | None:
        """What an earlier run noted, if it holds still."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            with open(note, encoding="utf-8") as file:
                document = json.load(file)
            if document["key"] != key:
                return None
            for name, digest in document["outputs"].items():
                if self.digests.of_path(os.path.join(self.folder.path, name)) != digest:
                    return None
            return Done.of(document)
        return None

    def _clear(self, note: str, writes: Iterable[Output]) -> None:
        with suppress(FileNotFoundError):
            os.remove(note)
        for each in writes:
            self.folder.remove(each.name)
            self.folder.at(each.name)

    def _note(self, note: str, key: str, writes: Iterable[Output], done: Done) -> None:
        outputs = {
            os.path.relpath(path, self.folder.path): self.digests.of_path(path)
            for each in writes
            for path in self._files(each)
        }
        write_json(note, {"key": key, "outputs": outputs, **done.record()})

    def _files(self, output: Output) -> list[str]:
        path = os.path.join(self.folder.path, output.name)
        if output.type == "TransformFn" or not os.path.isdir(path):
            return [path]
        return sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(path)
            for name in names
            if not name.startswith(".")
        )


def _file_name(step: Step) -> str:
    return "-".join((step.data.replace("/", "-"), step.kind, step.name)).replace(os.sep, "-")


def _broken(step: Step, component: Component | None, problem: Exception) -> EngineError:
    what = f"The {step.kind} {step.name!r}"
    if component is not None:
        what += f" ({type(component).__qualname__})"
    frames = traceback.extract_tb(problem.__traceback__)
    last = f"{frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}" if frames else None
    return EngineError(
        f"{what} raised {type(problem).__name__} on the data {step.data!r}: {problem}",
        where=last,
        fix="Correct it and run the stage again: what is done already is not done again.",
    )

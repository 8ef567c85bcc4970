"""The engine of a controller: runs jobs on one runner, with its options, and nothing else."""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from taurus_beam.io import Source
from taurus_beam.io.files import remove
from taurus_beam.pipeline.files import read_file, write_file
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.preflight import check
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.profiles.base import Job
from taurus_beam.runners.run import Outcome, run
from taurus_beam.runners.settings import asked

__all__ = ["Engine"]


@dataclass(frozen=True)
class Engine:
    """What runs pipelines.

    Attributes:
        profile: The engine.
        options: Of each pipeline.
        folder: For intermediate files; workers see it as they see the controller's folder.
    """

    profile: Profile
    options: PipelineOptions
    folder: str

    @classmethod
    def asked(
        cls,
        folder: str,
        runner: str | None,
        words: Sequence[str],
        file: str | None,
        temp_location: str | None,
    ) -> Engine:
        """The engine that is asked for, with nothing missing.

        Raises:
            EngineError: Something is missing, or an option is wrong.
        """
        found = asked(runner, words, file, temp_location)
        job = Job(found.temp_location)
        check(found.profile, job)
        options = pipeline_options(found.profile, found.words, found.temp_location, (), job)
        return cls(found.profile, options, folder)

    def run(self, build: Callable[[Any], None]) -> Outcome:
        """Build a pipeline and run it.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        return run(build, self.options)

    def counted(
        self,
        source: Source,
        count: Callable[[pa.RecordBatch], Mapping[str, int]],
        columns: Sequence[str] | None,
    ) -> Counter[str]:
        """The sums of what a function counts in each batch; see `DataSet.counted`."""
        target = os.path.join(self.folder, f"counts-{uuid.uuid4().hex}.json")

        def build(pipeline: Any) -> None:
            counts = pipeline | "Read" >> source.read(columns) | "Count" >> beam.Map(count)
            total = counts | "Sum" >> beam.CombineGlobally(_summed)
            _ = total | "Write" >> beam.Map(_write, target)

        self.run(build)
        try:
            return Counter(json.loads(bytes(read_file(target))))
        finally:
            remove([target])


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update({name: int(number) for name, number in each.items()})
    return dict(sorted(total.items()))


def _write(counts: Mapping[str, int], target: str) -> None:
    write_file(target, json.dumps(counts).encode())

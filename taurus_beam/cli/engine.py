"""From the words after a command to an engine that is ready for it; Beam is imported here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import typer

from taurus_beam.cli.local_choice import LOCAL
from taurus_beam.errors import TaurusError
from taurus_beam.runners.options_error import OptionsError
from taurus_beam.runners.preflight import check
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.profiles.base import Job
from taurus_beam.runners.settings import asked

__all__ = ["Engine", "engine"]


@dataclass(frozen=True)
class Engine:
    """What runs a command's pipeline.

    Attributes:
        profile: The engine.
        options: The pipeline's options.
        place: Where the job runs, in a few words.
        temp_location: Folder for intermediate files, if one was named.
    """

    profile: Profile
    options: Any
    place: str
    temp_location: str | None

    def everywhere(self, path: str) -> str:
        """A path or pattern that workers understand as well, who have another current folder."""
        from taurus_beam.io.files import is_local, normalized

        local = not self.profile.on_this_machine and is_local(normalized(path))
        return os.path.abspath(normalized(path)) + "/" * path.endswith("/") if local else path

    @property
    def is_local(self) -> bool:
        """Whether the job is to run without a pipeline, as far as it can."""
        return self.profile.key == LOCAL

    @property
    def counts_here(self) -> bool:
        """Whether this process does the reading, so that its counters tell how far it is."""
        from apache_beam.options.pipeline_options import DirectOptions

        mode = self.options.view_as(DirectOptions).direct_running_mode
        return self.profile.in_process and mode != "multi_processing"


def engine(
    context: typer.Context,
    runner: str | None,
    temp_location: str | None,
    file: str | None,
    inputs: Sequence[str] | None = None,
    dry_run: bool = False,
) -> Engine:
    """The engine that a command line asks for, with nothing missing.

    Args:
        context: Of the command, with the words that it does not know itself.
        runner: An engine's name, or that of a runner of Beam.
        temp_location: Folder for intermediate files.
        file: A TOML file of settings.
        inputs: Patterns of the files that are read, if that is known.
        dry_run: The job is only made ready: nothing else has to be here, or to answer.

    Raises:
        OptionsError: If there is an option that nobody knows.
        EngineError: If something is missing, with everything that is.
    """
    from taurus_beam.runners.options import pipeline_options

    found = asked(runner, context.args, file, temp_location)
    if found.profile.key == LOCAL and (found.words or found.temp_location):
        raise OptionsError(
            "The engine local takes no options of Beam: it runs no pipeline.",
            where=" ".join(found.words) or f"--temp-location {found.temp_location}",
            fix="Add --runner direct, or leave the option out.",
        )
    own = [name for option in context.command.params for name in option.opts]
    job = Job(found.temp_location)
    check(found.profile, job, to_run=not dry_run)
    if found.profile.weighs_input and inputs:
        job = replace(job, input_bytes=_nbytes(inputs))
    options = pipeline_options(found.profile, found.words, found.temp_location, own, job)
    place = found.profile.describe(job)
    return Engine(found.profile, options, place, found.temp_location)


def _nbytes(patterns: Sequence[str]) -> int | None:
    """How large the files are; None where that cannot be found out, which reading will tell."""
    from taurus_beam.io.files import find

    try:
        return sum(file.size for file in find(patterns))
    except (TaurusError, OSError):
        return None

"""Commands that end before a job runs: ``--dry-run``, templates, jars.

A dry run shows what would be submitted, and what the checks of it found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taurus_beam.cli.terminal import show_table, stdout
from taurus_beam.runners.job_graph import refuse_wrong
from taurus_beam.runners.options_error import OptionsError
from taurus_beam.runners.plan import Planner
from taurus_beam.runners.profiles import Profile

__all__ = ["ends_unrun", "planner", "show_plan", "written_instead"]


def planner(
    profile: Profile, paths: Sequence[str], asked: bool, plan_file: str | None
) -> Planner | None:
    """What plans a job in place of running it; None where it is to run.

    Raises:
        OptionsError: There is a file for the plan, but no dry run is asked for.
    """
    if plan_file and not asked:
        raise OptionsError(
            "--plan writes what a dry run finds, and this is none.", fix="Add --dry-run."
        )
    return Planner(profile, paths) if asked else None


def ends_unrun(planned: Planner | None, plan_file: str | None, options: Any) -> bool:
    """Whether a command ends with a job that did not run; then it tells what became of it.

    Raises:
        EngineError: The job could not run; all that is wrong is told at once.
    """
    if planned:
        show_plan(planned, plan_file)
        return True
    job = written_instead(options)
    if job:
        stdout().print(f"The job is at {job}, to be launched", soft_wrap=True)
    return job is not None


def show_plan(planned: Planner, plan_file: str | None) -> None:
    """Prints and writes a plan.

    Raises:
        EngineError: The job could not run; all that is wrong is told at once.
    """
    made = planned.made
    if made is None:
        return
    rows = [
        (finding.subject, finding.told + ("  WRONG" if finding.fix else ""))
        for finding in made.findings
    ]
    if plan_file:
        made.write(plan_file)
        rows.append(("plan", plan_file))
    console = stdout()
    console.print(f"A job for {planned.profile.name}, not run", soft_wrap=True)
    show_table(console, rows)
    refuse_wrong(made.findings, planned.profile.name)


def written_instead(options: Any) -> str | None:
    """Where a job was written to in place of being run; None where it ran.

    A template's launcher asks for that, and whoever makes a jar to be submitted to Flink or Spark.

    Example:
        >>> from taurus_beam.runners.options import pipeline_options
        >>> from taurus_beam.runners.profiles import profile
        >>> words = ["--template_location=gs://bucket/job"]
        >>> written_instead(pipeline_options(profile("dataflow"), words))
        'gs://bucket/job'
    """
    from apache_beam.options.pipeline_options import GoogleCloudOptions, PortableOptions

    template = options.view_as(GoogleCloudOptions).template_location
    jar = options.view_as(PortableOptions).output_executable_path
    return template or jar or None

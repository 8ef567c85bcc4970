"""Whether a command does its work without a pipeline, and what becomes of it where it cannot.

Nothing of Beam is imported to find that out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from taurus_beam.cli.terminal import stderr

if TYPE_CHECKING:
    from taurus_beam.runners.local.changeover import NeedsPipelineError

__all__ = ["LOCAL", "LOCAL_PLACE", "is_for_local", "tell_change"]

LOCAL = "local"
LOCAL_PLACE = "this process, without a pipeline"


def is_for_local(context: typer.Context, runner: str | None, *others: object) -> bool:
    """Whether a command line asks for nothing that another engine would have to do.

    Args:
        context: Of the command, with the words that it does not know itself.
        runner: The engine that is named.
        others: Values of options that mean a pipeline.
    """
    return runner in (None, LOCAL) and not context.args and not any(others)


def tell_change(problem: NeedsPipelineError) -> None:
    """Says in one line that a pipeline does the work after all, and why."""
    stderr().print(f"note: {problem}: done in a pipeline (--runner direct)", soft_wrap=True)

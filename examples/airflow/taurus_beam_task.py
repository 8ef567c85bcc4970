"""A command of ``taurus-beam`` as a task of Airflow, repeated only where that may help.

The command runs in a process of its own, from an environment of its own: Airflow's needs neither
Beam nor taurus_beam. What it prints is the log of the task.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PROGRAM = os.environ.get("TAURUS_BEAM", "taurus-beam")
MEANINGS = {
    1: "the check failed: anomalies in the data, or results that differ; see the log above",
    2: "the command line is wrong, or a check could not be made",
    3: "the preprocessing function is wrong",
    4: "the data do not fit, are damaged, or cannot be read",
    5: "an artifact is missing, damaged or of an unknown version",
    6: "the engine, or an output that exists or cannot be written",
    70: "a fault of taurus_beam",
    130: "interrupted; no output is incomplete",
    143: "asked to end; no output is incomplete",
}
# Another attempt may find a disk with room, a cluster that is up, a worker that is not killed.
# The same function, data or artifact would only fail again.
MAY_PASS_LATER = {6, 130, 143}


class TaurusBeamTask(BaseOperator):
    """Runs one command, given as its words; there is no shell to quote them for.

    Args:
        words: The command without the program: ``["stats", "--input", …]``. Templated.
        rest: What every operator takes.
    """

    template_fields: Sequence[str] = ("words",)

    def __init__(self, *, words: Sequence[str], **rest: Any) -> None:
        super().__init__(**rest)
        self.words = words

    @cached_property
    def process(self) -> SubprocessHook:
        return SubprocessHook()

    def execute(self, context: Any) -> None:
        code = self.process.run_command([PROGRAM, *self.words]).exit_code
        if code == 0:
            return
        what = f"taurus-beam {self.words[0]} ended with {code}: {MEANINGS.get(code, 'killed')}."
        # Below 0 it is the signal that ended the process: out of memory, for example.
        if code < 0 or code in MAY_PASS_LATER:
            raise AirflowException(what)
        raise AirflowFailException(what)

    def on_kill(self) -> None:
        """Has the command tidy up before it ends."""
        self.process.send_sigterm()

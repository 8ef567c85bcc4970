from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from taurus_beam.lineage.model import Execution, ExecutionState
from taurus_beam.lineage.processes import is_there, this_process
from taurus_beam.lineage.state import shown_state


def run_of(process: dict[str, Any], heard_of: float, **more: Any) -> Execution:
    return Execution("fit", "a", properties={"process": process}, updated=int(1000 * heard_of))


def test_a_process_here_is_looked_at_however_long_it_is_silent() -> None:
    assert shown_state(run_of(this_process(), heard_of=0)) == "RUNNING"


def test_one_that_is_gone_was_killed_however_short_ago_it_was_heard_of() -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import json; from taurus_beam.lineage.processes import this_process;"
            "print(json.dumps(this_process()), flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        import json

        assert child.stdout is not None
        process = json.loads(child.stdout.readline())
        assert process["pid"] == child.pid
        assert shown_state(run_of(process, time.time())) == "RUNNING"
        child.kill()
    assert shown_state(run_of(process, time.time())) == "KILLED"


def test_another_process_of_the_same_id_is_not_taken_for_it() -> None:
    own = this_process()
    assert is_there(own) is True
    assert is_there({**own, "started": own["started"] - 1}) is False


def test_a_process_elsewhere_is_believed_for_a_while() -> None:
    elsewhere = {**this_process(), "boot": "other", "pid": os.getpid()}
    assert shown_state(run_of(elsewhere, heard_of=1000), now=1100) == "RUNNING"
    assert shown_state(run_of(elsewhere, heard_of=1000), now=1200) == "KILLED"


def test_what_has_ended_has_ended() -> None:
    ended = Execution("fit", "a", ExecutionState.FAILED, {"process": {"pid": 1}})
    assert shown_state(ended) == "FAILED"

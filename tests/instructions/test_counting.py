"""What is read of Valgrind's output."""

from __future__ import annotations

from benchmarks.instructions.counting import summaries

DUMP = """\
part: 1
desc: Trigger: Client Request: row: split(string) separator=','
events: Ir
summary: 500
fn=(1) run
16 700
totals: 700
part: 2
desc: Trigger: Program termination
summary: 40
totals: 40
"""


def test_only_what_ran_since_the_last_request_is_counted() -> None:
    """The sum over functions, 700, holds some of what ran before."""
    counts = dict(summaries(DUMP.splitlines(keepends=True)))
    assert counts == {"row: split(string) separator=','": 500}

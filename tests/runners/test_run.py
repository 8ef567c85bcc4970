from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import grpc
import pyarrow as pa
import pytest

from taurus_beam.io import Source, write_batches
from taurus_beam.runners.logs import quiet
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.profiles import profile
from taurus_beam.runners.run import run


@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
def test_all_workers_rows_are_counted(tmp_path: Path, mode: str) -> None:
    batches = [pa.record_batch({"x": list(range(n))}) for n in (300, 500)]
    for i, batch in enumerate(batches):
        write_batches(str(tmp_path / f"{i}.csv"), [batch])
    source = Source(str(tmp_path))

    counted = run(
        lambda p: p | source.read(),
        pipeline_options(profile(), [f"--direct_running_mode={mode}", "--direct_num_workers=2"]),
    ).progress

    assert counted.rows_read == 800
    assert counted.bytes_read == source.nbytes()


class HungUpError(Exception):
    """As gRPC tells of it: with a code."""

    def code(self) -> object:
        return grpc.StatusCode.CANCELLED


@pytest.mark.parametrize(
    ("failure", "told"),
    [(HungUpError(), ""), (grpc.RpcError(), ""), (OSError("gone"), "gone")],
)
def test_a_runner_that_hangs_up_is_no_failure(
    capsys: pytest.CaptureFixture[str], failure: Exception, told: str
) -> None:
    def fail() -> None:
        raise failure

    with quiet():
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    assert (told in capsys.readouterr().err) if told else capsys.readouterr().err == ""


def test_quiet_shows_warnings_and_no_tracebacks() -> None:
    code = """
import logging, sys, threading
from taurus_beam.runners.logs import quiet
with quiet():
    import apache_beam as beam
    from taurus_beam.runners.options import pipeline_options
    from taurus_beam.runners.profiles import profile
    from taurus_beam.runners.run import run
    logging.getLogger("apache_beam").warning("matters")
    logging.getLogger("apache_beam").info("details")
    print("Traceback (most recent call last): ...", file=sys.stderr)
    words = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    try:
        run(lambda p: p | beam.Create([0]) | beam.Map(lambda x: 1 / x),
            pipeline_options(profile(), words))
    except Exception as failure:
        print(type(failure).__name__, file=sys.stderr)
print("after", file=sys.stderr)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )

    assert result.stderr == "WARNING: matters\nEngineError\nafter\n"

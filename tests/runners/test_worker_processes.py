from __future__ import annotations

import threading
from pathlib import Path

import apache_beam as beam
import pytest

from taurus_beam.errors import EngineError
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.profiles import profile
from taurus_beam.runners.run import run

_SLOW_TO_CONNECT = """
import os, time
number = os.environ.get("WORKER_ID", "").removeprefix("worker_")
if number and int(number) % 2 == {parity}:
    time.sleep(4)
"""


# Which of the two workers gets the row is Beam's affair; the other one is to be late.
@pytest.mark.parametrize("parity", [0, 1])
def test_a_pipeline_that_fails_before_a_worker_has_connected_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parity: int
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_SLOW_TO_CONNECT.format(parity=parity))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    options = pipeline_options(
        profile(), ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    )
    ended = threading.Event()

    def fail() -> None:
        with pytest.raises(EngineError):
            run(lambda p: p | beam.Create([0]) | beam.Map(lambda x: 1 / x), options)
        ended.set()

    threading.Thread(target=fail, daemon=True).start()

    assert ended.wait(60)

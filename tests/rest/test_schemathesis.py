"""Schemathesis against a real server: what `/openapi.json` says is so, and no request breaks it.

Requests that fit the description and requests that do not are made from it, the same ones each
time; ``SCHEMATHESIS_EXAMPLES=200`` before ``make test`` makes more of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))


@pytest.fixture
def checked(client: httpx.Client, tmp_path: Path) -> Any:
    """Runs schemathesis with some options; what it says must be that all is well."""

    def run(*options: str) -> None:
        words = ["run", f"{client.base_url}/openapi.json", "--seed=1", "--continue-on-failure"]
        words += [f"--max-examples={EXAMPLES}", "--checks=all", *options]
        ended = subprocess.run(
            [SCHEMATHESIS, *words], capture_output=True, text=True, cwd=tmp_path, timeout=280
        )
        assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]

    return run


def test_no_request_breaks_the_server_or_its_description(checked: Any):
    # Which shapes fit which data, and which days exist, no JSON schema can say: a request that
    # fits the description may be refused, as long as it is with a response that is described.
    ours = "--include-path-regex=^(?!.*(versions|plain)).*$"
    checked("--phases=coverage,fuzzing", "--exclude-checks=positive_data_acceptance", ours)


def test_rows_that_fit_the_description_are_taken(checked: Any):
    checked("--phases=fuzzing", "--include-path=/v1/models/plain:transform")

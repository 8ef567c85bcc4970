"""``taurus-beam requests``: the log is listed and verified, with exit codes for scripts."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from serve_process import serving

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def log(work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed log of two requests, its keys beside it."""
    folder = tmp_path_factory.mktemp("signed")
    for words in ("genpkey -algorithm ed25519 -out key.pem", "pkey -in key.pem -pubout -out pub"):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    words = ("--log", folder / "log", "--log-share", "100%", "--sign-log", folder / "key.pem")
    with serving("--model", f"flights={work / 'fitted'}", *words) as (url, process):
        for request, rows in (("first", 1), ("second", 2)):
            row = {"carrier": "UA", "distance": 100, "dep_delay": 5.0}
            headers = {"x-request-id": request}
            httpx.post(f"{url}/v1/models/flights:transform", json=[row] * rows, headers=headers)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return folder / "log"


def test_requests_are_listed(log: Path, work: Path, command: Command) -> None:
    told = command("requests", "list", log)
    assert told.exit_code == 0, told.output
    assert told.stdout.index("first") < told.stdout.index("second")
    lines = command("requests", "list", log, "--json").stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert [(each["id"], each["rows"]) for each in records] == [("first", 1), ("second", 2)]
    manifest = json.loads((work / "fitted" / "manifest.json").read_text())
    assert {each["pipeline"]["digest"] for each in records} == {f"sha256:{manifest['digest']}"}
    only = command("requests", "list", log, "--request", "second", "--json").stdout
    assert only.splitlines() == lines[1:]
    assert command("requests", "list", log, "--request", "third").exit_code == 4


def test_a_signed_log_is_verified(log: Path, command: Command) -> None:
    words = ("requests", "verify", log, "--key", log.parent / "pub")
    told = command(*words)
    assert (told.exit_code, told.stdout) == (0, "As signed: 2 requests in 1 file.\n")
    [file] = log.rglob("*.parquet")
    content = file.read_bytes()
    table = pq.read_table(file, partitioning=None)
    try:
        pq.write_table(table.take([0, 1, 1]), file)
        told = command(*words)
        assert told.exit_code == 1
        assert "second" in told.stdout
        found = json.loads(command(*words, "--json").stdout)
        assert (found["valid"], {fault["id"] for fault in found["faults"]}) == (False, {"second"})
    finally:
        file.write_bytes(content)


def test_what_cannot_be_verified_is_told(log: Path, command: Command, tmp_path: Path) -> None:
    for words, told in (
        ((log, "--key", tmp_path / "none"), "The key cannot be used"),
        ((tmp_path, "--key", log.parent / "pub"), "no files of a request log"),
    ):
        result = command("requests", "verify", *words)
        assert result.exit_code == 2
        assert told in " ".join(result.stderr.split())


def test_a_key_that_cannot_sign_is_told_before_the_server_starts(
    log: Path, work: Path, command: Command, tmp_path: Path
) -> None:
    words = ("serve", "--model", f"flights={work / 'fitted'}", "--sign-log", log.parent / "pub")
    result = command(*words, "--log", tmp_path / "log")
    assert result.exit_code == 4
    assert "private Ed25519 key" in result.stderr
    alone = command(*words)
    assert alone.exit_code == 2
    assert "--log DIR" in alone.stderr

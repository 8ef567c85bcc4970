"""A PostgreSQL server of the tests' own, on a free port of this machine's loopback interface."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of its database."""
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="taurus_beam-postgres-"))
    os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    settings = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    (folder / "password").write_text("p%40ss/word\n")
    try:
        access = ["-U", "ada", "-A", "scram-sha-256", "--pwfile", str(folder / "password")]
        _run("initdb", "-D", data, "--no-sync", *access)
        _run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
        yield f"postgresql://ada:p%2540ss%2Fword@127.0.0.1:{port}/postgres"
    finally:
        if os.path.exists(f"{data}/postmaster.pid"):
            _run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _run(program: str, *words: str) -> None:
    # Debian keeps them out of the path, by version.
    found = shutil.which(program) or max(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
    # The server would keep a pipe open.
    subprocess.run([found, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", user=_user())

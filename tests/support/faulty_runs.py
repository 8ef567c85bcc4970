"""Commands in processes of their own, that can be stopped, and what they may leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import spine

import taurus_beam as tb
from taurus_beam.errors import DataError

FILES = 8
TABLE = spine.table(8000)
MODES = {
    "without_pipeline": ["--runner=local"],
    "in_process": ["--runner=direct"],
    "multi_processing": ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
}
_COMMAND = Path(sys.executable).with_name("taurus-beam")
_SUPPORT = str(Path(__file__).parent)


@dataclass(frozen=True)
class Place:
    """A folder with data in some files, a preprocessing file, and room for results."""

    folder: Path
    table: pa.Table

    @classmethod
    def at(cls, folder: Path, files: int = FILES, times: int = 1) -> Place:
        """Write the data, so many times over."""
        (folder / "data").mkdir()
        (folder / "tmp").mkdir()
        table = pa.concat_tables([TABLE] * times).combine_chunks()
        rows = len(table) // files
        for i in range(files):
            pq.write_table(table.slice(i * rows, rows), folder / "data" / f"{i:03d}.parquet")
        (folder / "prep.py").write_text("from spine import preprocess as preprocessing_fn\n")
        return cls(folder, table)

    @property
    def temporary(self) -> list[str]:
        """What our runs have left in the folder for temporary files."""
        return [path.name for path in (self.folder / "tmp").glob("taurus_beam-*")]

    def start(
        self, *words: str, python_path: Path | None = None, kilobytes: int | None = None
    ) -> subprocess.Popen[str]:
        """Start ``taurus-beam`` in a process group of its own.

        Args:
            words: Of the command line.
            python_path: Where else modules are looked for.
            kilobytes: The most that a file that it writes may have.
        """
        limit = "unlimited" if kilobytes is None else str(kilobytes)
        paths = [_SUPPORT, *([str(python_path)] if python_path else [])]
        paths += filter(None, [os.environ.get("PYTHONPATH")])
        return subprocess.Popen(
            ["bash", "-c", 'ulimit -f "$0"; exec "$@"', limit, str(_COMMAND), *words],
            cwd=self.folder,
            env={
                **os.environ,
                "TMPDIR": f"{self.folder}/tmp",
                "PYTHONPATH": os.pathsep.join(paths),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def fit(
        self,
        mode: str,
        python_path: Path | None = None,
        kilobytes: int | None = None,
        skip_bad_files: bool = False,
    ) -> subprocess.Popen[str]:
        """Start a fit that writes an artifact, transformed data and statistics."""
        outputs = ["-o", "out/fn", "--transformed", "out/data", "--statistics", "out/stats.pb"]
        return self.start(
            *["fit", "-p", "prep.py", "-i", "data/*.parquet", *outputs, "--overwrite"],
            *(["--skip-bad-files"] if skip_bad_files else []),
            *MODES[mode],
            python_path=python_path,
            kilobytes=kilobytes,
        )

    def assert_nothing_partial(self) -> list[str]:
        """Whatever can be read is whole and right; the names of what there is."""
        found = []
        if (self.folder / "out" / "fn").exists():
            fn = tb.load(str(self.folder / "out" / "fn"))
            assert fn.digest == tb.fit(self.table, spine.preprocess).digest
            found.append("fn")
        if (self.folder / "out" / "stats.pb").exists():
            found_statistics = tb.load_statistics(str(self.folder / "out" / "stats.pb"))
            assert found_statistics == tb.statistics(self.table)
            found.append("stats.pb")
        try:
            batches = list(tb.io.Source(f"{self.folder}/out/data-*").batches())
        except DataError as problem:
            if not problem.what.startswith(("No file matches", "The output is incomplete")):
                raise
        else:
            wanted = tb.fit(self.table, spine.preprocess).transform(self.table)
            assert_same_rows(pa.Table.from_batches(batches), wanted)
            found.append("data")
        return found


def assert_same_rows(found: pa.Table, wanted: pa.Table) -> None:
    """The same rows in any order."""
    assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, wanted.to_pylist()))


def ended(process: subprocess.Popen[str], within: float = 120) -> tuple[int, str, str]:
    """The exit code, and what was printed; a process that goes on is ended, and an error."""
    try:
        output, errors = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        end_group(process, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, output, errors


def end_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process and all that it has started."""
    os.killpg(process.pid, number)


def wait_until(process: subprocess.Popen[str], happened: Callable[[], object]) -> None:
    """Wait until something has happened, while a process runs."""
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def processes_of(process: subprocess.Popen[str]) -> list[int]:
    """A process that `Place.start` gave, and all that were started below it, while they run."""
    session = [pid for pid in map(_number, os.listdir("/proc")) if pid and _is_in(pid, process.pid)]
    return [pid for pid in session if _command(pid) != [b""]]


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The Python worker processes of a pipeline: the forks of its fork server."""
    alike = [pid for pid in processes_of(process) if _command(pid)[1:3] == [b"-m", _FORK_SERVER]]
    return [pid for pid in alike if _parent(pid) in alike]


_FORK_SERVER = b"taurus_beam.runners.fork_server"


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0


def _is_in(pid: int, session: int) -> bool:
    try:
        return os.getsid(pid) == session
    except ProcessLookupError:
        return False


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []

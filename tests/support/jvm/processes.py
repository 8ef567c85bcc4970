"""Java processes in a folder with their logs, which end with the test that started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 10
TAIL = 4000

# What Flink's and Spark's own scripts open to them on Java 17.
PACKAGES = (
    *("lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "text", "time"),
    *("util", "util.concurrent", "util.concurrent.atomic"),
)
OPEN = (
    *(f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in PACKAGES),
    *(f"--add-opens=java.base/sun.{package}=ALL-UNNAMED" for package in ("nio.ch", "nio.cs")),
    *(f"--add-opens=java.base/sun.{package}=ALL-UNNAMED" for package in ("security.action",)),
    "--add-opens=java.base/sun.util.calendar=ALL-UNNAMED",
)
# They live for minutes on few cores: starting fast counts, not how fast they become.
SHORT_LIVED = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LOGS = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
    "-Dorg.slf4j.simpleLogger.showShortLogName=true",
)


class Processes:
    """The processes of one cluster.

    Attributes:
        folder: Where they work, and log to ``<name>.log``.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = {**os.environ, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._killed: list[subprocess.Popen[bytes]] = []

    def start(
        self, name: str, megabytes: int, options: Iterable[str], words: Sequence[str]
    ) -> None:
        """Start a Java process in a process group of its own.

        Args:
            name: What to call it.
            megabytes: The size of its heap.
            options: Further options for Java, with the class path.
            words: The main class, and words for it.
        """
        command = ["java", *OPEN, *SHORT_LIVED, *LOGS, f"-Xmx{megabytes}m", *options, *words]
        with self.log(name).open("ab") as output:
            self._running[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, what: str, ready: Callable[[], bool]) -> None:
        """Wait until something is so, as long as all processes live.

        Raises:
            RuntimeError: With the ends of all logs, if it never is.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = [name for name, process in self._running.items() if process.poll() is not None]
            if ended:
                raise RuntimeError(f"{', '.join(ended)} ended before {what}:\n{self.logs()}")
            with suppress(OSError):
                if ready():
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{what}: not after {START_SECONDS} seconds:\n{self.logs()}")

    def kill(self, pid: int) -> str:
        """End one of them without a warning, and leave alone what it started.

        Returns:
            Its name.
        """
        (name,) = [name for name, process in self._running.items() if process.pid == pid]
        process = self._running.pop(name)
        process.kill()
        process.wait()
        self._killed.append(process)
        return name

    def stop(self) -> None:
        """End all of them, with all that they started."""
        processes = [*self._running.values(), *self._killed]
        for sent in (signal.SIGTERM, signal.SIGKILL):
            for process in processes:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, sent)
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
        self._running.clear()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        """The ends of all logs, to be read by whoever asks why."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {file}\n{file.read_text(errors='replace')[-TAIL:]}" for file in files)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on right now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def listens(port: int) -> bool:
    with socket.create_connection(("localhost", port), timeout=1):
        return True


def on_class_path(jars: Iterable[Path]) -> str:
    return os.pathsep.join(map(str, jars))

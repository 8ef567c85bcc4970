"""Which Java there is, and its version: job servers of Flink and Spark run on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from taurus_beam.runners.machine.need import Need

__all__ = ["LEAST", "Java", "find_java", "java_needs", "opened_packages"]

LEAST = 11
_SECONDS = 30
_OPENED = (
    "java.io",
    "java.lang",
    "java.lang.invoke",
    "java.net",
    "java.nio",
    "java.time",
    "java.util",
    "java.util.concurrent",
    "sun.nio.ch",
)


@dataclass(frozen=True)
class Java:
    """A Java that was found.

    Attributes:
        path: The program.
        version: Its major version; None where it would not say.
    """

    path: str
    version: int | None


def find_java(named: str | None = None) -> Java | None:
    """The Java that is named, that JAVA_HOME means, or that is first on PATH; None for none."""
    home = os.environ.get("JAVA_HOME")
    candidates = [named] if named else [f"{home}/bin/java"] if home else []
    if not named:
        candidates.append("java")
    path = next((found for each in candidates if (found := shutil.which(each))), None)
    return None if path is None else Java(path, _version(path))


def java_needs(named: str | None) -> Iterator[Need]:
    """What is missing to run a job server."""
    found = find_java(named)
    fix = (
        f"Install Java {LEAST} or newer, such as 17 (Debian: apt-get install "
        "openjdk-17-jre-headless), or set java to its path."
    )
    if found is None:
        place = repr(named) if named else "neither JAVA_HOME nor PATH has one"
        yield Need(f"No Java was found ({place}).", fix)
    elif found.version is None:
        yield Need(f"{found.path} does not tell its version: it seems not to be Java.", fix)
    elif found.version < LEAST:
        yield Need(f"{found.path} is Java {found.version}; {LEAST} or newer is needed.", fix)


def opened_packages() -> list[str]:
    """The words that let a job server look into Java's own classes, as Flink does."""
    return [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]


def _version(path: str) -> int | None:
    try:
        said = subprocess.run(
            [path, "-version"], capture_output=True, text=True, timeout=_SECONDS, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    return version_in(said)


def version_in(text: str) -> int | None:
    """The major version in what ``java -version`` prints.

    Example:
        >>> version_in('openjdk version "17.0.15" 2025'), version_in('java version "1.8.0_4"')
        (17, 8)
    """
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match[1]) if match else None

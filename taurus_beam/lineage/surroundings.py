"""What a run was started with: command line, versions, commit; and the project it belongs to."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from typing import Any

from taurus_beam.lineage.model import Context

__all__ = ["CONTEXT_VARIABLE", "contexts", "surroundings"]

CONTEXT_VARIABLE = "TAURUS_BEAM_LINEAGE_CONTEXT"
_PACKAGES = ("taurus-beam", "apache-beam", "pyarrow", "numpy")
_GIT_SECONDS = 5.0


def surroundings() -> dict[str, Any]:
    """The properties that every execution of this process has, as JSON data."""
    found: dict[str, Any] = {
        "command_line": sys.argv,
        "folder": _folder(),
        "versions": {"python": platform.python_version(), **_versions()},
    }
    commit = _commit()
    return {**found, "git": commit} if commit else found


def contexts(known: dict[str, Any]) -> list[Context]:
    """What an execution with these properties belongs to.

    Its project is the Git repository it runs in, or else its folder. The environment variable
    ``TAURUS_BEAM_LINEAGE_CONTEXT`` names a pipeline, which joins the commands of a chain.

    Example:
        >>> [context.name for context in contexts({"folder": "/work", "git": {"top": "/"}})][:1]
        ['/']
    """
    found = [Context("Project", known.get("git", {}).get("top") or known["folder"])]
    pipeline = os.environ.get(CONTEXT_VARIABLE)
    return [*found, Context("Pipeline", pipeline)] if pipeline else found


def _folder() -> str:
    """The working folder; empty for one that somebody has removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _versions() -> dict[str, str]:
    return {name: version for name in _PACKAGES if (version := _version(name))}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> dict[str, Any] | None:
    """Commit and top folder of the repository, and whether files of it are changed."""
    asked = _git("rev-parse", "HEAD", "--show-toplevel")
    if asked is None or len(asked) != 2:
        return None
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return {
        "commit": asked[0],
        "top": asked[1],
        "changed": None if changed is None else bool(changed),
    }


def _git(*words: str) -> list[str] | None:
    try:
        done = subprocess.run(
            ["git", *words],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.splitlines()

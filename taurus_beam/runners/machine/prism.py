"""Where Beam's Prism runner is: a program in Go that Beam downloads where it may.

Beam's own download has no time limit, so it is never left to look for Prism by itself.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator

from apache_beam.version import __version__ as beam_version

from taurus_beam.runners.machine.need import Need

__all__ = ["find_prism", "prism_needs"]

CACHE = "~/.apache_beam/cache/prism/bin"
_PACKAGE = "github.com/apache/beam/sdks/v2/go/cmd/prism"


def find_prism(named: str | None = None) -> str | None:
    """The path of Prism: as named, on PATH, or where Beam or ``go install`` put it.

    Only a program of this version of Beam counts in Beam's cache.
    """
    if named:
        place = os.path.expanduser(named)
        return place if os.path.isfile(place) else shutil.which(named)
    places = [shutil.which("prism"), *(f"{CACHE}/{name}" for name in (_release(), "prism"))]
    expanded = [os.path.expanduser(each) for each in places if each]
    return next((each for each in expanded if os.path.isfile(each)), None)


def prism_needs(named: str | None) -> Iterator[Need]:
    """How to get Prism where it is not there."""
    if find_prism(named) is not None:
        return
    folder = os.path.expanduser(CACHE)
    yield Need(
        f"There is no file {named}." if named else "Prism, a program in Go, is not installed here.",
        f"Build it once: GOBIN={folder} go install {_PACKAGE}@v{beam_version}; or download "
        f"{_release()}.zip of Beam {beam_version} from its release page on GitHub and set "
        "location (--prism-location) to it.",
    )


def _release() -> str:
    """The name of the program in a release of Beam."""
    machine = platform.machine().lower()
    kind = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"apache_beam-v{beam_version}-prism-{platform.system().lower()}-{kind}"

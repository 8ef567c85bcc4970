"""Where the store is: what ``--lineage`` or the environment says, or a file of the user's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

__all__ = ["OFF", "VARIABLE", "default_place", "store_place"]

VARIABLE = "TAURUS_BEAM_LINEAGE"
OFF = "off"


def store_place(
    asked: str | None = None, environment: Mapping[str, str] = os.environ
) -> str | None:
    """The URL or path of the store to use; None where nothing is to be recorded.

    Args:
        asked: What the command line says, which counts most.
        environment: Where ``TAURUS_BEAM_LINEAGE`` may name a store, or be "off".

    Example:
        >>> store_place(None, {"TAURUS_BEAM_LINEAGE": "postgresql://team/lineage"})
        'postgresql://team/lineage'
        >>> store_place("off"), store_place(None, {"TAURUS_BEAM_LINEAGE": "off"})
        (None, None)
        >>> store_place("mine.sqlite", {"TAURUS_BEAM_LINEAGE": "off"})
        'mine.sqlite'
    """
    wanted = asked or environment.get(VARIABLE) or default_place(environment)
    return None if wanted.lower() == OFF else wanted


def default_place(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> str:
    """The SQLite file in the folder that the operating system has for the data of programs.

    Example:
        >>> default_place({"XDG_DATA_HOME": "/data"}, "linux")
        '/data/taurus_beam/lineage.sqlite'
        >>> default_place({"HOME": "/home/ada"}, "linux")
        '/home/ada/.local/share/taurus_beam/lineage.sqlite'
    """
    home = environment.get("HOME") or os.path.expanduser("~")
    if system == "win32":
        folder = environment.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif system == "darwin":
        folder = os.path.join(home, "Library", "Application Support")
    else:
        folder = environment.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    return os.path.join(folder, "taurus_beam", "lineage.sqlite")

"""Where the tests keep what they fetch or build of an engine, from one run to the next."""

from __future__ import annotations

import os
from pathlib import Path


def cache() -> Path:
    """A folder of this user's, outside the checkout: the files are large and seldom change."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "taurus_beam" / "engines"

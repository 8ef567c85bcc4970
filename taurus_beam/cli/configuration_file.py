"""``configuration.json`` in the folder of an artifact: what the run that made it was told.

Like ``provenance.json`` it tells of one run, and takes no part in the artifact's digest.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taurus_beam.configuration import Configuration

__all__ = ["CONFIGURATION", "write_beside"]

CONFIGURATION = "configuration.json"


def write_beside(folder: str, configuration: Configuration) -> None:
    """Write the file into a folder that is there; it appears whole or not at all.

    Raises:
        OSError: If it cannot be written.
    """
    content = configuration.to_json().encode()
    if "://" in folder:
        from taurus_beam.pipeline.files import write_file

        write_file(f"{folder}/{CONFIGURATION}", content)
        return
    descriptor, hidden = tempfile.mkstemp(prefix=".configuration-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(hidden, 0o644)
        os.replace(hidden, os.path.join(folder, CONFIGURATION))
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(hidden)
        raise

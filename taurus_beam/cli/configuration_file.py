"""``configuration.json`` in the folder of an artifact: what the run that made it was told.

Like ``provenance.json`` it tells of one run, and takes no part in the artifact's digest.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from taurus_beam.whole_file import replace_file

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
    replace_file(os.path.join(folder, CONFIGURATION), content)

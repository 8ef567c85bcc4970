"""JSON files that survive a crash: each is on the disk before it takes the place of the old one.

What a killed run had done is read from them, so a part of one must never be found.
"""

from __future__ import annotations

import os
from typing import Any

from taurus_beam.specs import json_text

__all__ = ["write_json"]


def write_json(path: str, content: Any) -> None:
    """Write JSON to a local file, which is there whole or not at all."""
    text = json_text(content) + "\n"
    building = f"{path}.new"
    with open(building, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(building, path)

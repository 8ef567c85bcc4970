"""JSON files of a stage, which are on the disk before they take the place of the old ones.

What a killed run had done is read from them, so a part of one must never be found.
"""

from __future__ import annotations

from typing import Any

from taurus_beam.specs import json_text
from taurus_beam.whole_file import replace_file

__all__ = ["write_json"]


def write_json(path: str, content: Any) -> None:
    """Write JSON to a local file, which is there whole or not at all."""
    replace_file(path, f"{json_text(content)}\n".encode(), durable=True)

"""All of a bounded collection in one window, whatever windows it has.

Most collections have no other, and a step that changes nothing costs a local run milliseconds.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindows

__all__ = ["in_one_window"]


def in_one_window(elements: Any, label: str = "Global") -> Any:
    """The same elements, all in the global window.

    Args:
        elements: A bounded PCollection.
        label: Of the step, where one is needed.
    """
    if elements.windowing.is_default():
        return elements
    return elements | label >> beam.WindowInto(GlobalWindows())

"""Has Griffe, which reads docstrings for the site, take "Example:" for its section "Examples:"."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

ONE = re.compile(r"^Example:$", re.MULTILINE)


class Examples(Extension):
    """The sections of Google's style are named in the plural there."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Rename the section of one docstring."""
        if obj.docstring:
            obj.docstring.value = ONE.sub("Examples:", obj.docstring.value)

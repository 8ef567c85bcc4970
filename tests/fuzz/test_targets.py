"""Every fuzz target with the same few inputs each time; `make fuzz` tries many more."""

from __future__ import annotations

import random

import pytest
from fuzz_targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused(name: str):
    draw = random.Random(name)
    for _ in range(60):
        TARGETS[name](draw.randbytes(draw.randrange(120)))

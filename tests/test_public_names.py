"""The lists that spare an import say the truth: public names, and which module declares what."""

from __future__ import annotations

import pytest

import taurus_beam as tb
from taurus_beam.graph.operation import _HOMES, operations


@pytest.mark.parametrize("name", tb.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(tb, name)
    assert isinstance(found, str) or found.__doc__


def test_every_operation_is_declared_where_the_list_says() -> None:
    declared = {
        name: cls.__module__
        for name, cls in operations().items()
        if not cls.__module__.startswith("taurus_beam.graph.")
    }
    assert declared == _HOMES

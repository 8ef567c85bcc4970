from __future__ import annotations

import pytest

from taurus_beam.cli.pairs import pair, pairs
from taurus_beam.runners.options_error import OptionsError


@pytest.mark.parametrize("text", ["", "=", "a", "a=", "=x.csv", "x.csv"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(OptionsError, match=r"(?s)not of the form NAME=PATTERN.*--span"):
        pair(text, "--span", "NAME=PATTERN")


def test_a_value_may_have_an_equals_sign_and_be_empty_where_that_is_allowed() -> None:
    assert pair("b=gs://bucket/y=1") == ("b", "gs://bucket/y=1")
    assert pair("test=", may_be_empty=True) == ("test", "")
    with pytest.raises(OptionsError):
        pair("=", may_be_empty=True)


def test_a_name_that_is_given_twice_is_refused() -> None:
    with pytest.raises(OptionsError, match=r"(?s)'a' is given twice.*a=x\.csv and a=y\.csv"):
        pairs(["a=x.csv", "b=z.csv", "a=y.csv"], "--span")

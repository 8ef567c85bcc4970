"""Sample applications of every registered operation and analyzer, which the law tests walk.

An entry of a family's table is a function of columns and the types that it is applied to, under
the name of the operation that it is there for; a function that uses several covers them all. The
first type decides little, so each dtype that an operation treats in its own way has an entry.
"""

from applications import (
    choices,
    elementwise,
    lists,
    monitors,
    scaling,
    statistics,
    text,
    vocabularies,
)
from applications.application import Application, applications

__all__ = ["APPLICATIONS", "Application"]

_FAMILIES = [elementwise, choices, scaling, text, lists, vocabularies, statistics, monitors]

APPLICATIONS = [a for family in _FAMILIES for a in applications(family.SAMPLES)]

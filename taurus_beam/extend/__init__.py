"""What a package needs that adds operations and analyzers of its own.

These names are stable; anything else below `taurus_beam.graph` may change. Importing this loads
neither Beam nor pandas, so that a model server can load such a package.
"""

from taurus_beam.extend.check import check_operation
from taurus_beam.graph.analyzer import Accumulator, Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import Domain, Operation, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import Elementwise, MaskedElementwise

__all__ = [
    "Accumulator",
    "Analyzer",
    "Column",
    "ColumnType",
    "Constant",
    "Domain",
    "Elementwise",
    "Lowered",
    "MaskedElementwise",
    "Operation",
    "Text",
    "Values",
    "apply",
    "check_operation",
    "operation",
]

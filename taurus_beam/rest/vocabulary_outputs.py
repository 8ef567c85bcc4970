"""Which outputs are ids of a vocabulary, and how many of their values were in none.

Only an output that *is* such ids is watched, not one computed from them. Where the default id is
also the id of a term, a value outside the vocabulary cannot be told from that term.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Graph

__all__ = ["VocabularyOutput", "vocabulary_outputs"]


@dataclass(frozen=True)
class VocabularyOutput:
    """An output of ids.

    Attributes:
        name: The output.
        first: The least id …
        last: … and the greatest of values outside the vocabulary.
    """

    name: str
    first: int
    last: int

    def unknown_in(self, array: Any) -> int:
        """How many ids of an Arrow column are of values outside the vocabulary.

        Example:
            >>> VocabularyOutput("zone_id", 3, 4).unknown_in(pa.array([0, 3, None, 4]))
            2
        """
        ids = array if pa.types.is_integer(array.type) else array.flatten()
        outside = pc.and_(pc.greater_equal(ids, self.first), pc.less_equal(ids, self.last))
        return int(outside.true_count)

    def unknown_of(self, value: Any) -> int:
        """The same of the value of one row."""
        ids = value if isinstance(value, list) else [value]
        return sum(i is not None and self.first <= i <= self.last for i in ids)


def vocabulary_outputs(graph: Graph) -> list[VocabularyOutput]:
    """The outputs of a frozen graph that a vocabulary gave, in which unknown values show."""
    found = []
    for name, node in graph.outputs.items():
        if node.operation.name != "apply_vocabulary":
            continue
        terms = node.inputs[1].operation
        assert isinstance(terms, Constant)
        size, attributes = len(terms.value), node.operation.attributes()
        buckets, default = attributes["num_oov_buckets"], attributes["default_value"]
        if buckets:
            found.append(VocabularyOutput(name, size, size + buckets - 1))
        elif not 0 <= default < size:
            found.append(VocabularyOutput(name, default, default))
    return found

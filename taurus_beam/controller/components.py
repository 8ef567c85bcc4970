"""The three kinds of components: a monitor looks at data, a transform changes them, a comparison
holds them against others.

A component is a small object, best a frozen dataclass: its fields are its parameters, and decide
with its code and its data whether it has to run again.
"""

from __future__ import annotations

import abc
import dataclasses
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pyarrow as pa

    from taurus_beam.controller.data_set import DataSet
    from taurus_beam.controller.findings import Distance, Finding

__all__ = ["Comparison", "Component", "Monitor", "Transform"]


class Component(abc.ABC):
    """What a controller runs on data; `Monitor`, `Transform` and `Comparison` are its kinds.

    Attributes:
        kind: Which of the three it is.
    """

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """What it is called in findings and records: that of its class, in small letters.

        Two of one class on the same data are numbered.
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()

    def parameters(self) -> dict[str, Any]:
        """What decides, besides code and data, what it gives: JSON data; the fields by default.

        A field that is no JSON data is taken by what ``repr`` says of it.
        """
        if dataclasses.is_dataclass(self):
            return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return dict(vars(self))


class Monitor(Component):
    """Looks at one data set and says what is wrong with it.

    Example:
        >>> from dataclasses import dataclass
        >>> from taurus_beam.controller import Finding, Severity
        >>> @dataclass(frozen=True)
        ... class AtLeast(Monitor):
        ...     rows: int
        ...     def check(self, data):
        ...         if data.rows < self.rows:
        ...             yield Finding(f"Only {data.rows} rows.", Severity.WARNING)
        >>> AtLeast(100).name, AtLeast(100).parameters()
        ('at_least', {'rows': 100})
    """

    kind = "monitor"

    @abc.abstractmethod
    def check(self, data: DataSet) -> Iterable[Finding | Distance]:
        """What is wrong with the data; nothing where they are as they should be."""


class Comparison(Component):
    """Holds one data set against another, such as production data against training data."""

    kind = "comparison"

    @abc.abstractmethod
    def compare(self, data: DataSet, reference: DataSet) -> Iterable[Finding | Distance]:
        """Where the data differ from the reference more than they should."""


class Transform(Component):
    """Changes incoming data before anything else sees them: leaves out rows, mends columns.

    What a model sees is the preprocessing function's matter, which is frozen and served. What a
    transform does is done to files only, by each stage again.
    """

    kind = "transform"

    @abc.abstractmethod
    def expand(self, batches: Any, schema: pa.Schema) -> Any:
        """Changed data.

        Args:
            batches: A PCollection of ``pa.RecordBatch``.
            schema: Of these.

        Returns:
            A PCollection of ``pa.RecordBatch`` of the schema that `output_schema` tells.
        """

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """The schema of what `expand` gives; that of the data by default."""
        return schema

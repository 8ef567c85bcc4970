"""The user's class: schema, split, monitors, preprocessing function and comparisons together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from taurus_beam.artifact.provenance import function_digest
from taurus_beam.controller.comparisons import Drift
from taurus_beam.controller.components import Comparison, Component, Monitor, Transform
from taurus_beam.controller.identity import plain
from taurus_beam.controller.mapping import check_components
from taurus_beam.controller.monitors import SchemaFit
from taurus_beam.errors import EngineError
from taurus_beam.graph.trace import PreprocessingFn
from taurus_beam.splits.configuration import splitter_to_json
from taurus_beam.splits.splitter import Splitter, checked_splitter
from taurus_beam.validation.schema_text import load_schema_text, schema_as_text

__all__ = ["PipelineModule"]


class PipelineModule:
    """What belongs together in a pipeline of features; a `Controller` runs it.

    Extend it and set what differs, as attributes or properties; or give the attributes to the
    class itself: ``PipelineModule(preprocessing_fn=my_fn, split=...)``.

    Attributes:
        schema: What data should be like: a ``Schema``, the path of one, or None to infer it from
            the training data.
        split: How `Controller.train` parts its data, a splitter such as `SplitByHash`; one of its
            splits is called "train". None: all data are for training.
        transforms: Changes of incoming data: a sequence, or sequences by name of the data.
        monitors: What looks at data, likewise; `SchemaFit` by default.
        comparisons: What holds data against others, likewise: by name of the data, which are
            compared with the training data, or by a pair of names; `Drift` by default.
        environments: The schema's environment by name of the data.

    The names of data are those of the splits, "train" where there are none, "eval" for data given
    to `Controller.validate`, "test" and "production". Incoming data of `Controller.train` that are
    to be split are "raw" to `transforms`.

    Raises:
        EngineError: An attribute is given that there is not.

    Example:
        >>> import taurus_beam as tb
        >>> class Trips(tb.PipelineModule):
        ...     split = tb.SplitByHash({"train": 0.8, "test": 0.2}, key="user")
        ...     def preprocessing_fn(self, inputs):
        ...         return {"fare_z": tb.scale_to_z_score(inputs["fare"])}
        >>> Trips().name
        'Trips'
    """

    schema: Any = None
    split: Splitter | None = None
    transforms: Any = ()
    monitors: Any = (SchemaFit(),)
    comparisons: Any = (Drift(),)
    environments: Mapping[str, str] = {}
    preprocessing_fn: Callable[..., Mapping[str, Any]] | None = None

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            if name not in _ATTRIBUTES:
                raise EngineError(
                    f"A pipeline has no {name!r}.",
                    where=type(self).__name__,
                    expected=f"one of: {', '.join(_ATTRIBUTES)}",
                )
            setattr(self, name, value)

    @property
    def name(self) -> str:
        """What it is called in records: the name of the class."""
        return type(self).__name__

    def configure_schema(self, schema: Any) -> Any:
        """The schema to use, from the given or inferred one, which may be changed.

        Called once while training; to be extended, to add what cannot be inferred: ranges,
        drift comparators, environments.
        """
        return schema


_ATTRIBUTES = tuple(PipelineModule.__annotations__)


def function_of(module: PipelineModule) -> PreprocessingFn:
    """The preprocessing function, of whatever form it has.

    Raises:
        EngineError: There is none.
    """
    static = inspect.getattr_static(module, "preprocessing_fn", None)
    found = module.preprocessing_fn
    if found is None or not callable(found):
        raise EngineError(
            f"The pipeline {module.name} has no preprocessing_fn.",
            where=module.name,
            expected="a method preprocessing_fn(self, inputs), or an attribute that is a function "
            "of inputs",
            fix="Define it: it gives a dict of columns, such as "
            '{"fare_z": tb.scale_to_z_score(inputs["fare"])}.',
        )
    if isinstance(static, FunctionType) and len(inspect.signature(static).parameters) == 1:
        return static  # a plain function that was assigned in the class has no self
    return found


def schema_of(module: PipelineModule) -> Any | None:
    """A copy of the schema that the module names; None where it is to be inferred.

    Raises:
        EngineError: It is something else.
        DataError: The file cannot be read.
    """
    from tensorflow_metadata.proto.v0 import schema_pb2

    given = module.schema
    if given is None:
        return None
    if isinstance(given, schema_pb2.Schema):
        copy = schema_pb2.Schema()
        copy.CopyFrom(given)
        return copy
    if isinstance(given, str) or hasattr(given, "__fspath__"):
        return load_schema_text(str(given))
    raise EngineError(
        f"The schema of the pipeline {module.name} is a {type(given).__name__}.",
        where=module.name,
        expected="a Schema proto, the path of one as text, or None",
    )


def splitter_of(module: PipelineModule) -> Splitter | None:
    """The splitter, known to have a split for training.

    Raises:
        EngineError: It is none, or has no split "train".
    """
    if module.split is None:
        return None
    splitter = checked_splitter(module.split)
    if "train" not in splitter.names:
        raise EngineError(
            f"The split of the pipeline {module.name} gives no training data.",
            where=module.name,
            expected=f'a split called "train"; there are: {", ".join(splitter.names)}',
        )
    return splitter


def check_module(module: PipelineModule) -> None:
    """Refuses a module with something wrong in it that can be seen without data.

    Raises:
        EngineError: It has no preprocessing function, or what is no component among components.
    """
    function_of(module)
    check_components(module.transforms, Transform, "transforms")
    check_components(module.monitors, Monitor, "monitors")
    check_components(module.comparisons, Comparison, "comparisons", pairs=True)


def all_components(module: PipelineModule) -> list[Component]:
    """All components of a module, in order."""
    found: list[Component] = []
    for asked in (module.transforms, module.monitors, module.comparisons):
        for chosen in asked.values() if isinstance(asked, Mapping) else [asked]:
            found += [chosen] if isinstance(chosen, Component) else chosen
    return found


def described(module: PipelineModule) -> dict[str, Any]:
    """What the module says, as JSON data: equal for equal attributes and functions."""
    schema, split = schema_of(module), splitter_of(module)
    return {
        "name": module.name,
        "schema": None if schema is None else schema_as_text(schema),
        "split": None if split is None else splitter_to_json(split),
        "transforms": _described(module.transforms),
        "monitors": _described(module.monitors),
        "comparisons": _described(module.comparisons),
        "environments": dict(module.environments),
        "preprocessing_fn": function_digest(function_of(module)),
    }


def _described(asked: Any) -> Any:
    if isinstance(asked, Mapping):
        return {_name(names): _described(chosen) for names, chosen in asked.items()}
    if isinstance(asked, Component):
        return _described([asked])
    return [
        {"component": type(each).__qualname__, "parameters": plain(each.parameters())}
        for each in asked
    ]


def _name(names: Any) -> str:
    return names if isinstance(names, str) else " / ".join(map(str, names))

"""A feature function as a scikit-learn transformer: fitted, tuned, piped, pickled like others.

Fitting analyzes the data in this process (`taurus_beam.fit`); what is fitted is a `TransformFn`,
which is saved and served without scikit-learn.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from taurus_beam.errors import DataError, TraceError
from taurus_beam.local import fit
from taurus_beam.serving.frames import as_table
from taurus_beam.serving.transform_fn import TransformFn
from taurus_beam.sklearn.matrix import as_columns, as_frame, as_matrix, column_names

__all__ = ["TransformFnTransformer"]

_PREFIX = "parameters__"


class TransformFnTransformer(TransformerMixin, BaseEstimator):
    """Fits a preprocessing function, or applies a frozen one, within scikit-learn.

    Args:
        preprocessing_fn: A function from columns to a dict of columns, as for `taurus_beam.fit`;
            further arguments of it are ``parameters``. Give it as a function of a module, not a
            lambda, where the estimator is to be pickled.
        transform_fn: Instead of it, a frozen function (`taurus_beam.load`); `fit` then only
            remembers the features, and `transform` works without it.
        parameters: Arguments of ``preprocessing_fn`` after the first, by name. A search sets one
            of them as ``parameters__NAME``.
        target: Under which name the function sees ``y`` as a column, for analyzers that need a
            label (``tb.target_encode``); None where it needs none. Outputs cannot depend on it
            but by what analyzers found.
        threads: As for `TransformFn.transform`.

    Attributes:
        transform_fn_: The frozen function, to be saved with ``transform_fn_.save(path)``.
        n_features_in_: How many columns the data had.
        feature_names_in_: Their names, where they had some.

    Columns of a two-dimensional array are called ``x0``, ``x1`` … in the function. Missing
    values: nulls of Arrow and Polars, NaN and None of pandas; in arrays NaN is NaN, and None of an
    array of objects is missing. In a matrix that comes out, missing is NaN, or None among objects.

    Example:
        >>> import pandas as pd, taurus_beam as tb
        >>> def features(inputs, buckets=2):
        ...     return {"z": tb.scale_to_z_score(inputs["x"]),
        ...             "b": tb.bucketize(inputs["x"], buckets)}
        >>> frame = pd.DataFrame({"x": [1.0, 3.0]})
        >>> transformer = tb.sklearn.TransformFnTransformer(features)
        >>> transformer.fit_transform(frame)
        array([[-1.,  0.],
               [ 1.,  1.]])
        >>> transformer.get_feature_names_out()
        array(['z', 'b'], dtype=object)
        >>> transformer.set_params(parameters__buckets=4).get_params()["parameters__buckets"]
        4
    """

    def __init__(
        self,
        preprocessing_fn: Callable[..., Mapping[str, Any]] | None = None,
        *,
        transform_fn: TransformFn | None = None,
        parameters: Mapping[str, Any] | None = None,
        target: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.preprocessing_fn = preprocessing_fn
        self.transform_fn = transform_fn
        self.parameters = parameters
        self.target = target
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> TransformFnTransformer:
        """Analyze the data and freeze the function.

        Args:
            X: Data frame of pandas or Polars, ``pa.Table``, or an array of two dimensions.
            y: Read only where there is a ``target``.

        Returns:
            The transformer itself.

        Raises:
            TraceError: If the function is wrong, naming its line.
            DataError: If the data do not fit, or the outputs make no matrix.
            ValueError: From scikit-learn, where ``X`` has no rows or no columns.
        """
        if (self.preprocessing_fn is None) == (self.transform_fn is None):
            raise DataError(
                "A TransformFnTransformer has nothing to fit."
                if self.transform_fn is None
                else "A TransformFnTransformer was given two functions.",
                expected="either preprocessing_fn or transform_fn",
            )
        X = _checked(self, X, reset=True)
        if self.transform_fn is not None:
            fitted = self.transform_fn
        else:
            fitted = fit(self._with_target(_table(X), y), self._function())
        if self.target in fitted.input_arrow_schema.names:
            raise DataError(
                f"An output depends on the target {self.target!r}, which nobody knows later.",
                expected="outputs that depend on it only by what analyzers found",
            )
        column_names(fitted.output_arrow_schema)
        self.transform_fn_ = fitted
        return self

    def transform(self, X: Any) -> Any:
        """Apply the frozen function.

        Args:
            X: As for `fit`, with the same columns.

        Returns:
            A matrix of a column for each of `get_feature_names_out`; after ``set_output``, a data
            frame, whose columns keep their own types.

        Raises:
            DataError: If a column is of another type, naming it.
            ValueError: From scikit-learn, where the columns are not those it was fitted on.
        """
        check_is_fitted(self)
        X = _checked(self, X, reset=False)
        columns = as_columns(self._fitted.transform(_table(X), threads=self.threads))
        form = getattr(self, "_sklearn_output_config", {}).get("transform")
        form = form or get_config()["transform_output"]
        if form == "default":
            return as_matrix(columns)
        importlib.import_module(form)  # pandas or polars, as the user asks
        return as_frame(columns, form, X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """The names of the columns that come out; vectors give ``name_0``, ``name_1`` …

        Args:
            input_features: Not needed, and checked against those fitted on where they have names.
        """
        check_is_fitted(self)
        known = getattr(self, "feature_names_in_", None)
        if input_features is not None and known is not None:
            if not np.array_equal(np.asarray(input_features, object), known):
                raise ValueError("input_features is not equal to feature_names_in_")
        elif input_features is not None and len(input_features) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(input_features)}"
            )
        return np.asarray(column_names(self._fitted.output_arrow_schema), dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments by name; if ``deep``, the function's too, as ``parameters__NAME``."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep:
            known = {**_defaults(self.preprocessing_fn), **_given(self.parameters)}
            params |= {f"{_PREFIX}{name}": value for name, value in known.items()}
        return params

    def set_params(self, **params: Any) -> TransformFnTransformer:
        """Set arguments, and those of the function as ``parameters__NAME``.

        Raises:
            ValueError: If there is no such argument, as scikit-learn has it.
        """
        own = {name: value for name, value in params.items() if not name.startswith(_PREFIX)}
        super().set_params(**own)
        inner = {n.removeprefix(_PREFIX): v for n, v in params.items() if n not in own}
        if inner:
            unknown = [name for name in inner if not _accepts(self.preprocessing_fn, name)]
            if unknown:
                takes = ", ".join(_defaults(self.preprocessing_fn)) or "nothing"
                raise ValueError(
                    f"Invalid parameter {unknown[0]!r} of the preprocessing function; "
                    f"after the columns it takes: {takes}"
                )
            self.parameters = {**_given(self.parameters), **inner}
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "transform_fn_") or self.transform_fn is not None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = self.target is not None
        tags.requires_fit = self.transform_fn is None
        return tags

    @property
    def _fitted(self) -> TransformFn:
        found: TransformFn | None = getattr(self, "transform_fn_", self.transform_fn)
        assert found is not None
        return found

    def _function(self) -> Callable[..., Mapping[str, Any]]:
        if not callable(self.preprocessing_fn):
            raise TraceError(
                f"preprocessing_fn is a {type(self.preprocessing_fn).__name__}.",
                expected="a function from columns to a dict of columns",
            )
        if not isinstance(self.parameters, Mapping | type(None)):
            raise TraceError(
                f"parameters is a {type(self.parameters).__name__}.",
                expected="a dict of the function's arguments by name",
            )
        function = functools.partial(self.preprocessing_fn, **_given(self.parameters))
        functools.update_wrapper(function, self.preprocessing_fn)
        return function

    def _with_target(self, table: pa.Table, y: Any) -> pa.Table:
        if self.target is None:
            return table
        if y is None:
            raise DataError(
                f"The target {self.target!r} needs a y, and there is none: "
                "requires y to be passed, but the target y is None.",
                fix="Call fit(X, y).",
            )
        if self.target in table.column_names:
            raise DataError(
                f"The data have a column called {self.target!r}, as the target is.",
                fix="Give the target another name.",
            )
        return table.append_column(self.target, as_table({self.target: y})[self.target])


def _checked(estimator: TransformFnTransformer, data: Any, reset: bool) -> Any:
    """The data as they are, once scikit-learn knows their columns, or knows them again."""
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if hasattr(data, "collect"):
        return as_table(data)  # which says that a query is to be collected
    known = reset or hasattr(estimator, "n_features_in_")
    if not hasattr(data, "columns"):
        # Refuses sparse matrices, arrays of one or three dimensions, complex numbers.
        accepted = {"dtype": None, "ensure_all_finite": False}
        if not known:
            return check_array(data, **accepted)
        return validate_data(estimator, data, reset=reset, **accepted)
    if reset and not min(data.shape):
        kind = "sample(s)" if not data.shape[0] else "feature(s)"
        shape = tuple(data.shape)
        raise ValueError(f"Found 0 {kind} (shape={shape}) while a minimum of 1 is required.")
    if known:
        validate_data(estimator, data, reset=reset, skip_check_array=True)
    return data


def _table(data: Any) -> pa.Table:
    if isinstance(data, np.ndarray):
        return as_table({f"x{i}": _plain(column) for i, column in enumerate(data.T)})
    return as_table(data)


def _plain(column: np.ndarray[Any, Any]) -> Any:
    """Objects as the one type they are of; an Arrow array is to have its elements in a row."""
    return column.tolist() if column.dtype == object else np.ascontiguousarray(column)


def _given(parameters: Any) -> dict[str, Any]:
    """The parameters, none while they are of a type that `fit` refuses."""
    return dict(parameters) if isinstance(parameters, Mapping) else {}


def _further(function: Any) -> list[inspect.Parameter]:
    """What a function takes after its first argument; nothing of what `fit` refuses."""
    return list(inspect.signature(function).parameters.values())[1:] if callable(function) else []


def _defaults(function: Any) -> dict[str, Any]:
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        p.name: None if p.default is p.empty else p.default
        for p in _further(function)
        if p.kind not in variable
    }


def _accepts(function: Any, name: str) -> bool:
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in _further(function))
    return takes_any or name in _defaults(function)

"""Feature functions as scikit-learn estimators; needs the extra ``taurus-beam[sklearn]``.

A room of its own, imported only by those who ask for ``tb.sklearn``: nothing else in the package
knows scikit-learn.
"""

from taurus_beam.errors import EngineError

try:
    from taurus_beam.sklearn.transformer import TransformFnTransformer
except ModuleNotFoundError as problem:
    if (problem.name or "").partition(".")[0] != "sklearn":
        raise
    raise EngineError(
        "scikit-learn is not installed.",
        expected="the package scikit-learn, 1.6 or newer",
        fix="pip install 'taurus-beam[sklearn]'",
    ) from problem

__all__ = ["TransformFnTransformer"]

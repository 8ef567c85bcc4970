"""A small scikit-learn model: will a flight that leaves the gate arrive over 15 minutes late?

It sees transformed features only, so that it does not care whether they come from the pipeline's
files or from a single row that was transformed when serving.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

NUMBERS = (
    "minute",
    "time_sin",
    "time_cos",
    "planned_bucket",
    "distance_01",
    "distance_log_z",
    "delay_log_z",
    "delay_bucket",
    "delay_unknown",
)
CATEGORIES = ("hour", "carrier_id", "origin_id", "dest_id", "plane_id", "route_bucket")
FEATURES = (*NUMBERS, *CATEGORIES)
_HELD_OUT_FOLDS = 8  # folds 8 and 9 of 0 … 9


@dataclass(frozen=True)
class Trained:
    """A model, and how well it ranks the flights that it did not see."""

    classifier: HistGradientBoostingClassifier
    seen: int
    held_out: int
    auc: float


def train(transformed: pa.Table) -> Trained:
    """Train on the flights that arrived; the folds decide which are held out."""
    # Sorted, because a pipeline promises nothing about the order of its output.
    known = transformed.filter(pc.is_valid(transformed["late"])).sort_by("key")
    held_out = pc.greater_equal(known["fold"], _HELD_OUT_FOLDS)
    seen, unseen = known.filter(pc.invert(held_out)), known.filter(held_out)
    classifier = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.2,
        categorical_features=[name in CATEGORIES for name in FEATURES],
        early_stopping=False,
        random_state=0,
    )
    classifier.fit(matrix(seen), seen["late"].to_numpy())
    auc = roc_auc_score(unseen["late"].to_numpy(), probabilities(classifier, unseen))
    return Trained(classifier, seen.num_rows, unseen.num_rows, float(auc))


def probabilities(classifier: HistGradientBoostingClassifier, transformed: pa.Table) -> Any:
    """For each flight, how likely it is to be late."""
    return classifier.predict_proba(matrix(transformed))[:, 1]


def matrix(transformed: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A row of numbers for each flight; what is missing is NaN, as scikit-learn has it."""
    columns = (transformed[name].cast(pa.float64()).to_numpy() for name in FEATURES)
    return np.column_stack(list(columns))

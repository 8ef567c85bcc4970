"""Each day: statistics, a gate, an artifact, features, and a proof that they mean the same.

In the folder of the run's parameters lie ``preprocessing.py``, ``schema.pbtxt`` and the day's data,
``data/2013-01-07/*.parquet``; results go to ``results/2013-01-07``. Data with anomalies end the run
at ``validate``, and nothing after it is written.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG, Param, chain
from taurus_beam_task import TaurusBeamTask

FOLDER = "{{ params.folder }}"
DATA = f"{FOLDER}/data/{{{{ ds }}}}/*.parquet"
RESULTS = f"{FOLDER}/results/{{{{ ds }}}}"

with DAG(
    "taurus_beam_daily",
    schedule="@daily",
    start_date=datetime(2013, 1, 1),
    catchup=False,
    params={"folder": Param("/data/flights", type="string")},
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    doc_md=__doc__,
) as dag:
    # What an attempt that failed has left is replaced, so each task may be run again.
    statistics = TaurusBeamTask(
        task_id="statistics",
        words=["stats", "--input", DATA, "--output", f"{RESULTS}/statistics.pb", "--overwrite"],
    )
    validate = TaurusBeamTask(
        task_id="validate",
        words=[
            *("validate", "--stats", f"{RESULTS}/statistics.pb"),
            *("--schema", f"{FOLDER}/schema.pbtxt"),
        ],
    )
    fit = TaurusBeamTask(
        task_id="fit",
        words=[
            *("fit", "--preprocessing", f"{FOLDER}/preprocessing.py", "--input", DATA),
            *("--output", f"{RESULTS}/transform_fn", "--overwrite"),
        ],
    )
    transform = TaurusBeamTask(
        task_id="transform",
        words=[
            *("transform", "--artifact", f"{RESULTS}/transform_fn", "--input", DATA),
            *("--output", f"{RESULTS}/features/part", "--overwrite"),
        ],
    )
    verify = TaurusBeamTask(
        task_id="verify",
        words=[
            *("verify", f"{RESULTS}/transform_fn", "--input", DATA, "--rows", "1000"),
            *("--way", "split", "--way", "row", "--way", "beam"),
        ],
    )
    chain(statistics, validate, fit, transform, verify)

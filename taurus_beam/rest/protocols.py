"""From the bytes of a request to the bytes of its answer, for each of the protocols.

Pure functions of a model and a body: they know nothing of sockets, threads or metrics, and run
inline or in a thread alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.rest import arrow_body
from taurus_beam.rest.json_values import encoded, parsed
from taurus_beam.rest.model import ROW_PATH_ROWS, Model, Seen
from taurus_beam.rest.outcome import Outcome
from taurus_beam.rest.refusals import check_room, refusal, wrong_feature
from taurus_beam.rest.settings import Settings
from taurus_beam.rest.tensor_input import read_tensors
from taurus_beam.rest.tensor_output import write_tensors

__all__ = ["ARROW", "JSON", "Answer", "Call", "answer_rows", "answer_tensors"]

JSON = "application/json"
ARROW = arrow_body.MEDIA_TYPE


@dataclass(frozen=True, eq=False)
class Call:
    """A request whose body has come.

    Attributes:
        body: Its bytes.
        media_type: What they are.
        accepted: The media type of the answer.
        request_id: Its id, the client's or one that was made up.
        settings: What may be asked for.
    """

    body: bytes
    media_type: str
    accepted: str
    request_id: str
    settings: Settings


@dataclass(frozen=True, eq=False)
class Answer:
    """What is answered, and what else is to be done with it.

    Attributes:
        body: The bytes of the response.
        media_type: What they are.
        inputs: The features, as the model took them.
        outcome: The outputs.
        seen: What the data were like.
    """

    body: bytes
    media_type: str
    inputs: pa.RecordBatch | Sequence[Mapping[str, Any]]
    outcome: Outcome
    seen: Seen


def answer_tensors(model: Model, call: Call) -> Answer:
    """Answer ``/v2/models/NAME/infer``.

    Raises:
        RequestError: If the request does not fit.
    """
    settings = call.settings
    asked = read_tensors(
        parsed(call.body), model.inputs, settings.extra_features, settings.limits.rows
    )
    outcome, seen = model.apply_batch(asked.batch)
    tensors = write_tensors(outcome, asked.outputs, asked.masked)
    identity = call.request_id if asked.id is None else asked.id
    frame = {"model_name": model.name, "model_version": model.version, "id": identity}
    return Answer(encoded({**frame, "outputs": tensors}), JSON, asked.batch, outcome, seen)


def answer_rows(model: Model, call: Call) -> Answer:
    """Answer ``/v1/models/NAME:transform``: rows of JSON, or an Arrow stream.

    Raises:
        RequestError: If the request does not fit.
    """
    inputs = _arrow(model, call) if call.media_type == ARROW else _rows(model, call)
    if isinstance(inputs, pa.RecordBatch):
        outcome, seen = model.apply_batch(inputs)
    else:
        outcome, seen = model.apply_rows(inputs)
    if call.accepted == ARROW:
        body = arrow_body.write_stream(outcome.batch())
    else:
        body = encoded(outcome.rows())
    return Answer(body, call.accepted, inputs, outcome, seen)


def _arrow(model: Model, call: Call) -> pa.RecordBatch:
    limits = call.settings.limits
    extra = call.settings.extra_features
    return arrow_body.read_stream(call.body, model.inputs, extra, limits.rows, limits.body_bytes)


def _rows(model: Model, call: Call) -> pa.RecordBatch | list[dict[str, Any]]:
    rows = parsed(call.body)
    if not isinstance(rows, list):
        raise refusal(400, "The body is no list.", "a list of rows: [{...}, ...]")
    most = call.settings.limits.rows
    if len(rows) > most:
        raise refusal(413, f"There are {len(rows):,} rows.", f"at most {most:,} a request")
    known = {*model.inputs, *(path.partition(".")[0] for path in model.inputs)}
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise refusal(400, f"Row {number} is no object.", "a value for each feature: {...}")
        if not call.settings.extra_features and not row.keys() <= known:
            name = min(row.keys() - known)
            raise wrong_feature(
                name,
                f"The model has no feature {name!r}.",
                where=f"row {number}",
                expected=f"the features it reads: {', '.join(model.inputs)}",
                fix="Leave it out, or correct its name.",
            )
    picked = {name: _picked(name, rows) for name in model.inputs}
    if model.takes_rows and len(rows) <= ROW_PATH_ROWS:
        return _plain_rows(model, picked, len(rows))
    check_room(model.inputs.values(), len(rows))
    arrays = [model.columns[name].array(values) for name, values in picked.items()]
    return pa.RecordBatch.from_arrays(arrays, list(picked))


def _plain_rows(model: Model, picked: Mapping[str, list[Any]], size: int) -> list[dict[str, Any]]:
    columns = {
        name: [model.columns[name].value(value) for value in values]
        for name, values in picked.items()
    }
    return [{name: values[row] for name, values in columns.items()} for row in range(size)]


def _picked(path: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The values of a feature; of a field of an object by its path."""
    try:
        return [row[path] for row in rows]
    except KeyError:
        return [_field(path, number, row) for number, row in enumerate(rows)]


def _field(path: str, number: int, row: Mapping[str, Any]) -> Any:
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping) or part not in value:
            raise wrong_feature(
                path,
                f"Feature {path!r} is missing from the row.",
                where=f"feature {path!r}, row {number}",
                expected="a value for every feature that the model reads",
                fix="Give null for a value that is not known.",
            )
        value = value[part]
    return value

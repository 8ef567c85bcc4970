"""The description of the interface: whole, and true of what the server does."""

from __future__ import annotations

import pytest
from rest_features import PLAIN, dumped, json_rows
from rest_server import serving

from taurus_beam.rest import Repository, Settings


@pytest.fixture(scope="module")
def described(client):
    return client.get("/openapi.json").json()


def test_every_reference_leads_somewhere(described):
    assert described["openapi"] == "3.1.0"
    schemas = described["components"]["schemas"]

    def check(value):
        if isinstance(value, dict):
            if "$ref" in value:
                assert value["$ref"].removeprefix("#/components/schemas/") in schemas
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)

    check(described["paths"])


def test_every_address_is_answered(client, described):
    for path, item in described["paths"].items():
        for method in item.keys() & {"get", "post"}:
            answer = client.request(method, path.replace("{version}", "1"), content=b"[]")
            assert str(answer.status_code) in item[method]["responses"], path


def test_rows_are_described_by_the_models_features(described):
    row = described["components"]["schemas"]["all.Row"]
    # A field of a struct comes by its path or in an object, so neither is required by itself.
    assert row["required"] == sorted({*row["properties"]} - {"trip", "trip.km"})
    assert row["allOf"][0]["anyOf"][0] == {"required": ["trip.km"]}
    assert row["additionalProperties"] is False
    assert row["properties"]["count"] == {
        "type": ["integer", "null"],
        "minimum": -(2**31),
        "maximum": 2**31 - 1,
    }
    assert row["properties"]["fare"]["anyOf"][1] == {"enum": ["NaN", "Infinity", "-Infinity"]}
    assert row["properties"]["pair"]["maxItems"] == 2
    assert row["properties"]["raw"]["contentEncoding"] == "base64"


def test_extra_features_are_described_and_ignored_where_allowed(paths):
    with serving(Repository.of(paths), Settings(extra_features=True)) as client:
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
        assert schemas["plain.Row"]["additionalProperties"] is True
        rows = json_rows(PLAIN)
        url = "/v1/models/plain:transform"
        expected = client.post(url, content=dumped(rows)).json()
        more = [{**row, "label": 1} for row in rows]
        assert client.post(url, content=dumped(more)).json() == expected


def test_a_token_is_described(paths):
    with serving(
        Repository.of(paths), Settings(token="t"), headers={"authorization": "Bearer t"}
    ) as client:
        described = client.get("/openapi.json").json()
    assert described["security"] == [{"token": []}]
    assert described["paths"]["/v2/health/live"]["get"]["security"] == []

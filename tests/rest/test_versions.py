"""Versions that come, go and are shared out while requests run."""

from __future__ import annotations

import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from rest_server import metrics, serving, until

from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.rest import Limits, Repository, Route, Settings, Split
from taurus_beam.rest.routing import choose, fraction

FAST = Settings(reload_seconds=0.02)
URL = "/v1/models/scaled:transform"


def scaled(client, x=1.0, url=URL, **headers):
    """The number that a request was multiplied by, and the version that says it did."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post(url, json=[{"x": x}], headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()[0]["y"] / x, answer.headers["taurus-model-version"]


def test_a_new_version_answers_without_a_restart(versions):
    folder = versions(1)
    with serving(Repository.folder(folder), FAST) as client:
        assert scaled(client) == (1.0, "1")
        versions(2)
        until(lambda: scaled(client) == (2.0, "2"))
        assert scaled(client, url="/v1/models/scaled/versions/1:transform") == (1.0, "1")
        assert scaled(client, taurus_model_version="1") == (1.0, "1")
        assert client.get("/v2/models/scaled").json()["versions"] == ["1", "2"]
        versions(2, factor=20.0)
        until(lambda: scaled(client) == (20.0, "2"))
        shutil.rmtree(f"{folder}/scaled/2")
        until(lambda: scaled(client) == (1.0, "1"))
        versions(3, name="other")
        until(lambda: client.get("/v2/models/other/ready").status_code == 200)


def test_a_damaged_version_leaves_the_old_one_in_place(versions, tmp_path):
    folder = versions(1)
    with serving(Repository.folder(folder), FAST) as client:
        versions(2, name="elsewhere")
        until(lambda: client.get("/v2/models/elsewhere").status_code == 200)
        shutil.copytree(f"{folder}/elsewhere/2", tmp_path / "copy")
        graph = tmp_path / "copy" / "graph.json"
        whole = graph.read_bytes()
        graph.write_bytes(whole[:-1])
        shutil.move(tmp_path / "copy", f"{folder}/scaled/2")
        until(lambda: metrics(client).get("taurus_reload_failures_total"))
        assert scaled(client) == (1.0, "1")
        (tmp_path / "models/scaled/2/graph.json").write_bytes(whole)
        until(lambda: scaled(client) == (2.0, "2"))


def test_no_request_fails_while_versions_are_swapped(versions):
    folder = versions(1)
    stop, failures, seen = threading.Event(), [], set()

    def ask(url: str) -> int:
        count = 0
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                rows = [{"x": 1.0}] * (1 + 1200 * (count % 2))  # inline, and in a thread
                answer = client.post(URL, json=rows)
                version = answer.headers.get("taurus-model-version")
                values = {row["y"] for row in answer.json()} if answer.is_success else set()
                if values != {float(version or -1)}:
                    failures.append(answer.text)
                seen.add(version)
                count += 1
        return count

    with serving(Repository.folder(folder), FAST) as client, ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, str(client.base_url)) for _ in range(8)]
        try:
            until(lambda: "1" in seen)
            for version in range(2, 8):
                versions(version)
                until(lambda version=version: str(version) in seen)
                for _ in range(3):
                    versions(version)  # written anew, in its place
                shutil.rmtree(f"{folder}/scaled/{version - 1}")
        finally:
            stop.set()
        assert sum(each.result() for each in asking) > 50
    assert not failures, failures[:3]
    assert seen == {"1", "2", "3", "4", "5", "6", "7"}


def test_a_canary_gets_its_share_or_who_asks_for_it(versions):
    versions(1)
    settings = Settings(routes={"scaled": Route(canary=Split("2", 0.25))})
    with serving(Repository.folder(versions(2)), settings) as client:
        got = [scaled(client, x_request_id=f"request-{i}")[1] for i in range(200)]
        assert 20 < got.count("2") < 80
        again = [scaled(client, x_request_id=f"request-{i}")[1] for i in range(200)]
        assert again == got
        assert len({scaled(client, taurus_routing_key="user 7")[1] for _ in range(20)}) == 1
        assert scaled(client, taurus_canary="true") == (2.0, "2")
        assert scaled(client, taurus_canary="false") == (1.0, "1")
        assert scaled(client, url="/v1/models/scaled/versions/1:transform")[1] == "1"


def test_a_shadow_is_only_compared(versions):
    versions(1)
    settings = Settings(routes={"scaled": Route(shadow=Split("2", 1.0))}, threads=2)
    with serving(Repository.folder(versions(2)), settings) as client:
        assert scaled(client) == (1.0, "1")
        rows = 'taurus_shadow_rows_total{model="scaled",version="2"}'
        different = 'taurus_shadow_different_rows_total{model="scaled",output="y",version="2"}'
        until(lambda: metrics(client).get(rows) == 1)
        assert metrics(client)[different] == 1
        answer = client.post("/v2/models/scaled/infer", json={"inputs": [TENSOR]})
        assert answer.json()["outputs"][0]["data"] == [0.0, None]
        until(lambda: metrics(client).get(rows) == 3)
        assert metrics(client)[different] == 1


TENSOR = {"name": "x", "shape": [2], "datatype": "FP64", "data": [0.0, None]}


def test_routes_are_pure():
    versions = ["1", "2", "9", "10"]
    assert choose(Route(), versions, "k", None) == "10"
    assert choose(Route("2"), versions, "k", None) == "2"
    assert choose(Route("7"), versions, "k", None) == "10"
    assert choose(Route(canary=Split("10", 0.0)), versions, "k", None) == "9"
    assert choose(Route(canary=Split("10", 1.0)), versions, "k", None) == "10"
    assert choose(Route(canary=Split("11", 1.0)), versions, "k", None) == "10"
    assert choose(Route(shadow=Split("10", 1.0)), versions, "k", None) == "9"
    assert choose(Route(canary=Split("10", 0.5)), ["10"], "k", False) == "10"
    assert choose(Route(), [], "k", None) is None
    keys = [fraction(f"key {i}") for i in range(4000)]
    assert 0.47 < sum(keys) / 4000 < 0.53
    assert 0.22 < sum(k < 0.25 for k in keys) / 4000 < 0.28


def test_what_cannot_be_served_is_told_at_the_start(tmp_path, versions):
    (tmp_path / "empty").mkdir()
    for repository, error in (
        (lambda: Repository.folder(str(tmp_path / "nowhere")), EngineError),
        (lambda: Repository.folder(str(tmp_path / "empty")), ArtifactError),
        (lambda: Repository.of({"a": str(tmp_path / "empty")}), ArtifactError),
        (lambda: Repository.of({"a b": str(tmp_path)}), EngineError),
    ):
        with pytest.raises(error), serving(repository()):
            pass


def test_a_route_of_no_model_is_told_at_the_start(paths):
    settings = Settings(routes={"plane": Route("1")})
    with pytest.raises(EngineError, match="'plane'"), serving(Repository.of(paths), settings):
        pass


def test_a_model_is_an_artifact_or_a_folder_of_versions(versions, paths):
    folder = versions(1)
    versions(2)
    with serving(Repository.of({"m": f"{folder}/scaled", "plain": paths["plain"]})) as client:
        assert client.get("/v2/models/m").json()["versions"] == ["1", "2"]
        assert client.get("/v2/models/plain").json()["versions"] == ["1"]


@contextmanager
def begun(client):
    """A request whose body has not all come; gives what sends the rest and takes the answer."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, timeout=60) as connection:
        head = f"POST {URL} HTTP/1.1\r\nHost: here\r\nContent-Length: 11\r\n\r\n"
        connection.sendall(head.encode() + b'[{"x":')
        until(lambda: metrics(client).get("taurus_requests_in_flight"))

        def finish() -> bytes:
            connection.sendall(b"1.5}]")
            return connection.makefile("rb").readline()

        yield finish


def test_requests_that_began_are_answered_when_the_server_stops(versions):
    with (
        ExitStack() as after,
        ThreadPoolExecutor(1) as pool,
        serving(Repository.folder(versions(1))) as client,
    ):
        finish = after.enter_context(begun(client))
        answer = pool.submit(lambda: (until(lambda: not connects(client)), finish())[1])
    assert answer.result() == b"HTTP/1.1 200 OK\r\n"


def connects(client):
    try:
        socket.create_connection((client.base_url.host, client.base_url.port)).close()
    except OSError:
        return False
    return True


def test_too_many_requests_at_a_time_are_told_to_try_again(versions):
    with (
        serving(Repository.folder(versions(1)), Settings(Limits(requests=1))) as client,
        begun(client) as finish,
    ):
        answer = client.post(URL, json=[])
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "1"
        assert finish() == b"HTTP/1.1 200 OK\r\n"
        until(lambda: client.post(URL, json=[]).status_code == 200)


def test_an_answer_that_takes_too_long_is_given_up(versions):
    rows = [{"x": 1.0}] * 50_000
    with serving(Repository.folder(versions(1)), Settings(Limits(work_seconds=0.001))) as client:
        answer = client.post(URL, json=rows)
        assert answer.status_code == 503
        assert "longer than 0.001 s" in answer.json()["error"]
        assert client.post(URL, json=[{"x": 1.0}]).status_code == 200
        until(lambda: not metrics(client).get("taurus_requests_in_flight"))

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from taurus_beam.errors import EngineError
from taurus_beam.runners import preflight
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.preflight import check
from taurus_beam.runners.profiles import PROFILES, Profile, profile
from taurus_beam.runners.profiles.base import Job

GOOD_DATAFLOW = {
    "project": "my-project",
    "region": "us-central1",
    "image": "gcr.io/my-project/taurus:1",
    "machine_type": "n2-standard-4",
    "service_account": "me@my-project.iam.gserviceaccount.com",
}


@pytest.fixture
def jar(tmp_path: Path) -> str:
    (tmp_path / "job-server.jar").write_bytes(b"PK")
    return str(tmp_path / "job-server.jar")


@pytest.fixture
def java(tmp_path: Path) -> Callable[[str], str]:
    """Makes a program that says it is some Java."""

    def make(version: str) -> str:
        program = tmp_path / f"java-{version}"
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        program.chmod(0o755)
        return str(program)

    return make


@pytest.fixture
def rest() -> Iterator[Callable[..., str]]:
    """Starts servers that answer as the REST API of Flink does, and gives their addresses."""
    servers = []

    def start(**overview: Any) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(overview).encode()
                self.send_response(200 if self.path == "/overview" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"localhost:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def missing(engine: Profile, job: Job | None = None, to_run: bool = True) -> list[str]:
    return [need.what for need in preflight.missing(engine, job or Job(), to_run)]


def words(engine: Profile, job: Job | None = None) -> list[str]:
    return engine.words(job or Job())


@pytest.mark.parametrize("key", PROFILES)
def test_every_setting_says_what_it_is_for_and_has_its_own_word(key: str) -> None:
    settings = PROFILES[key].settings()

    assert all(each.text and each.flags[0].startswith(f"--{key}-") for each in settings)
    flags = [flag for each in settings for flag in each.flags]
    assert len(flags) == len(set(flags))


def test_the_local_engine_works_in_as_many_processes_as_are_asked_for() -> None:
    assert words(profile("direct", {"workers": 3}))[1:] == [
        "--direct_running_mode=multi_processing",
        "--direct_num_workers=3",
    ]
    assert words(profile("direct", {"workers": 3, "mode": "multi_threading"}))[1:] == [
        "--direct_running_mode=multi_threading",
        "--direct_num_workers=3",
    ]
    assert missing(profile("direct")) == []
    assert "workers" in missing(profile("direct", {"workers": -1}))[0]


def test_large_input_is_worth_a_thread_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taurus_beam.runners.profiles.direct.cores", lambda: 8)
    monkeypatch.setattr("taurus_beam.runners.profiles.direct.memory", lambda: 3 << 30)
    direct = profile("direct")

    assert direct.weighs_input
    assert direct.describe(Job(input_bytes=200 << 20)) == "this process"
    # Memory for six of them.
    assert direct.describe(Job(input_bytes=300 << 20)) == "6 threads of this machine"
    assert profile("direct", {"workers": 0}).describe(Job()) == "8 processes of this machine"
    assert not profile("direct", {"mode": "in_memory"}).weighs_input


def test_prism_is_never_looked_for_on_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in missing(profile("prism"))[0]
    assert "no file /no/prism" in missing(profile("prism", {"location": "/no/prism"}))[0]

    cached = tmp_path / ".apache_beam/cache/prism/bin/prism"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"")
    assert missing(profile("prism")) == []
    assert f"--prism_location={cached}" in words(profile("prism"))
    assert "--environment_type=LOOPBACK" in words(profile("prism"))

    on_path = tmp_path / "prism"
    on_path.write_bytes(b"")
    on_path.chmod(0o755)
    assert f"--prism_location={on_path}" in words(profile("prism"))


def test_a_cluster_of_flink_says_its_version_and_how_much_it_can_do(
    rest: Callable[..., str], jar: str, java: Callable[[str], str], tmp_path: Path
) -> None:
    address = rest(**{"flink-version": "1.20.1", "taskmanagers": 2, "slots-total": 6})
    engine = profile(
        "flink",
        {
            "master": address,
            "job_server_jar": jar,
            "java": java("17.0.1"),
            "worker_command": "/opt/worker",
        },
    )

    assert missing(engine, Job(f"{tmp_path}/shared")) == []
    said = words(engine)
    assert {"--flink_version=1.20", "--parallelism=6", f"--flink_master={address}"} < set(said)
    assert '--environment_config={"command": "/opt/worker"}' in said
    pipeline_options(engine)


@pytest.mark.parametrize(
    ("overview", "version", "message"),
    [
        ({"flink-version": "2.3.0", "taskmanagers": 1}, None, "for which Beam has no runner"),
        ({"flink-version": "1.20.0", "taskmanagers": 1}, "2.2", "is Flink 1.20, not 2.2"),
        ({"flink-version": "1.20.0", "taskmanagers": 0}, None, "no task managers"),
        ({}, None, "No Flink answers"),
    ],
)
def test_a_cluster_of_flink_that_does_not_fit(
    rest: Callable[..., str],
    jar: str,
    java: Callable[[str], str],
    tmp_path: Path,
    overview: dict[str, Any],
    version: str | None,
    message: str,
) -> None:
    settings = {
        "master": rest(**overview),
        "version": version,
        "job_server_jar": jar,
        "java": java("11.0.2"),
        "worker_command": "/opt/worker",
    }
    (said,) = missing(profile("flink", settings), Job(str(tmp_path)))

    assert message in said


@pytest.mark.parametrize("key", ["flink", "spark"])
def test_everything_that_is_missing_is_told_at_once(
    key: str, nobody: str, java: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    master = nobody if key == "flink" else f"spark://{nobody}"
    settings = {
        "master": master,
        "job_server_jar": "/no.jar",
        "java": java("1.8.0_402"),
        "environment": "docker",
    }

    with pytest.raises(EngineError) as caught:
        check(profile(key, settings), Job(f"{tmp_path}/file/temp"))

    for part in (
        "5 things are missing",
        "is Java 8; 11 or newer",
        "no job server /no.jar",
        master,
        "No container image",
        "cannot be written",
    ):
        assert part in str(caught.value)


def test_no_java_and_what_is_none(tmp_path: Path) -> None:
    program = tmp_path / "java"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    for named, message in ((str(program), "seems not to be Java"), ("/no/java", "No Java")):
        found = missing(profile("spark", {"java": named, "job_server_jar": str(program)}))
        assert message in found[0]


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({}, "LOOPBACK"),
        ({"image": "taurus:1"}, "DOCKER"),
        ({"worker_pool": "localhost:50000"}, "EXTERNAL"),
        ({"worker_command": "/w"}, "PROCESS"),
        ({"worker_command": "/w", "environment": "loopback"}, "LOOPBACK"),
    ],
)
def test_the_settings_imply_where_workers_come_from(
    settings: dict[str, str], environment: str
) -> None:
    assert f"--environment_type={environment}" in words(profile("spark", settings))


def test_workers_of_this_process_are_out_of_reach_of_a_cluster_elsewhere(
    jar: str, java: Callable[[str], str], tmp_path: Path
) -> None:
    settings = {
        "master": "spark://cluster.invalid:7077",
        "job_server_jar": jar,
        "java": java("17"),
        "environment": "loopback",
    }
    found = missing(profile("spark", settings), Job(str(tmp_path)))

    assert any("cannot be reached from spark://cluster.invalid" in each for each in found)


def test_a_job_server_that_runs_is_used(nobody: str, rest: Callable[..., str]) -> None:
    engine = profile("flink", {"job_endpoint": nobody, "environment": "loopback"})
    assert f"No job server answers at {nobody}." in missing(engine)
    said = words(engine)
    assert {"--runner=PortableRunner", f"--job_endpoint={nobody}"} < set(said)
    assert not [word for word in said if word.startswith("--flink_")]


def test_a_complete_job_for_dataflow_lacks_only_what_is_not_installed() -> None:
    engine = profile("dataflow", GOOD_DATAFLOW)
    found = missing(engine, Job("gs://bucket/tmp"), to_run=False)

    assert [each for each in found if "is not installed" not in each] == []
    options = pipeline_options(engine, temp_location="gs://bucket/tmp").get_all_options()
    assert options["project"] == "my-project"
    assert options["sdk_container_image"] == "gcr.io/my-project/taurus:1"
    assert options["machine_type"] == "n2-standard-4"


@pytest.mark.parametrize(
    ("changed", "place", "message"),
    [
        ({"project": None}, "gs://b/t", "No project is named."),
        ({"image": None}, "gs://b/t", "No image is named."),
        ({"region": "us-central1-a"}, "gs://b/t", "The region cannot be 'us-central1-a'."),
        ({"machine_type": "big"}, "gs://b/t", "The machine_type cannot be 'big'."),
        ({"workers": 5, "max_workers": 2}, "gs://b/t", "5 workers, but no more than 2"),
        ({"disk_gb": 0}, "gs://b/t", "The number of disk_gb cannot be 0."),
        ({"staging_location": "/tmp"}, "gs://b/t", "The staging_location is '/tmp'."),
        ({}, "/tmp", "The temp_location is '/tmp'."),
        ({}, None, "No temp_location is named."),
    ],
)
def test_what_dataflow_would_refuse(
    changed: dict[str, Any], place: str | None, message: str
) -> None:
    found = missing(profile("dataflow", {**GOOD_DATAFLOW, **changed}), Job(place))

    assert any(message in each for each in found)


def test_credentials_are_asked_for_where_something_is_submitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = profile("dataflow", GOOD_DATAFLOW)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    assert any("credentials" in each for each in missing(engine, Job("gs://b/t")))

    assert not any("credentials" in each for each in missing(engine, Job("gs://b/t"), False))

    (tmp_path / "key.json").write_text("{}")
    assert not any("credentials" in each for each in missing(engine, Job("gs://b/t")))

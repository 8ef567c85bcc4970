"""Who may call: tokens, client certificates, and addresses that others reach."""

from __future__ import annotations

import ssl
import subprocess

import httpx
import pytest
from rest_server import serving

from taurus_beam.errors import EngineError
from taurus_beam.rest import Address, Repository, Settings
from taurus_beam.rest.server import check_address, open_socket

TOKEN = "s3cret-of-some-length"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("", 401),
        (TOKEN, 401),
        ("Bearer", 401),
        ("Bearer wrong", 401),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
    ],
)
def test_all_but_health_checks_need_the_token(paths, header, status):
    with serving(Repository.of(paths), Settings(token=TOKEN)) as client:
        headers = {} if header is None else {"authorization": header}
        for url in ("/v2", "/v2/models/plain", "/metrics", "/openapi.json"):
            answer = client.get(url, headers=headers)
            assert answer.status_code == status
        answer = client.post("/v1/models/plain:transform", content=b"[]", headers=headers)
        assert answer.status_code == status
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "error" in answer.json()
        for url in ("/v2/health/live", "/v2/health/ready"):
            assert client.get(url).status_code == 200


def test_others_are_served_only_where_it_is_known_who_calls():
    check_address(Address(), Settings())
    check_address(Address("::1"), Settings())
    check_address(Address("localhost"), Settings())
    check_address(Address("0.0.0.0"), Settings(token=TOKEN))
    check_address(Address("0.0.0.0"), Settings(), anonymous=True)
    for host in ("0.0.0.0", "::", "example.org"):
        with pytest.raises(EngineError, match="could call the server"):
            check_address(Address(host), Settings())
    with pytest.raises(EngineError, match="no file"):
        check_address(Address(certificate="nowhere.pem"), Settings())
    with pytest.raises(EngineError, match="need HTTPS"):
        check_address(Address(client_authority="nowhere.pem"), Settings())


def test_a_port_that_is_taken_is_told():
    taken = open_socket(Address(port=0))
    try:
        with pytest.raises(EngineError, match="cannot be listened on"):
            open_socket(Address(port=taken.getsockname()[1]))
    finally:
        taken.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """`server` and `client`, each with a key and its own authority."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "client"):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        command += ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"]
        command += ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def test_who_shows_no_certificate_is_not_served(paths, certificates):
    pem = {
        n: str(certificates / n) for n in ("server.pem", "server.key", "client.pem", "client.key")
    }
    address = Address(
        port=0,
        certificate=pem["server.pem"],
        key=pem["server.key"],
        client_authority=pem["client.pem"],
    )
    trusting = ssl.create_default_context(cafile=pem["server.pem"])
    known = ssl.create_default_context(cafile=pem["server.pem"])
    known.load_cert_chain(pem["client.pem"], pem["client.key"])
    with serving(Repository.of(paths), Settings(), address) as plain:
        url = f"https://127.0.0.1:{plain.base_url.port}/v2/health/live"
        assert httpx.get(url, verify=known).json() == {"live": True}
        with pytest.raises(httpx.TransportError):
            httpx.get(url, verify=trusting)
        with pytest.raises(httpx.TransportError):
            plain.get("/v2/health/live")


def test_a_certificate_that_is_none_is_told(paths, certificates, tmp_path):
    (tmp_path / "no.pem").write_text("nothing")
    address = Address(port=0, certificate=str(tmp_path / "no.pem"))
    with (
        pytest.raises(EngineError, match="certificate cannot be used"),
        serving(Repository.of(paths), Settings(), address),
    ):
        pass

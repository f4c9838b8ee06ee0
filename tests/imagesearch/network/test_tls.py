"""https: the name is proven, not the address, and nobody is trusted who cannot."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest

from imagesearch.errors import FetchError
from imagesearch.network.http import fetch
from tests.support.strangers import PICTURE, Server, known_names


@pytest.fixture(autouse=True)
def private(settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    settings.FETCH_TIMEOUT = 5.0


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    return known_names(monkeypatch)


def failed(url: str) -> str:
    with pytest.raises(FetchError) as failure:
        fetch(url)
    return str(failure.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of pictures.example, signed by itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pictures.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "pictures.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path, settings: Any, names: dict[str, list[str]]) -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    names["pictures.example"] = names["other.example"] = ["127.0.0.1"]
    with Server(context) as server:
        context.sni_callback = lambda _, name, __: server.requests.append(f"SNI {name}")
        settings.FETCH_PORTS = (server.port,)
        yield server


def test_https_checks_the_name_and_not_the_address(
    secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    assert fetch(secure.url(host="pictures.example")).content == PICTURE
    assert secure.requests[0] == "SNI pictures.example"
    assert "cannot prove that it is other.example" in failed(secure.url(host="other.example"))
    assert "cannot prove" in failed(secure.url())


def test_https_trusts_no_stranger(secure: Server) -> None:
    assert "cannot prove" in failed(secure.url(host="pictures.example"))
    assert [request for request in secure.requests if request.startswith("GET")] == []


def test_a_server_that_speaks_no_tls_fails(settings: Any) -> None:
    def reject() -> None:
        with plain.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as plain:
        settings.FETCH_PORTS = (plain.getsockname()[1],)
        threading.Thread(target=reject, daemon=True).start()
        assert "cannot be reached" in failed(f"https://127.0.0.1:{settings.FETCH_PORTS[0]}/")

"""DATABASE_URL: what it becomes, what it refuses, and that TLS lets nobody stand in for the server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

from imagesearch.database import urls
from imagesearch.database.transactions import number
from imagesearch.database.urls import describe
from tests.support.proxy import Proxy
from tests.support.tidb_server import binary, server

PLAIN = {
    "charset": "utf8mb4",
    "isolation_level": "read committed",
    "connect_timeout": 5,
    "read_timeout": 60,
    "write_timeout": 60,
}


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules that were asked for; all of them are taken to be there."""
    asked: list[str] = []
    monkeypatch.setattr(urls, "import_module", asked.append)
    return asked


def refused(url: str) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        describe(url)
    return str(caught.value)


def test_sqlite_is_a_file_with_our_pragmas(driver: list[str]) -> None:
    found = describe("sqlite:////data/gallery.sqlite3")
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", "/data/gallery.sqlite3")
    assert found["OPTIONS"] == urls.SQLITE_OPTIONS
    assert driver == []


@pytest.mark.parametrize(
    ("url", "engine", "port"),
    [
        ("tidb://anna:secret@db.example/pictures", "django_tidb", 4000),
        ("tidb://anna:secret@db.example:4001/pictures", "django_tidb", 4001),
        ("mysql://anna:secret@db.example/pictures", "django.db.backends.mysql", ""),
        ("mysql://anna:secret@db.example:4001/pictures", "django.db.backends.mysql", 4001),
    ],
)
def test_both_schemes_are_tidb(url: str, engine: str, port: Any, driver: list[str]) -> None:
    found = describe(url)
    expected = {"ENGINE": engine, "HOST": "db.example", "PORT": port, "NAME": "pictures", "USER": "anna"}
    assert {name: found[name] for name in expected} == expected
    assert found["PASSWORD"] == "secret"
    assert found["OPTIONS"] == PLAIN
    assert found["CONN_HEALTH_CHECKS"]
    assert found["TEST"] == {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_0900_ai_ci"}
    assert found["TEST"] is not describe(url)["TEST"]  # Django writes into it
    assert driver[:2] == ["MySQLdb", engine]


def test_special_signs_are_percent_encoded(driver: list[str]) -> None:
    found = describe("tidb://prefix.root:p%40ss%2F%20word@db.example/pictures%26more")
    assert (found["USER"], found["PASSWORD"]) == ("prefix.root", "p@ss/ word")
    assert found["NAME"] == "pictures&more"


@pytest.mark.parametrize("host", ["localhost", ""])
def test_this_machine_is_reached_by_tcp(host: str, driver: list[str]) -> None:
    """The driver would look for the socket file of a MySQL."""
    assert describe(f"tidb://{host}/pictures")["HOST"] == "127.0.0.1"
    assert describe("tidb://[::1]:4000/pictures")["HOST"] == "::1"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("ssl_mode=VERIFY_IDENTITY", {"ssl_mode": "VERIFY_IDENTITY"}),
        ("ssl-mode=verify_ca", {"ssl_mode": "VERIFY_CA"}),
        ("ssl_mode=DISABLED", {"ssl_mode": "DISABLED"}),
        ("ssl_mode=VERIFY_CA&ssl_ca=/ca.pem", {"ssl_mode": "VERIFY_CA", "ssl": {"ca": "/ca.pem"}}),
        (
            "ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem&ssl_cipher=X",
            {
                "ssl_mode": "VERIFY_IDENTITY",
                "ssl": {"ca": "/ca.pem", "cert": "/c.pem", "key": "/k.pem", "cipher": "X"},
            },
        ),
        (
            "ssl-ca=/ca.pem&ssl-cert=/c.pem&ssl-key=/k.pem",
            {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": "/ca.pem", "cert": "/c.pem", "key": "/k.pem"}},
        ),
        ("ssl-capath=/etc/ssl", {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"capath": "/etc/ssl"}}),
        ("connect_timeout=2&read-timeout=7", {"connect_timeout": 2, "read_timeout": 7}),
    ],
)
@pytest.mark.parametrize("scheme", ["tidb", "mysql"])
def test_options_in_either_spelling_are_the_drivers(
    scheme: str, options: str, expected: dict[str, Any], driver: list[str]
) -> None:
    assert describe(f"{scheme}://db.example:4000/pictures?{options}")["OPTIONS"] == PLAIN | expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("tidb://anna:secret@db.example", "names no database"),
        ("tidb://anna:secret@db.example/", "names no database"),
        ("postgres://anna:secret@db.example/pictures", "begins with postgres://"),
        ("oceanbase://anna:secret@db.example/pictures", "not valid"),
        ("tidb://anna:secret@db.example:99999/pictures", "not valid"),
        ("gallery.sqlite3", "not valid"),
        ("tidb://anna:secret@db.example/x?ssl_mode=ON", "ssl_mode=ON; it takes one of DISABLED, VERIFY_CA"),
        ("tidb://anna:secret@db.example/x?ssl_mode=REQUIRED", "do not verify the server"),
        ("tidb://anna:secret@db.example/x?ssl_mode=preferred", "do not verify the server"),
        ("tidb://anna:secret@db.example/x?ssl_mode=DISABLED&ssl-ca=/ca.pem", "ssl_mode=DISABLED and"),
        ("tidb://anna:secret@db.example/x?ssl_mode=VERIFY_CA&ssl_mode=DISABLED", "it takes one of"),
        ("tidb://anna:secret@db.example/x?sslmode=require", "sslmode=require; behind its question mark"),
        ("tidb://anna:secret@db.example/x?read_timeout=soon", "read_timeout=soon"),
        ("tidb://anna:secret@db.example/x?read_timeout=0", "read_timeout=0"),
    ],
)
def test_an_invalid_url_is_refused_with_the_reason(url: str, reason: str, driver: list[str]) -> None:
    sentence = refused(url)
    assert reason in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize("missing", ["MySQLdb", "django_tidb"])
def test_a_missing_driver_is_named_with_its_fix(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        if name == missing:
            raise ImportError(f"No module named '{missing}'")

    monkeypatch.setattr(urls, "import_module", load)
    sentence = refused("tidb://db.example/pictures")
    assert f"No module named '{missing}'" in sentence
    assert "pip install -e '.[tidb]'" in sentence
    if missing == "django_tidb":  # Django's own engine does without
        assert describe("mysql://db.example:4000/pictures")["ENGINE"] == "django.db.backends.mysql"


# TLS, with a real server and certificates made here.


class Secure(NamedTuple):
    port: int
    ours: Path
    """The certificate of the authority that signed the server's."""
    foreign: Path
    """That of another, which did not."""
    swap: Any
    """A function that gives the server the certificate of this name."""


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def authority(folder: Path, name: str) -> Path:
    path = folder / f"{name}.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key",
            "-out", str(path))  # fmt: skip
    return path


def signed(folder: Path, ca: Path, name: str, also: str) -> Path:
    """The certificate of a server of this name, beside its key."""
    path, request, names = folder / f"{name}.pem", folder / f"{name}.csr", folder / f"{name}.txt"
    names.write_text(f"subjectAltName={also}")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{folder}/{name}.key", "-out", str(request))  # fmt: skip
    openssl("x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey", str(ca.with_suffix(".key")),
            "-CAcreateserial", "-days", "2", "-extfile", str(names), "-out", str(path))  # fmt: skip
    return path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    if not (binary() and shutil.which("openssl")):
        pytest.skip("needs tidb-server and openssl")
    folder = tmp_path_factory.mktemp("tls")
    ours, foreign = authority(folder, "ours"), authority(folder, "foreign")
    signed(folder, ours, "here", "IP:127.0.0.1")
    signed(folder, ours, "elsewhere", "DNS:elsewhere.example")
    shown, key = folder / "server.pem", folder / "server.key"

    def swap(name: str) -> None:
        shutil.copy(folder / f"{name}.pem", shown)
        shutil.copy(folder / f"{name}.key", key)

    swap("here")
    security = f'[security]\nssl-ca = "{ours}"\nssl-cert = "{shown}"\nssl-key = "{key}"\n'
    with server(config=security) as started:
        yield Secure(started.port, ours, foreign, swap)


def cipher(port: int, options: str = "") -> str:
    """What the connection of such a URL is encrypted with; empty in plain text. Raises OperationalError."""
    scheme = "tidb" if connection.settings_dict["ENGINE"] == "django_tidb" else "mysql"
    found: dict[str, Any] = {
        **connection.settings_dict,
        **describe(f"{scheme}://root@127.0.0.1:{port}/test{options}"),
    }
    wrapper: BaseDatabaseWrapper = import_string(f"{found['ENGINE']}.base.DatabaseWrapper")(found, "secure")
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            return str(cursor.fetchone()[1])
    finally:
        wrapper.close()


def is_refused(port: int, options: str) -> bool:
    with pytest.raises(OperationalError) as caught:
        cipher(port, options)
    return number(caught.value) == 2026


@pytest.mark.tidb
@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["", "ssl_mode=VERIFY_CA&", "ssl_mode=VERIFY_IDENTITY&"])
def test_a_server_that_our_authority_vouches_for_is_spoken_to_in_secret(secure: Secure, mode: str) -> None:
    assert cipher(secure.port, f"?{mode}ssl_ca={secure.ours}").startswith("TLS_")
    assert cipher(secure.port) == ""  # the server would talk in plain text, too


@pytest.mark.tidb
@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["", "ssl_mode=VERIFY_CA&", "ssl_mode=VERIFY_IDENTITY&"])
def test_a_server_that_another_vouches_for_is_refused(secure: Secure, mode: str) -> None:
    assert is_refused(secure.port, f"?{mode}ssl-ca={secure.foreign}")
    assert is_refused(secure.port, f"?{mode}ssl-ca={secure.ours}.missing")


@pytest.mark.tidb
@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["VERIFY_CA", "VERIFY_IDENTITY"])
def test_without_an_authority_only_those_that_the_system_trusts_count(secure: Secure, mode: str) -> None:
    assert is_refused(secure.port, f"?ssl_mode={mode}")


@pytest.mark.tidb
@pytest.mark.django_db
def test_a_server_of_another_name_is_refused(secure: Secure) -> None:
    try:
        secure.swap("elsewhere")
        reload_certificate(secure)
        assert is_refused(secure.port, f"?ssl_mode=VERIFY_IDENTITY&ssl_ca={secure.ours}")
        assert is_refused(secure.port, f"?ssl_ca={secure.ours}")
    finally:
        secure.swap("here")
        reload_certificate(secure)
    assert cipher(secure.port, f"?ssl_ca={secure.ours}")


def reload_certificate(secure: Secure) -> None:
    import MySQLdb

    plain = MySQLdb.connect(host="127.0.0.1", port=secure.port, user="root")
    plain.cursor().execute("ALTER INSTANCE RELOAD TLS")
    plain.close()


class Stripping(Proxy):
    """A stranger in the middle, who takes out of the server's greeting that it could speak in secret."""

    CAPABILITY = 0x0800

    def _pass_on(self, source: Any, sink: Any) -> None:
        if source.getpeername()[1] == self.target:
            greeting = bytearray(source.recv(65536))
            # Four bytes of length, the protocol's number, the version up to a zero, an id, a salt, a zero.
            at = greeting.index(0, 5) + 1 + 4 + 8 + 1
            flags = int.from_bytes(greeting[at : at + 2], "little")
            assert flags & self.CAPABILITY
            greeting[at : at + 2] = (flags & ~self.CAPABILITY).to_bytes(2, "little")
            sink.sendall(greeting)
        super()._pass_on(source, sink)


@pytest.mark.tidb
@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["", "ssl_mode=VERIFY_CA&", "ssl_mode=VERIFY_IDENTITY&"])
def test_nobody_in_the_middle_can_take_the_secrecy_away(secure: Secure, mode: str) -> None:
    with Stripping(secure.port) as stranger:
        assert cipher(stranger.port) == ""
        assert is_refused(stranger.port, f"?{mode}ssl_ca={secure.ours}")

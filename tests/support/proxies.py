"""nginx, Caddy and Apache with the very blocks of docs/deployment.md, each before a gallery of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings

from tests.support.serving import environment, prepare, serving
from tests.support.tidb_server import free_port

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"^```(nginx|caddyfile|apache)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BOUNDARY = "gallery-test-boundary"
STRANGER = "127.0.0.2"
"""Where visitors come from: not the address of the proxy, which is trusted."""
KEEPER = """
import django
django.setup()
from django.contrib.auth.models import User
from gallery.models import ApiToken
print(ApiToken.issue(User.objects.create_superuser("keeper", password="a good password")))
"""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Gallery(NamedTuple):
    """A gallery that runs; `public` is its PUBLIC_URL, `token` a superuser's."""

    public: str
    port: int
    token: str

    @property
    def host(self) -> str:
        return self.public.split("/")[2]

    @property
    def prefix(self) -> str:
        return self.public.partition(self.host)[2]


class Visitor:
    """A browser that comes through the proxy at `port`; it keeps cookies and sends the token of forms."""

    def __init__(self, gallery: Gallery, port: int, address: str = STRANGER, **headers: str) -> None:
        self.gallery, self.port, self.address, self.headers = gallery, port, address, headers
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, body: bytes, kind: str, **headers: str) -> Answer:
        origin = {"Origin": f"https://{self.gallery.host}", "Content-Type": kind}
        csrf = next((value for name, value in self.cookies.items() if name.startswith("csrftoken")), "")
        return self.ask("POST", path, body, {**origin, "X-CSRFToken": csrf, **headers})

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120, source_address=(self.address, 0))
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": self.gallery.host, "Cookie": cookies, **self.headers, **headers}
        with suppress(BrokenPipeError):  # the answer may come before the whole body is sent
            connection.request(method, path, body, {name: value for name, value in sent.items() if value})
        response: HTTPResponse = connection.getresponse()
        answer = Answer(
            response.status,
            dict(response.headers),
            response.headers.get_all("Set-Cookie", []),
            response.read(),
        )
        connection.close()
        for line in answer.cookies:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def log_in(self) -> Answer:
        path = f"{self.gallery.prefix}/login/"
        self.get(path)
        fields = urlencode({"username": "keeper", "password": "a good password"}).encode()
        return self.post(path, fields, "application/x-www-form-urlencoded")

    def upload(self, path: str, content: bytes, **headers: str) -> Answer:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
        return self.post(
            path,
            head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode(),
            f"multipart/form-data; boundary={BOUNDARY}",
            **headers,
        )


def block(kind: str, under_a_path: bool) -> str:
    """The document's block for this server: the first is for a host of its own, the second for a path."""
    text = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    return [body for name, body in BLOCKS.findall(text) if name == kind][under_a_path]


def nginx(site: str, port: int, gallery: Gallery, folder: Path) -> list[str]:
    site = re.sub(r"^ *ssl_.*\n", "", site, flags=re.MULTILINE).replace("443 ssl", f"127.0.0.1:{port}")
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = (
        f"{user} daemon off; pid {folder}/pid; events {{}}\nhttp {{ access_log off; {temporary}\n{site}}}"
    )
    (folder / "nginx.conf").write_text(config)
    return ["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(site: str, port: int, gallery: Gallery, folder: Path) -> list[str]:
    site = site.replace(f"{gallery.host} {{", f"http://{gallery.host}:{port} {{\n bind 127.0.0.1")
    (folder / "Caddyfile").write_text(f"{{\n admin off\n auto_https off\n}}\n{site}")
    return ["caddy", "run", "--config", str(folder / "Caddyfile")]


def apache(site: str, port: int, gallery: Gallery, folder: Path) -> list[str]:
    site = re.sub(r"^ *SSL.*\n", "", site, flags=re.MULTILINE).replace("*:443", f"127.0.0.1:{port}")
    names = ("mpm_event", "authz_core", "proxy", "proxy_http", "alias")
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in names)
    base = f"ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\nErrorLog {folder}/log\n"
    user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    (folder / "apache.conf").write_text(
        f"{modules}{base}{user}ServerName localhost\nListen 127.0.0.1:{port}\n{site}"
    )
    return ["apache2", "-f", str(folder / "apache.conf"), "-DFOREGROUND"]


PROXIES = {"nginx": ("nginx", nginx), "caddyfile": ("caddy", caddy), "apache": ("apache2", apache)}


@contextmanager
def proxy(kind: str, site: str, gallery: Gallery, folder: Path) -> Iterator[int]:
    """Run it with this configuration of a site; gives its port."""
    port = free_port()
    folder.mkdir(parents=True)
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{gallery.port}")
    command = PROXIES[kind][1](site, port, gallery, folder)
    with running(command, port, {**os.environ, "HOME": str(folder)}):
        yield port


def is_installed(kind: str) -> bool:
    return shutil.which(PROXIES[kind][0]) is not None


@contextmanager
def gallery_at(data: Path, public: str, **more: str) -> Iterator[Gallery]:
    """The web server on an empty library with a user “keeper”."""
    more = {"PUBLIC_URL": public, "TRUSTED_PROXIES": "127.0.0.1", "EMBED_ON_SAVE": "inline", **more}
    prepare(data)
    prepared = subprocess.run(
        [sys.executable, "-c", KEEPER],
        cwd=settings.BASE_DIR,
        env=environment(data, 1, **more),
        check=True,
        capture_output=True,
        text=True,
    )
    with serving(data, **more) as running:
        yield Gallery(public, running.port, prepared.stdout.split()[-1])


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not answers(port):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    """Whether something listens; False after a short pause."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        time.sleep(0.05)
        return False
    return True

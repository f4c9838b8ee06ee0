"""Wheel and source distribution hold what the repository lists, and an installed wheel is a gallery."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.serving import Running
from tests.support.tidb_server import free_port
from tests.support.timing import PATIENCE, wait_until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PLACES = {
    "imagesearch": "imagesearch",
    "gallery": "gallery",
    "templates": "gallery/templates",
    "static": "gallery/static",
}
"""Folders of the repository, and where the wheel has them."""
NOT_SHIPPED = (".ci/", ".github/", ".git", ".pre-commit", ".editorconfig")
BUILD = "import sys; from setuptools import build_meta; build_meta.{function}(sys.argv[1])"


def listed() -> set[str]:
    """The paths that git lists; new ones too, before they are committed."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no git checkout, so there is no list to compare with")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in names.split("\0") if name and (ROOT / name).exists()}


def build(source: Path, function: str, folder: Path) -> Path:
    """What setuptools makes of this source, without the network."""
    ended = subprocess.run(
        [sys.executable, "-c", BUILD.format(function=function), str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository: to build leaves files beside what it builds."""
    import setuptools

    if int(setuptools.__version__.split(".")[0]) < 77:
        pytest.skip("needs setuptools 77, as pyproject.toml says: pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("source")
    for name in listed():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, "build_wheel", tmp_path_factory.mktemp("wheel"))


def files(wheel: Path) -> set[str]:
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if ".dist-info/" not in name}


def test_the_wheel_holds_what_git_lists(wheel: Path) -> None:
    expected = {
        f"{PLACES[folder]}/{rest}"
        for folder, _, rest in (name.partition("/") for name in listed())
        if folder in PLACES
    }
    assert files(wheel) == expected
    assert {"imagesearch/py.typed", "gallery/py.typed", "gallery/openapi.json"} <= expected


def test_the_source_distribution_holds_what_git_lists_and_makes_the_same_wheel(
    source: Path, wheel: Path, tmp_path: Path
) -> None:
    (tmp_path / "sdist").mkdir()
    (tmp_path / "again").mkdir()
    archive = build(source, "build_sdist", tmp_path / "sdist")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    held = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert {name for name in listed() if not name.startswith(NOT_SHIPPED)} - held == set()
    assert files(build(unpacked, "build_wheel", tmp_path / "again")) == files(wheel)


# --- installed -------------------------------------------------------------------------------------


class Installed:
    """The wheel in an environment of its own, with this one's libraries, and a folder to work in."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        # A folder of pictures may hold files of any name; none of them must be imported as a module.
        (self.folder / "queue.py").write_text("raise SystemExit('the current folder was imported')")
        venv.create(folder / "env", symlinks=os.name == "posix")
        self.bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
        (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install"]
        subprocess.run(
            [*pip, "--quiet", "--no-deps", "--no-index", "--force-reinstall", str(wheel)], check=True
        )
        self.packages = site
        self.port = free_port()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATA_DIR", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
        } | {"PORT": str(self.port), "PYTHONUNBUFFERED": "1"}

    def command(self, *arguments: str) -> list[str]:
        return [str(self.bin / "imagesearch-gallery"), *arguments]

    def run(self, *arguments: str) -> str:
        return self.output(self.command(*arguments))

    def python(self, code: str) -> str:
        return self.output([str(self.bin / "python"), "-P", "-c", code])

    def output(self, command: list[str]) -> str:
        ended = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Running]:
        """A command that serves, until the end of the block; then it ends as on Ctrl-C."""
        log = self.folder.parent / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=self.environment, stdout=file, stderr=file
            )
        running = Running(process, self.port, log)
        try:
            wait_until(lambda: process.poll() is not None or running.is_live())
            assert process.poll() is None, running.log
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_an_installed_wheel_is_a_gallery_in_the_current_folder(installed: Installed) -> None:
    where = installed.python("import imagesearch, gallery; print(imagesearch.__file__, gallery.__file__)")
    assert all(Path(path).is_relative_to(installed.packages) for path in where.split())
    assert not (installed.folder / "data").exists()
    installed.run("check")
    assert not (installed.folder / "data").exists()
    installed.run("migrate", "--verbosity=0")
    assert (installed.folder / "data" / "gallery.sqlite3").exists()
    installed.run("makemigrations", "--check", "--dry-run")
    with installed.running("run") as gallery:
        page = gallery.get("/")
        assert page.status == 200
        style = re.search(rb'href="(/static/[^"]+\.css)"', page.body)
        assert style is not None
        assert gallery.get(style[1].decode()).status == 200
        assert gallery.get("/api/openapi.json").status == 200
        assert gallery.get("/admin/login/").status == 200
        wait_until(lambda: b"The lighthouse by day" in gallery.get("/search/?q=lighthouse").body)
    assert gallery.process.returncode == 0, gallery.log

"""Programs of a page's shell blocks: `python shims.py PROGRAM ARGUMENT…` runs it here, or checks what it can.

Most programs run as they are. Those of NOT_RUN need what a test machine does not have; their arguments are
checked, and that they were not run is written to the file that SHIM_LOG names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
NOT_RUN = {
    "make": "installs and serves; its targets are resolved by make --dry-run",
    "docker": "needs a container engine; the services of compose.yaml are checked",
    "sudo": "changes the system",
    "pre-commit": "changes the repository; its configuration has a test",
    "tiup": "downloads a TiDB of its own",
    "pip": "needs the internet; from a folder it installs",
    "pip -e": "changes the environment of the tests; the extras are checked",
    "curl https": "needs the internet",
}
LEFT_OUT = {".git", ".venv", "build", "data", "node_modules", "tests"}
"""Of the project's folder: what its package is not made of."""
COMPOSE = {"up", "down", "logs", "exec"}
STAYS = {"serve", "run", "runserver"}
PATIENCE = 60.0


def not_run(program: str, arguments: list[str]) -> int:
    with Path(os.environ["SHIM_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{program}\t{' '.join(arguments)}\n")
    return 0


def run(*command: str, **options: str) -> int:
    return subprocess.run(command, env={**os.environ, **options}).returncode


def python(arguments: list[str]) -> int:
    """The tests' own, with what `pip install` of this folder has brought; servers go on in the background."""
    if arguments[:2] == ["-m", "venv"]:
        return venv(Path(arguments[2]))
    if arguments[:1] == ["manage.py"] and STAYS & set(arguments[1:2]):
        return stay([sys.executable, *arguments])
    return run(sys.executable, *arguments)


def stay(command: list[str]) -> int:
    """Start a server and wait until it answers."""
    if command[2] == "runserver":
        command = [*command, "--noreload"]
    log = Path(os.environ["SHIM_LOG"]).with_suffix(".server")
    process = subprocess.Popen(command, stdout=log.open("wb"), stderr=subprocess.STDOUT)
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            urlopen(f"http://127.0.0.1:{os.environ['PORT']}/", timeout=5).close()
            return 0
        except OSError as error:
            if hasattr(error, "code"):  # an answer, though of an error
                return 0
            time.sleep(0.05)
    sys.stderr.write(log.read_text(encoding="utf-8"))
    return 1


def venv(folder: Path) -> int:
    """As `python -m venv` makes it, but that its programs are these."""
    shutil.copytree(os.environ["SHIMS"], folder / "bin")
    shutil.copy(folder / "bin/python3", folder / "bin/python")
    return 0


def pip(arguments: list[str]) -> int:
    """`install FOLDER` builds the package and installs it without an index, into a folder of its own."""
    *options, requirement = arguments
    if "/" not in requirement and requirement[0] != ".":
        return not_run("pip", arguments)
    folder, extra = re.fullmatch(r"([^\[]+)(?:\[(\w+)\])?", requirement).groups()  # type: ignore[union-attr]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if extra and extra not in project["optional-dependencies"]:
        sys.exit(f"pyproject.toml has no extra {extra}")
    if "-e" in options:
        return not_run("pip -e", arguments)
    source = Path(os.environ["SHIM_LOG"]).parent / "source"
    shutil.copytree(folder, source, ignore=lambda path, names: LEFT_OUT if path == folder else set())
    command = "-m pip install --quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check"
    return run(sys.executable, *command.split(), "--target", os.environ["SITE"], str(source))


def curl(arguments: list[str]) -> int:
    """To this machine alone. Fails where the answer's status is an error; an ETag `…` is asked for first."""
    if any(argument.startswith("https://") for argument in arguments):
        return not_run("curl https", arguments)
    program = shutil.which("curl", path=os.environ["REAL_PATH"])
    if program is None:
        sys.exit("curl is not installed")
    given = [argument for argument in arguments if "…" not in argument]
    if given != arguments:
        url = next(argument for argument in arguments if argument.startswith("http"))
        token = next(argument for argument in arguments if argument.startswith("Authorization"))
        asked = [program, "-sS", "-D", "-", "-o", os.devnull, "-H", token, url]
        head = subprocess.check_output(asked, text=True)
        etag = re.search(r"(?im)^etag: (.+?)\s*$", head)
        arguments = [re.sub('".*…"', etag[1] if etag else "", argument) for argument in arguments]
    return run(program, "--silent", "--show-error", "--fail-with-body", *arguments)


def make(arguments: list[str]) -> int:
    program = shutil.which("make", path=os.environ["REAL_PATH"])
    if program is None:
        return not_run("make", arguments)
    not_run("make", arguments)
    return subprocess.run(
        [program, "--dry-run", "-C", str(ROOT), *arguments], stdout=subprocess.DEVNULL
    ).returncode


def docker(arguments: list[str]) -> int:
    if arguments[0] == "compose":
        _, command, *rest = arguments
        if command not in COMPOSE:
            sys.exit(f"docker compose {command}?")
        services = (ROOT / "compose.yaml").read_text(encoding="utf-8")
        named = [word for word in rest if not word.startswith("-")][:1]
        if named and not re.search(rf"^  {named[0]}:$", services, re.M):
            sys.exit(f"compose.yaml has no service {named[0]}")
    return not_run("docker", arguments)


def main(program: str, arguments: list[str]) -> int:
    known = {"python3": python, "pip": pip, "curl": curl, "make": make, "docker": docker}
    return known[program](arguments) if program in known else not_run(program, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

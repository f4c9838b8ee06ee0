"""Runs the suite as on other machines: `python -m tests.everywhere [NAME…] [-- ARGUMENTS OF PYTEST]`.

BLAS kernels, time zones, locales, one core and other Pythons, each combination in a process of its own; what
this machine lacks is said and left out. Other Pythons need an environment each: PYTHONS="…/bin/python …".
"""

from __future__ import annotations

import locale
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
# Kernels of OpenBLAS, and what each needs of the processor.
KERNELS = {"Haswell": "avx2", "SkylakeX": "avx512f", "Zen": "avx2", "Sandybridge": "avx"}
ZONES = ("Pacific/Auckland", "America/St_Johns")
LOCALES = ("C", "de_DE.UTF-8", "tr_TR.UTF-8")
ARGUMENTS = ["-q", "-n", "auto", "-m", "not browser", "-p", "no:cacheprovider"]


class Setting(NamedTuple):
    """One way to run the suite; `lacking` says why this machine cannot."""

    name: str
    variables: dict[str, str] = {}
    before: tuple[str, ...] = ()
    python: str = sys.executable
    lacking: str = ""


def settings() -> Iterator[Setting]:
    yield Setting("plain")
    for kernel, feature in KERNELS.items():
        lacking = "" if feature in processor_features() else f"the processor has no {feature}"
        yield Setting(f"OPENBLAS_CORETYPE={kernel}", {"OPENBLAS_CORETYPE": kernel}, lacking=lacking)
    for zone in ZONES:
        yield Setting(f"TZ={zone}", {"TZ": zone})
    for name in LOCALES:
        lacking = "" if has_locale(name) else "this locale is not installed"
        yield Setting(f"LANG={name}", {"LANG": name, "LC_ALL": name}, lacking=lacking)
    taskset = shutil.which("taskset")
    yield Setting("one core", before=("taskset", "-c", "0"), lacking="" if taskset else "there is no taskset")
    for python in os.environ.get("PYTHONS", "").split():
        yield Setting(version(python), python=python)


def processor_features() -> set[str]:
    """As Linux tells them; elsewhere OpenBLAS is left to choose."""
    try:
        line = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="ascii"), re.M)
    except OSError:
        return set()
    return set(line.group(1).split()) if line else set()


def has_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return True


def version(python: str) -> str:
    command = [python, "-c", "import platform; print(platform.python_version())"]
    return "Python " + subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def run(setting: Setting, arguments: list[str]) -> bool:
    """Run the suite so, and print what came of it. Returns whether all passed."""
    if setting.lacking:
        print(f"{setting.name:32} left out: {setting.lacking}", flush=True)
        return True
    command = [*setting.before, setting.python, "-m", "pytest", *ARGUMENTS, *arguments]
    started = time.monotonic()
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | setting.variables, capture_output=True, encoding="utf-8"
    )
    lines = ended.stdout.strip().splitlines() or [ended.stderr]
    print(f"{setting.name:32} {lines[-1].strip('= ')} ({time.monotonic() - started:.0f} s)", flush=True)
    for line in lines:
        if line.startswith(("FAILED", "ERROR")):
            print(f"    {line}", flush=True)
    return ended.returncode == 0


def main(words: list[str]) -> int:
    cut = words.index("--") if "--" in words else len(words)
    names, arguments = words[:cut], words[cut + 1 :]
    chosen = [setting for setting in settings() if not names or any(name in setting.name for name in names)]
    passed = [run(setting, arguments) for setting in chosen]
    return 0 if passed and all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

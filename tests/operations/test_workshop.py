"""What surrounds the code: continuous integration, hooks, templates of issues, versions, and CONTRIBUTING."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
YAML = [*sorted(ROOT.glob(".github/**/*.yml")), ROOT / ".pre-commit-config.yaml", ROOT / "compose.yaml"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CI: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([\w$()/.-]+):", MAKEFILE.replace("$(VENV)", ".venv"), re.M))
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def steps() -> list[dict[str, Any]]:
    return [step for job in CI["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_each_yaml_file_can_be_read(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


def test_the_matrix_is_all_pythons_on_both_databases() -> None:
    classified = {
        name.rpartition(" ")[2]
        for name in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", name)
    }
    assert min(classified) == PROJECT["project"]["requires-python"].removeprefix(">=")
    for job in ("sqlite", "tidb"):
        assert set(CI["jobs"][job]["strategy"]["matrix"]["python"]) == classified
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert CI["jobs"]["tidb"]["services"]["tidb"]["image"] == compose["services"]["tidb"]["image"]


def test_actions_are_pinned_to_a_major_version() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action)] == []


def test_the_jobs_run_what_is_there() -> None:
    commands = "\n".join(step["run"] for step in steps() if "run" in step)
    named = {
        target
        for line in re.findall(r"^make (.*)$", commands, re.M)
        for target in re.findall(r"(?<!\S)([a-z.][\w./-]*)(?=\s|$)", line)
    }
    assert named <= TARGETS, named - TARGETS
    paths = re.findall(r"\btests/[\w/]+\.py", commands)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert {job.get("timeout-minutes") is not None for job in CI["jobs"].values()} == {True}


def test_updates_are_looked_for_wherever_there_are_dependencies() -> None:
    bot = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))
    watched = {update["package-ecosystem"] for update in bot["updates"]}
    files = {"pip": "pyproject.toml", "docker": "Dockerfile", "npm": "package.json"}
    assert {name for name, path in files.items() if (ROOT / path).exists()} <= watched
    assert "github-actions" in watched


def test_hooks_are_the_tools_of_the_project() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0][
        "hooks"
    ]
    for hook in hooks:
        tool, *arguments = hook["entry"].split()
        tool = tool.removeprefix(".venv/bin/")
        assert tool == "python" or f"$(VENV)/bin/{tool}" in MAKEFILE or {*arguments} <= TARGETS


def test_the_version_has_a_section_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[?(Unreleased|\d+\.\d+\.\d+)", text, re.M)
    assert sections[0] == "Unreleased"
    assert sections[1] == PROJECT["project"]["version"]
    assert sections[1:] == sorted(sections[1:], key=lambda name: [*map(int, name.split("."))], reverse=True)


def test_a_floor_of_coverage_is_set() -> None:
    assert PROJECT["tool"]["coverage"]["report"]["fail_under"] >= 90
    assert "--cov" in MAKEFILE


def test_what_contributing_names_is_there() -> None:
    paths = re.findall(r"`((?:\.?[\w-]+/)+[\w.-]*|[\w-]+\.(?:py|toml|md|yml))`", CONTRIBUTING)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []
    named = set(re.findall(r"make ([a-z][\w-]*)", CONTRIBUTING))
    assert named <= TARGETS, named - TARGETS

"""examples/notebook.md, from the installation to the last search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.docs.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]


def test_every_step_works_as_it_is_shown(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    (tmp_path / "gallery").symlink_to(ROOT)
    try:
        for block in blocks(ROOT / "examples/notebook.md"):
            if block.file:
                terminal.write(block)
            elif block.language == "sh":
                terminal.shell(block.text)
            else:
                terminal.examples(block.text)
    finally:
        terminal.close()

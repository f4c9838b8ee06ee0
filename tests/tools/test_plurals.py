"""The lists of plurals follow from WordNet's nouns."""

from __future__ import annotations

from pathlib import Path

from tools.plurals import lines

INDEX = """  1 This software and database is being provided to you
lens n 4 1 @ 4 3 04025508
dog n 7 5 @ ~ #m #p %p 7 1 02084071
mouse n 4 4 @ ~ #m %p 4 1 02330245
specimen n 2 2 @ ~ 2 1 05817743
taxi n 1 3 @ ~ + 1 1 02930766
glass n 7 5 @ ~ #s + ; 7 4 14881303
glasses n 1 4 @ ~ %p ; 1 0 04272054
guinea_pig n 2 2 @ #m 2 0 02364520
"""


def test_what_the_rule_gets_wrong_is_listed(tmp_path: Path) -> None:
    (tmp_path / "index.noun").write_text(INDEX)
    (tmp_path / "noun.exc").write_text("mice mouse\ndogs dog\nfree_mice mouse\nlice louse\n")
    found = set(lines(tmp_path))
    assert {"irregular\tmice\tmouse", "on-s\tlens", "on-s\tspecimen", "is-us\ttaxis"} <= found
    assert not any(
        "dogs" in line or "lice" in line or "guinea" in line or "glasses" in line for line in found
    )

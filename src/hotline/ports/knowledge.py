"""The knowledge port: find published articles for somebody who has no screen for it (IVR, robot, reports of other features)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that may answer a question.

    `answer` is plain text fit to be spoken or sent (300 characters at most, whole sentences). `score` is 0..1, comparable over
    questions; `confident` says that an answer may be given without asking a person.
    """

    article_id: str
    title: str
    answer: str
    score: float
    confident: bool = False
    category: str = ""


class KnowledgeSearch(Protocol):
    """Searches what the public may read."""

    async def search(self, question: str, *, limit: int = 3, channel: str = "ivr") -> Sequence[Found]:
        """Return the best public articles, best first. Counted in the statistics of searches under `channel`. Never raises for odd text."""
        ...

    async def solved(self, article_id: str, *, solved: bool, channel: str = "ivr") -> None:
        """Keep whether an article answered the question."""
        ...

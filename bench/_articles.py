"""The articles and questions that the search is measured with."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from hotline.demo.articles_file import DemoArticle, demo_articles

QUESTIONS = Path(__file__).parent / "questions" / "colloquial.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with the articles that answer it. `tuning`: it was looked at while weights were set."""

    text: str
    answers: frozenset[str]
    tuning: bool


def questions() -> list[Question]:
    """Every question, its half told by a hash of its text."""
    found: list[Question] = []
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        article, text, *also = line.split("\t")
        tuning = hashlib.sha256(text.encode()).digest()[-1] % 2 == 0
        found.append(Question(text=text, answers=frozenset([article, *also]), tuning=tuning))
    return found


def off_topic() -> list[str]:
    """Questions that no article answers."""
    return (QUESTIONS.parent / "off_topic.txt").read_text(encoding="utf-8").splitlines()


__all__ = ["DemoArticle", "Question", "demo_articles", "off_topic", "questions"]

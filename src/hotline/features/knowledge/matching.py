"""Where a text meets a question, character by character: for highlighting, and for answers without meaning."""

import re
from typing import Final

SNIPPET: Final = 110
_RUN: Final = re.compile(r"[\u3400-\u9fff]+|[a-z0-9.]+", re.IGNORECASE)


def _pairs(question: str) -> set[str]:
    """Neighbouring characters of a question, and its letters and figures."""
    return {run[n : n + 2].lower() for run in _RUN.findall(question) for n in range(max(1, len(run) - 1))}


def share_met(question: str, text: str) -> float:
    """How much of a question's characters stands in a text."""
    wanted, there = _pairs(question), text.lower()
    return sum(pair in there for pair in wanted) / len(wanted) if wanted else 0.0


def pieces(text: str, question: str, *, whole: bool = False) -> list[tuple[str, bool]]:
    """Cut `text` into pieces that meet the question and pieces between; around the first places that do, unless `whole`."""
    wanted = _pairs(question)
    lowered = text.lower()
    hit = bytearray(len(text))
    for pair in wanted:
        at = lowered.find(pair) if pair else -1
        while at >= 0:
            hit[at : at + len(pair)] = b"\x01" * len(pair)
            at = lowered.find(pair, at + 1)
    start, end = (0, len(text)) if whole else _window(hit)
    found: list[tuple[str, bool]] = []
    for n in range(start, end):
        marked = bool(hit[n])
        if found and found[-1][1] == marked:
            found[-1] = (found[-1][0] + text[n], marked)
        else:
            found.append((text[n], marked))
    if start > 0:
        found.insert(0, ("…", False))
    if end < len(text):
        found.append(("…", False))
    return [(piece.replace("\n", " "), marked) for piece, marked in found]


def _window(hit: bytearray) -> tuple[int, int]:
    """The stretch with the most places that meet the question."""
    if len(hit) <= SNIPPET:
        return 0, len(hit)
    best, best_at, inside = -1, 0, sum(hit[:SNIPPET])
    for at in range(len(hit) - SNIPPET + 1):
        if at:
            inside += hit[at + SNIPPET - 1] - hit[at - 1]
        if inside > best:
            best, best_at = inside, at
    return best_at, best_at + SNIPPET

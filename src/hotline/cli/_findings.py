"""What a self test finds, and what to do about it."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a check ended; the sign is what people see."""

    GOOD = "✔"
    NOTE = "！"
    BAD = "✘"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it."""

    verdict: Verdict
    what: str
    mend: str = ""

"""The requirement ids that a test may claim, read from docs/requirements.txt."""

from pathlib import Path

LIST = Path(__file__).resolve().parent.parent / "docs" / "requirements.txt"


def known_requirements() -> dict[str, str]:
    """The ids of the specification with their short titles, in the specification's order."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return dict((name, title) for name, title in pairs)  # noqa: C402 - unpacking checks that each line has both

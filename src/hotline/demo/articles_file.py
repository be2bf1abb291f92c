"""The demo site's articles as they stand in `articles/*.txt`: key and title, category, other ways to ask, text with lists."""

import html
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = Path(__file__).parent / "articles"


@dataclass(slots=True, kw_only=True)
class DemoArticle:
    """One article."""

    key: str
    title: str
    category: str = ""
    similar: list[str] = field(default_factory=list[str])
    lines: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        """The body without marks."""
        return "\n".join(line.removeprefix("- ") for line in self.lines)

    @property
    def html(self) -> str:
        """The body as HTML."""
        made: list[str] = []
        items: list[str] = []
        for line in [*self.lines, ""]:
            if line.startswith("- "):
                items.append(f"<li>{html.escape(line[2:])}</li>")
                continue
            if items:
                made.append(f"<ul>{''.join(items)}</ul>")
                items = []
            if line:
                made.append(f"<p>{html.escape(line)}</p>")
        return "".join(made)


def demo_articles() -> list[DemoArticle]:
    """Every article, in the order of the files."""
    found: list[DemoArticle] = []
    for file in sorted(_FOLDER.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                key, _, title = line[2:].partition(" ")
                found.append(DemoArticle(key=key, title=title))
            elif line.startswith("category: "):
                found[-1].category = line.removeprefix("category: ")
            elif line.startswith("similar: "):
                found[-1].similar = [part.strip() for part in line.removeprefix("similar: ").split("|")]
            elif line.strip():
                found[-1].lines.append(line)
    return found

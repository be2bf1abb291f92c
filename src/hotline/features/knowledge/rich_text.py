"""Rich text of articles: made harmless, and as plain text. Nothing that runs, no foreign pictures, no styles, no forms."""

import re
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import nh3

PICTURES: Final = "/api/v1/knowledge/pictures/"
HTML_MAX: Final = 400_000
_TAGS: Final = set(
    "p br h1 h2 h3 h4 strong b em i u s sub sup ul ol li blockquote pre code hr a img table thead tbody tr th td colgroup col".split()
)
_ATTRIBUTES: Final = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_PICTURE: Final = re.compile(r"/api/v1/knowledge/pictures/[0-9a-f\-]{36}")
_BLOCKS: Final = frozenset("p h1 h2 h3 h4 li tr blockquote pre br hr table ul ol div".split())
_SPACES: Final = re.compile(r"[ \t\u00a0]+")
_LINES: Final = re.compile(r"\s*\n\s*")


def _kept(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("img", "src"):
        return value if _PICTURE.fullmatch(value) else None
    if (tag, name) == ("a", "href"):
        return value if urlsplit(value).scheme in {"http", "https", "mailto", "tel"} else None
    if name in {"colspan", "rowspan", "width", "height", "start"}:
        return value if value.isdigit() and len(value) <= 4 else None
    return value[:200]


def harmless(html: str) -> str:
    """Return `html` with only what articles may have; the same again changes nothing."""
    cleaned = nh3.clean(
        html[:HTML_MAX],
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    return cleaned.replace("<img>", "")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        _ = attrs
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def plain_text(html: str) -> str:
    """Return the words of `html`, a line for each block."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return _LINES.sub("\n", _SPACES.sub(" ", "".join(reader.pieces))).strip()


_SENTENCE: Final = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")


def spoken(text: str, limit: int = 300) -> str:
    """Return whole sentences from the beginning, `limit` characters at most: what can be said or sent."""
    found = ""
    for sentence in _SENTENCE.findall(text):
        if len(found) + len(sentence) > limit:
            break
        found += sentence.replace(
            "\n", "。" if sentence.strip() and sentence.rstrip("\n")[-1:] not in "。！？：:；，、" else ""
        )
    return (found or text[:limit]).strip()

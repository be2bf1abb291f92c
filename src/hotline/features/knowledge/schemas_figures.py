"""What the knowledge part of report 19 sends."""

from hotline.platform.schemas import Answer


class ChannelFigures(Answer):
    """Searches of a channel: `desk`, `suggest` (beside a call), `public` (citizens), `ivr` (telephone)."""

    channel: str
    searches: int
    answered: int
    nothing_found: int


class ReadArticle(Answer):
    """An article with its readings in the span, and what people ever thought of it."""

    id: str
    title: str
    reads: int
    solved: int
    unsolved: int


class AskedInVain(Answer):
    """A question that found no answer in the span, and how often."""

    question: str
    times: int


class KnowledgeFigures(Answer):
    """The knowledge part of report 19 for a span of time, in the reader's sight. Ratios are None where nothing is to be divided by."""

    searches: int
    answered: int
    nothing_found: int
    answered_rate: float | None
    reads: int
    solved: int
    unsolved: int
    solved_rate: float | None
    articles: int
    channels: list[ChannelFigures]
    hot: list[ReadArticle]
    missing: list[AskedInVain]

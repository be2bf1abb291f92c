"""What the screens of the knowledge base send and get."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from hotline.features.knowledge.models import ArticleState
from hotline.platform.schemas import Answer, ApiModel, Id, Name, Page

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Asked = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
RichText = Annotated[str, StringConstraints(max_length=400_000)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class CategoryFields(ApiModel):
    """A branch of the tree. `roles` empty: everybody may read it."""

    name: Name
    parent_id: Id | None = None
    position: Annotated[int, Field(ge=0, le=9999)] = 0
    roles: Annotated[list[Id], Field(max_length=50)] = Field(default_factory=list)


class CategoryRead(CategoryFields):
    """A branch with the number of articles right in it."""

    id: str
    authority_id: str
    articles: int = 0


class CategoryList(Answer):
    """The tree, flat."""

    items: list[CategoryRead]


class Department(ApiModel):
    """An organisation that has articles."""

    id: str
    name: str


class DepartmentList(Answer):
    """By name."""

    items: list[Department]


class ArticleFields(ApiModel):
    """An article as somebody writes it."""

    category_id: Id
    title: Title
    html: RichText = ""
    similar: Annotated[list[Asked], Field(max_length=30)] = Field(default_factory=list)
    related: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)
    public: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    review_on: date | None = None

    @model_validator(mode="after")
    def _check_days(self) -> "ArticleFields":
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("失效日期不能早于生效日期")
        return self


class ArticleNew(ArticleFields):
    """A new article. `source` says what it came from: a call, a question that found nothing."""

    source: Annotated[str, StringConstraints(max_length=64)] = ""


class ArticleSave(ArticleFields):
    """A changed article, and the revision that was changed."""

    revision: int


class ArticleBrief(Answer):
    """An article in a list."""

    id: str
    authority_id: str
    category_id: str
    title: str
    state: ArticleState
    public: bool
    revision: int
    official_version: int
    valid_from: date | None
    valid_until: date | None
    review_on: date | None
    updated_at: datetime
    updated_by: str
    updated_by_name: str = ""
    reads: int
    solved: int
    unsolved: int
    reason: str


class AttachmentRead(Answer):
    """A file of an article."""

    id: str
    name: str
    media_type: str
    size_bytes: int


class ArticleRead(ArticleBrief):
    """An article's working copy."""

    html: str
    similar: list[str]
    related: list[str]
    related_titles: dict[str, str] = Field(default_factory=dict)
    source: str
    created_by: str
    created_at: datetime
    favourite: bool = False
    attachments: list[AttachmentRead] = Field(default_factory=list)


class ArticlePage(Page[ArticleBrief]):
    """Articles, the latest changed first."""


class ArticleView(Answer):
    """An article as readers see it: the official version."""

    id: str
    version: int
    title: str
    html: str
    category: str
    similar: list[str]
    approved_at: datetime
    valid_until: date | None
    public: bool
    favourite: bool = False
    short: str
    """Plain text that fits a short message."""
    related: list["ArticleLink"] = Field(default_factory=list)
    attachments: list[AttachmentRead] = Field(default_factory=list)


class ArticleLink(Answer):
    """Another article to read."""

    id: str
    title: str


class VersionRead(Answer):
    """A version that was approved."""

    version: int
    title: str
    written_by_name: str
    approved_by_name: str
    approved_at: datetime
    note: str


class VersionList(Answer):
    """Versions, newest first."""

    items: list[VersionRead]


class DiffPiece(Answer):
    """A piece of text that is the same, was added or was removed."""

    kind: str
    text: str


class ArticleDiff(Answer):
    """What changed between two texts."""

    title: list[DiffPiece]
    body: list[DiffPiece]


class ArticleDecision(ApiModel):
    """Why something is returned or withdrawn."""

    reason: Reason


class Piece(Answer):
    """A piece of a snippet; `hit`: it meets the question."""

    text: str
    hit: bool


class Hit(Answer):
    """An article that was found."""

    id: str
    title: list[Piece]
    snippet: list[Piece]
    category: str
    score: float
    public: bool
    favourite: bool = False


class SearchAnswer(Answer):
    """What was found. `meaning` says whether meaning was looked at, or words only."""

    items: list[Hit]
    answered: bool
    meaning: bool
    took_ms: float
    ready: bool
    indexed: int
    total: int


class FeedbackFields(ApiModel):
    """Whether an article solved it."""

    solved: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class HotArticle(Answer):
    """An article with how often it was read."""

    id: str
    title: str
    reads: int


class HotList(Answer):
    """The most read ones."""

    items: list[HotArticle]


class MissingQuestion(Answer):
    """A question that found no answer, and how often it was asked."""

    question: str
    times: int
    last_at: datetime


class MissingList(Answer):
    """What is missing, the most asked first."""

    items: list[MissingQuestion]


class Handled(ApiModel):
    """A missing question that was dealt with."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SynonymGroups(ApiModel):
    """Words that mean the same, in groups."""

    groups: Annotated[list[Annotated[list[Word], Field(min_length=2, max_length=20)]], Field(max_length=500)]


class ReminderList(Answer):
    """Articles that end soon, have ended, or should be looked at again."""

    items: list[ArticleBrief]


class SmsAnswer(ApiModel):
    """Send an article's answer to a citizen."""

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=32)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=700)]
    request_id: Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9\-]+$")]


class ImportItem(ApiModel):
    """An article that an import would make."""

    title: Title
    html: RichText
    similar: Annotated[list[Asked], Field(max_length=30)] = Field(default_factory=list)
    category: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class ImportPreview(Answer):
    """What an import would make, and what is wrong with the file. `pictures`: how many come along (not shown before)."""

    items: list[ImportItem]
    problems: list[str]
    pictures: int = 0


class ImportOrder(ApiModel):
    """Make these articles in a category; all go to the temporary base."""

    category_id: Id
    items: Annotated[list[ImportItem], Field(min_length=1, max_length=500)]
    file_name: Annotated[str, StringConstraints(max_length=60)] = ""


class Made(Answer):
    """How many were made."""

    made: int

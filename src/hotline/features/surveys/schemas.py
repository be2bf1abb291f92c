"""What the citizen's page gets and sends."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from hotline.platform.schemas import Answer, ApiModel

Key = Annotated[str, StringConstraints(pattern=r"^[0-9]$")]


class SurveyChoice(Answer):
    """One answer that may be given."""

    key: str
    label: str
    satisfied: bool


class SurveySecond(Answer):
    """The second question; `only_unsatisfied`: not asked of who was satisfied by the first."""

    question: str
    grades: list[SurveyChoice]
    only_unsatisfied: bool


class SurveyPage(Answer):
    """The page of one link. Only an open one has questions."""

    state: Literal["open", "answered", "expired"]
    question: str = ""
    grades: list[SurveyChoice] = []
    second: SurveySecond | None = None
    thanks: str = ""


class SurveyReply(ApiModel):
    """The citizen's answers by their keys; `second` when there is a second question for them."""

    grade: Key
    second: Key | None = None

"""The satisfaction survey (服务评价) as hotlines and queues keep it and screens set it, and the core's picture of it."""

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.core import site
from hotline.core.ids import PromptKey
from hotline.platform.schemas import ApiModel, Name, PromptName


class GradeFields(ApiModel):
    """One answer of the survey: the key, its grade (1 best), what it means."""

    key: Annotated[str, StringConstraints(pattern=r"^[0-9]$")]
    grade: Annotated[int, Field(ge=1, le=5)]
    label: Name
    satisfied: bool


def _check_keys(grades: list[GradeFields]) -> None:
    if len({grade.key for grade in grades}) != len(grades):
        raise ValueError("每个按键只能对应一个评价等级")


Grades = Annotated[list[GradeFields], Field(min_length=2, max_length=5)]


class SecondQuestionFields(ApiModel):
    """A further question, asked of everybody who answered the first, or only of who was not satisfied."""

    ask: PromptName
    grades: Grades
    only_unsatisfied: bool = False

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        _check_keys(self.grades)
        return self


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
LINK_SIGN = "{link}"


class LinkFields(ApiModel):
    """The survey by SMS: the message with `{link}` where the address goes (and `{hours}`), the words of the page, how long the address is good."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = (
        "您好，请对刚才的通话服务作出评价，点击链接：{link} （{hours}小时内有效）"
    )
    question: Words = "您对本次服务是否满意？"
    second: Words = "您的问题解决了吗？"
    thanks: Words = "感谢您的评价！"
    valid_h: Annotated[int, Field(ge=1, le=168)] = 24

    @model_validator(mode="after")
    def _has_a_place_for_the_address(self) -> Self:
        if self.text.count(LINK_SIGN) != 1:
            raise ValueError("短信内容里须有且只有一处 {link}，发送时换成评价链接")
        return self


class SurveyFields(ApiModel):
    """The satisfaction survey."""

    ask: PromptName
    thanks: PromptName
    invalid: PromptName | None = None
    grades: Grades
    timeout_s: Annotated[float, Field(ge=2, le=60)] = 8
    retries: Annotated[int, Field(ge=0, le=5)] = 1
    second: SecondQuestionFields | None = None
    way: site.SurveyWay = site.SurveyWay.SPOKEN
    link: LinkFields | None = None

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        _check_keys(self.grades)
        return self

    @model_validator(mode="after")
    def _has_words_to_send(self) -> Self:
        if self.way is not site.SurveyWay.SPOKEN and self.link is None:
            raise ValueError("请填写短信评价的内容")
        return self


def survey_prompts(stored: dict[str, Any] | None) -> set[str]:
    """Return the keys of the prompts that a survey plays, as it is stored."""
    survey = stored or {}
    second: dict[str, Any] = survey.get("second") or {}
    found = (survey.get("ask"), survey.get("thanks"), survey.get("invalid"), second.get("ask"))
    return {str(key) for key in found if key}


def prompt_fields(fields: SurveyFields) -> dict[str, str | None]:
    """Return the prompts that a survey plays by the place where they are set, to be checked by whoever keeps it."""
    second = fields.second.ask if fields.second is not None else None
    return {"ask": fields.ask, "thanks": fields.thanks, "invalid": fields.invalid, "second.ask": second}


def survey_to_core(fields: SurveyFields) -> site.Survey:
    """Return the core's picture of a survey."""
    second = fields.second
    return site.Survey(
        ask=PromptKey(fields.ask),
        thanks=PromptKey(fields.thanks),
        invalid=PromptKey(fields.invalid) if fields.invalid else None,
        grades=_grades(fields.grades),
        timeout_s=fields.timeout_s,
        retries=fields.retries,
        second=None
        if second is None
        else site.SecondQuestion(
            ask=PromptKey(second.ask),
            grades=_grades(second.grades),
            only_unsatisfied=second.only_unsatisfied,
        ),
        way=fields.way,
        link=None if fields.link is None else site.SurveyLink(**fields.link.model_dump()),
    )


def _grades(fields: list[GradeFields]) -> tuple[site.Grade, ...]:
    return tuple(
        site.Grade(key=grade.key, grade=grade.grade, label=grade.label, satisfied=grade.satisfied)
        for grade in fields
    )

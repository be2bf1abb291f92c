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


class SurveyFields(ApiModel):
    """The satisfaction survey."""

    ask: PromptName
    thanks: PromptName
    invalid: PromptName | None = None
    grades: Grades
    timeout_s: Annotated[float, Field(ge=2, le=60)] = 8
    retries: Annotated[int, Field(ge=0, le=5)] = 1
    second: SecondQuestionFields | None = None

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        _check_keys(self.grades)
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
    )


def _grades(fields: list[GradeFields]) -> tuple[site.Grade, ...]:
    return tuple(
        site.Grade(key=grade.key, grade=grade.grade, label=grade.label, satisfied=grade.satisfied)
        for grade in fields
    )

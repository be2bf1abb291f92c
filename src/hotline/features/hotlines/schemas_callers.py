"""What the screens about known callers (重要来电) and rules for calls out (防盗打) send and get."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.core.site import CallerKind
from hotline.features.hotlines.schemas import CallerNumber, Prefix
from hotline.platform.schemas import Answer, ApiModel, Note

CALLERS_MAX = 10_000
RULES_MAX = 500
CallerName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]


class KnownCallerFields(ApiModel):
    """A caller who is served with another priority: class, priority (added to the queue's), name."""

    number: CallerNumber
    kind: CallerKind = CallerKind.VIP
    priority: Annotated[int, Field(ge=-100, le=100)] = 10
    name: CallerName = ""
    note: Note = ""


class KnownCallerRead(KnownCallerFields, Answer):
    """A known caller."""

    since: datetime


class KnownCallers(Answer):
    """All known callers in sight."""

    items: list[KnownCallerRead]


class KnownCallersReplace(ApiModel):
    """The whole new list of the actor's organisation."""

    items: Annotated[list[KnownCallerFields], Field(max_length=CALLERS_MAX)]


class ImportProblem(Answer):
    """A line of the file that cannot be taken: its number in the file (the header is 1), the column, what is wrong."""

    line: int
    column: str
    message: str


class ImportResult(Answer):
    """What the file holds, what would change or has changed. With problems nothing was changed."""

    applied: bool
    items: list[KnownCallerFields]
    added: int
    changed: int
    removed: int
    problems: list[ImportProblem]


class OutboundRuleFields(ApiModel):
    """Who may call numbers beginning with `prefix`, between which local minutes of the day, how often a day (0: any number)."""

    prefix: Prefix
    allowed: bool = True
    min_class: Annotated[int, Field(ge=0, le=3)] = 0
    from_min: Annotated[int, Field(ge=0, le=1439)] = 0
    until_min: Annotated[int, Field(ge=1, le=1440)] = 1440
    daily_limit: Annotated[int, Field(ge=0, le=100_000)] = 0
    note: Note = ""

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if self.from_min >= self.until_min:
            raise ValueError("开始时间应早于结束时间")
        return self


class OutboundRules(Answer):
    """All rules, by prefix. Where none matches: allowed, but for numbers beginning with 00 (abroad)."""

    items: list[OutboundRuleFields]


class OutboundRulesReplace(ApiModel):
    """The whole new list."""

    items: Annotated[list[OutboundRuleFields], Field(max_length=RULES_MAX)]


class OutboundTry(ApiModel):
    """A number that an agent (by work number) would dial; `rules`: as they stand on the screen, left out: as they are saved."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    agent: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    rules: Annotated[list[OutboundRuleFields], Field(max_length=RULES_MAX)] | None = None


class OutboundTried(Answer):
    """What would happen now. `code` and `message` say why not; `sent_number` is what the trunk would get.

    The agent's calls so far today are not counted here: `daily_limit` says how many the rule allows (0: any number).
    """

    allowed: bool
    code: str
    message: str
    number: str
    rule: OutboundRuleFields | None
    daily_limit: int
    trunk_id: str | None
    trunk_name: str
    sent_number: str

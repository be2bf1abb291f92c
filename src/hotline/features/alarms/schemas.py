"""What the alarm screens send and get."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from hotline.core.metrics.figures_live import LITTLE_IS_BAD
from hotline.features.alarms.rules import SCOPES, Level, Scope
from hotline.platform.schemas import Answer, ApiModel, Id, Name

RULES_MAX = 200
Line = Annotated[float, Field(ge=0, le=1_000_000)]


class AlarmRuleBase(ApiModel):
    """A rule. `target_id` null: every queue, trunk or agent by itself.

    `metric` is a key of the metric dictionary whose `live` is not empty. `amber` and `red` are the values from which on the alarm holds
    (at or below them where `little_is_bad`); at least one is set. Ratios are in per cent, durations in seconds; ratios and averages of
    the day say nothing before there are `min_calls` to divide by. The lines are also the targets that colour the figures on screens.
    """

    name: Name
    scope: Scope
    target_id: Id | None = None
    metric: Annotated[str, Field(max_length=32)]
    amber: Line | None = None
    red: Line | None = None
    sound: bool = False
    min_calls: Annotated[int, Field(ge=0, le=10_000)] = 10

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.metric not in SCOPES:
            raise ValueError("指标字典里没有这个可告警的指标")
        if self.scope not in SCOPES[self.metric]:
            raise ValueError("这个指标不能用于这个范围")
        if self.scope is Scope.SITE and self.target_id is not None:
            raise ValueError("范围为全局时不能选择对象")
        if self.amber is None and self.red is None:
            raise ValueError("请至少填写一个告警值")
        if self.amber is not None and self.red is not None:
            worse = self.red < self.amber if self.metric in LITTLE_IS_BAD else self.red > self.amber
            if not worse:
                raise ValueError("红色告警值应比黄色告警值更严重")
        return self


class AlarmRuleFields(AlarmRuleBase):
    """A rule as it is to be. Without `id` it is new; without `authority_id` it belongs to one's own organisation."""

    id: Id | None = None
    authority_id: Id | None = None


class AlarmRuleRead(AlarmRuleBase, Answer):
    """A rule as it is kept."""

    id: str
    authority_id: str


class AlarmRules(Answer):
    """All rules in sight, in their order."""

    items: list[AlarmRuleRead]


class AlarmRulesReplace(ApiModel):
    """The whole new list of the rules in sight. Rules without id are new."""

    items: Annotated[list[AlarmRuleFields], Field(max_length=RULES_MAX)]


class AlarmRead(Answer):
    """An alarm. `level` is how bad it is, `worst_level` how bad it was; `line` is the value at which the level began.

    `target_name` is "" for the whole site; `cleared_at` null: it still runs; getting worse wants a new acknowledgement.
    """

    id: str
    authority_id: str
    rule_id: str
    rule_name: str
    scope: Scope
    metric: Annotated[str, Field(max_length=32)]
    target_id: str
    target_name: str
    level: Level
    worst_level: Level
    value: float
    line: float
    sound: bool
    raised_at: datetime
    changed_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    acknowledged_name: str


class Alarms(Answer):
    """Alarms that run, the worst and newest first; and the last 200 that have ended, newest first."""

    running: list[AlarmRead]
    history: list[AlarmRead]


class AlarmMessage(Answer):
    """A message of the stream: first a snapshot of all that run, then each alarm that began, changed, was acknowledged or ended."""

    type: str
    running: list[AlarmRead] = []
    alarm: AlarmRead | None = None

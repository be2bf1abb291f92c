"""The tables of alarm rules and of alarms."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class AlarmRule(Base, Authority):
    """A rule (告警规则); see `alarms.rules.Rule`."""

    __tablename__ = "alarm_rule"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    metric: Mapped[str] = mapped_column(String(32))
    amber: Mapped[float | None]
    red: Mapped[float | None]
    sound: Mapped[bool]
    min_calls: Mapped[int]


class AlarmRow(Base, Authority):
    """An alarm (告警); see `alarms.evaluator.Alarm`. Belongs to the organisation of what it is about."""

    __tablename__ = "alarm"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    rule_name: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(16))
    metric: Mapped[str] = mapped_column(String(32))
    target_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    target_name: Mapped[str]
    level: Mapped[str] = mapped_column(String(8))
    worst_level: Mapped[str] = mapped_column(String(8))
    value: Mapped[float]
    line: Mapped[float]
    sound: Mapped[bool]
    raised_at: Mapped[datetime] = mapped_column(index=True)
    changed_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    acknowledged_name: Mapped[str] = mapped_column(String(64))

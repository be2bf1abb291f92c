"""Queries of alarm rules and alarms, scoped by the actor's authorities."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from hotline.features.alarms.evaluator import Alarm
from hotline.features.alarms.models import AlarmRow, AlarmRule
from hotline.features.alarms.rules import Level, Rule, Scope
from hotline.platform.actor import Repository, authority_in_sight
from hotline.platform.people import ROOT_AUTHORITY, Organisation

HISTORY_MOST = 200


class AlarmRuleRepository(Repository[AlarmRule]):
    """Rules."""

    model = AlarmRule

    async def in_order(self) -> list[AlarmRule]:
        """Every rule in sight."""
        return await self.all(order_by=[AlarmRule.position, AlarmRule.id])

    async def replace(self, rows: list[AlarmRule]) -> None:
        """Make the rules in sight be exactly these."""
        chosen = delete(AlarmRule)
        condition = authority_in_sight(AlarmRule.authority_id, self.actor)
        await self.session.execute(chosen if condition is None else chosen.where(condition))
        for row in rows:
            self.add(row)


class AlarmRepository(Repository[AlarmRow]):
    """Alarms."""

    model = AlarmRow

    async def running(self) -> list[AlarmRow]:
        """Alarms that have not ended."""
        return await self.all(AlarmRow.cleared_at.is_(None), order_by=[AlarmRow.raised_at])

    async def ended(self) -> list[AlarmRow]:
        """The newest that have ended."""
        chosen = self.query().where(AlarmRow.cleared_at.is_not(None))
        newest = chosen.order_by(AlarmRow.cleared_at.desc(), AlarmRow.id).limit(HISTORY_MOST)
        return list(await self.session.scalars(newest))

    async def forget(self, before: datetime) -> None:
        """Remove what ended before this moment."""
        await self.session.execute(delete(AlarmRow).where(AlarmRow.cleared_at < before))

    async def keep(self, alarm: Alarm) -> None:
        """Write an alarm as it is now."""
        await self.session.merge(AlarmRow(**_columns(alarm)))

    async def families(self) -> dict[str, frozenset[str]]:
        """Each organisation with everything below it."""
        rows = (await self.session.execute(select(Organisation.id, Organisation.parent_id))).all()
        below: dict[str, set[str]] = {row.id: {row.id} for row in rows}
        parents = {row.id: row.parent_id for row in rows}
        for organisation_id, parent_id in parents.items():
            above = parent_id
            while above is not None and above in below and organisation_id not in below[above]:
                below[above].add(organisation_id)
                above = parents.get(above)
        below.setdefault(ROOT_AUTHORITY, {ROOT_AUTHORITY})
        return {organisation_id: frozenset(members) for organisation_id, members in below.items()}


def to_rule(row: AlarmRule) -> Rule:
    """Return a rule as the evaluator knows it."""
    return Rule(
        id=row.id,
        authority_id=row.authority_id,
        name=row.name,
        scope=Scope(row.scope),
        target_id=row.target_id,
        metric=row.metric,
        amber=row.amber,
        red=row.red,
        sound=row.sound,
        min_calls=row.min_calls,
    )


def to_alarm(row: AlarmRow) -> Alarm:
    """Return an alarm as the evaluator knows it."""
    values = {one.name: getattr(row, one.name) for one in fields(Alarm)}
    values |= {
        "scope": Scope(row.scope),
        "level": Level(row.level),
        "worst_level": Level(row.worst_level),
    }
    return Alarm(**values)


def _columns(alarm: Alarm) -> dict[str, Any]:
    return {one.name: getattr(alarm, one.name) for one in fields(alarm)}

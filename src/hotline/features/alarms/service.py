"""Change alarm rules and acknowledge alarms. Audited; the board looks anew after the commit."""

from hotline.features.alarms.board import AlarmBoard
from hotline.features.alarms.evaluator import Alarm
from hotline.features.alarms.models import AlarmRule
from hotline.features.alarms.repository import AlarmRepository, AlarmRuleRepository, to_alarm
from hotline.features.alarms.rules import Scope
from hotline.features.alarms.schemas import AlarmRuleFields, AlarmRuleRead, AlarmRules
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.ids import new_id

_REFERENCES = {Scope.QUEUE: "queue", Scope.TRUNK: "trunk", Scope.AGENT: "agent"}


def read_rule(row: AlarmRule) -> AlarmRuleRead:
    """Return a rule."""
    return AlarmRuleRead.model_validate(row, extra="ignore")


class AlarmService:
    """Changes rules and alarms within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform, board: AlarmBoard) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._board = board
        self._rules = AlarmRuleRepository(work.session, actor)
        self._alarms = AlarmRepository(work.session, actor)

    async def replace_rules(self, wanted: list[AlarmRuleFields]) -> AlarmRules:
        """Set every rule in sight."""
        before = {row.id: read_rule(row) for row in await self._rules.in_order()}
        known = [rule.id for rule in wanted if rule.id is not None]
        if len(set(known)) != len(known) or not set(known) <= before.keys():
            raise Invalid("items", "规则已被他人改动，请刷新后重试")
        for n, rule in enumerate(wanted):
            if rule.target_id is not None:
                kind = _REFERENCES[rule.scope]
                check = self._platform.require_reference
                await check(self._work.session, self._actor, f"items.{n}.target_id", kind, rule.target_id)
        rows = [self._row(rule, n, before) for n, rule in enumerate(wanted)]
        self._work.session.expunge_all()
        await self._rules.replace(rows)
        after = {row.id: read_rule(row) for row in rows}
        audit.record(
            self._work,
            self._actor,
            "alarms.rules",
            audit.Target(kind="alarm_rules", id="", authority_id=self._actor.authority_id),
            before={key: rule.model_dump() for key, rule in before.items()},
            after={key: rule.model_dump() for key, rule in after.items()},
        )
        self._work.after_commit("alarm_rules", self._board.rules_changed)
        return AlarmRules(items=list(after.values()))

    async def acknowledge(self, alarm_id: str) -> Alarm:
        """Take an alarm on; who was first stays. Raises `NotFound`."""
        running = self._board.find(alarm_id)
        if running is None or not self._actor.sees(running.authority_id):
            running = to_alarm(await self._alarms.require(alarm_id))
        if running.acknowledged_at is not None:
            return running
        alarm = self._board.acknowledge(running, self._actor, self._platform.clock())
        await self._alarms.keep(alarm)
        audit.record(
            self._work,
            self._actor,
            "alarms.acknowledge",
            audit.Target(kind="alarm", id=alarm.id, name=alarm.rule_name, authority_id=alarm.authority_id),
            after={"target": alarm.target_name, "level": alarm.level},
        )
        return alarm

    def _row(self, rule: AlarmRuleFields, position: int, before: dict[str, AlarmRuleRead]) -> AlarmRule:
        kept = before[rule.id].authority_id if rule.id is not None else self._actor.authority_id
        authority_id = rule.authority_id or kept
        if not self._actor.sees(authority_id):
            raise NotFound(id=authority_id)
        values = rule.model_dump(mode="json", exclude={"id", "authority_id"})
        return AlarmRule(id=rule.id or new_id(), authority_id=authority_id, position=position, **values)

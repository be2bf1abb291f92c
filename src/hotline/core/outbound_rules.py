"""Toll-fraud protection: which numbers an agent may dial now, and how many of them today. Knows no trunk and no call."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from hotline.core import events as e
from hotline.core.ids import AgentId
from hotline.core.numbers import ABROAD
from hotline.core.site import AgentProfile, OutboundRule, Site

BARRED, CLOSED, USED_UP = "number_barred", "closed_hours", "daily_limit"
CLASS_ANY_NUMBER = 1
"""The lowest call class that may leave the house where no rule speaks."""


def rule_for(site: Site, number: str) -> OutboundRule | None:
    """Return the rule of the longest prefix."""
    matching = [rule for rule in site.outbound_rules if number.startswith(rule.prefix)]
    return max(matching, key=lambda rule: len(rule.prefix), default=None)


def refusal(site: Site, profile: AgentProfile, number: str, at: datetime, used: int) -> str | None:
    """Say why this agent may not dial this number now: a stable code, or None. `used`: calls under the same rule today."""
    rule = rule_for(site, number)
    if rule is None:
        allowed = not number.startswith(ABROAD) and profile.call_class >= CLASS_ANY_NUMBER
        return None if allowed else BARRED
    if not rule.allowed or profile.call_class < rule.min_class:
        return BARRED
    local = at + timedelta(minutes=site.offset_min)
    if not rule.from_min <= local.hour * 60 + local.minute < rule.until_min:
        return CLOSED
    return USED_UP if 0 < rule.daily_limit <= used else None


class CallsToday:
    """How many calls out each agent made since local midnight, by the rule they fell under."""

    def __init__(self) -> None:
        """Begin with none."""
        self._day = ""
        self._counts: Counter[tuple[AgentId, str]] = Counter()

    def used(self, site: Site, agent_id: AgentId, number: str, at: datetime) -> int:
        """Return the calls of this agent today that fell under the rule of this number."""
        self._turn(site, at)
        return self._counts[agent_id, _prefix(site, number)]

    def hears(self, site: Site, event: e.CallEvent) -> None:
        """Count the call out that this event begins."""
        match event:
            case e.CallPlaced(direction=e.Direction.OUTBOUND, agent_id=agent_id, to=number):
                self._count(site, agent_id, number, event.at)
            case e.TransferMade(kind=e.TargetKind.NUMBER, by=agent_id, to=number, consulted=False) if (
                agent_id
            ):
                self._count(site, agent_id, number, event.at)
            case e.ParticipantInvited(agent_id=None, by=agent_id, number=number) if number:
                self._count(site, agent_id, number, event.at)
            case _:
                pass

    def remember(self, site: Site, calls: Mapping[AgentId, Iterable[str]], at: datetime) -> None:
        """Take over the numbers that agents dialled today before a restart; what is known already is not counted twice."""
        self._turn(site, at)
        for agent_id, numbers in calls.items():
            for prefix, count in Counter(_prefix(site, number) for number in numbers).items():
                self._counts[agent_id, prefix] = max(self._counts[agent_id, prefix], count)

    def _count(self, site: Site, agent_id: AgentId, number: str, at: datetime) -> None:
        self._turn(site, at)
        self._counts[agent_id, _prefix(site, number)] += 1

    def _turn(self, site: Site, at: datetime) -> None:
        day = f"{at + timedelta(minutes=site.offset_min):%Y%m%d}"
        if day > self._day:
            self._day = day
            self._counts.clear()


def _prefix(site: Site, number: str) -> str:
    rule = rule_for(site, number)
    return "" if rule is None else rule.prefix

"""Rules for calls out (防盗打): one list for the whole installation; and what a call of an agent would meet, without making it."""

from dataclasses import replace
from datetime import datetime

from hotline.core import outbound_rules, site
from hotline.core.numbers import dialled, rewrite
from hotline.features.hotlines.models import OutboundRuleRow
from hotline.features.hotlines.repository import OutboundRuleRepository
from hotline.features.hotlines.schemas_callers import (
    OutboundRuleFields,
    OutboundRules,
    OutboundTried,
    OutboundTry,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotPermitted
from hotline.platform.i18n import REFUSALS
from hotline.platform.people import ROOT_AUTHORITY


def read_rule(row: OutboundRuleRow) -> OutboundRuleFields:
    """Return a rule."""
    return OutboundRuleFields.model_validate(row, extra="ignore")


class OutboundRuleService:
    """Changes the rules within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._rules = OutboundRuleRepository(work.session, actor)

    async def replace(self, wanted: list[OutboundRuleFields]) -> OutboundRules:
        """Set the whole list. Raises `NotPermitted` for people who do not see the whole installation."""
        if not self._actor.sees(ROOT_AUTHORITY):
            raise NotPermitted(scope="installation")
        prefixes = [rule.prefix for rule in wanted]
        if len(set(prefixes)) != len(prefixes):
            raise Invalid("items", "每个号码前缀只能有一条规则")
        before = {row.prefix: read_rule(row) for row in await self._rules.all()}
        self._work.session.expunge_all()
        await self._rules.replace(
            [OutboundRuleRow(authority_id=ROOT_AUTHORITY, **rule.model_dump()) for rule in wanted]
        )
        audit.record(
            self._work,
            self._actor,
            "outbound_rules.update",
            audit.Target(kind="outbound_rules", id="", authority_id=ROOT_AUTHORITY),
            before={prefix or "*": rule.model_dump() for prefix, rule in before.items()},
            after={rule.prefix or "*": rule.model_dump() for rule in wanted},
        )
        mark_site_changed(self._work, self._platform)
        return OutboundRules(items=sorted(wanted, key=lambda rule: rule.prefix))


def try_number(
    picture: site.Site, actor: Actor, wanted: OutboundTry, rules: list[OutboundRuleFields], now: datetime
) -> OutboundTried:
    """Say what would happen under these rules if the agent dialled the number at `now`.

    Raises:
        Invalid: no such agent in sight, or no number.
    """
    profile = next((a for a in picture.agents if wanted.agent in {a.number, a.id}), None)
    if profile is None or not actor.sees(profile.authority_id):
        raise Invalid("agent", f"没有找到座席“{wanted.agent}”")
    number = dialled(wanted.number)
    if not number:
        raise Invalid("number", "不是可以拨打的号码")
    picture = replace(picture, outbound_rules=tuple(to_core(rule) for rule in rules))
    found = outbound_rules.rule_for(picture, number)
    rule = next((one for one in rules if found is not None and one.prefix == found.prefix), None)
    code = outbound_rules.refusal(picture, profile, number, now, used=0)
    if code is None and not profile.may_call_out:
        code = "not_allowed"
    trunk = _trunk(picture, profile)
    if code is None and trunk is None:
        code = "line_full"
    return OutboundTried(
        allowed=code is None,
        code=code or "",
        message=REFUSALS[code].zh if code else "可以拨打",
        number=number,
        rule=rule,
        daily_limit=rule.daily_limit if rule else 0,
        trunk_id=trunk.id if trunk else None,
        trunk_name=trunk.name if trunk else "",
        sent_number=rewrite(trunk.outbound_rules, number) if trunk else "",
    )


def to_core(rule: OutboundRuleFields | OutboundRuleRow) -> site.OutboundRule:
    """Return a rule as the centre knows it."""
    return site.OutboundRule(
        prefix=rule.prefix,
        allowed=rule.allowed,
        min_class=rule.min_class,
        from_min=rule.from_min,
        until_min=rule.until_min,
        daily_limit=rule.daily_limit,
    )


def _trunk(picture: site.Site, profile: site.AgentProfile) -> site.Trunk | None:
    """The first trunk that a call of this agent would be tried on (`core.trunks` chooses among those with a free channel)."""
    own = [h for h in picture.hotlines if h.id == profile.default_hotline_id]
    others = [h for h in picture.hotlines if h.authority_id == profile.authority_id]
    for hotline in (*own, *others):
        if hotline.outbound_trunk_id is not None:
            return next((t for t in picture.trunks if t.id == hotline.outbound_trunk_id), None)
    return None

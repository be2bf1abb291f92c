"""Change one's own telephone settings. A number outside is held against the rules for calls out before it is taken."""

from dataclasses import dataclass

from hotline.core import outbound_rules
from hotline.core.requests import Refused
from hotline.core.site import Site
from hotline.features.users.repository import AgentRepository
from hotline.features.users.schemas import Forwarding, PhoneSettings
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotPermitted
from hotline.platform.masking import masked
from hotline.platform.people import Agent
from hotline.platform.permissions import Permission


def settings_of(agent: Agent) -> PhoneSettings:
    """Return an agent's settings; a person's own numbers are shown whole."""
    forwarding = None
    if agent.forwarding_when:
        forwarding = Forwarding.model_validate({"when": agent.forwarding_when, "to": agent.forwarding_to})
    return PhoneSettings(mobile=agent.mobile, forwarding=forwarding)


@dataclass(slots=True)
class PhoneSettingsService:
    """Changes the actor's own settings within one unit of work. `site` is the running picture."""

    work: Work
    actor: Actor
    platform: Platform
    site: Site

    async def set_forwarding(self, wanted: Forwarding | None) -> PhoneSettings:
        """Forward calls or stop it.

        Raises:
            Invalid: to oneself, or to a queue.
            NotPermitted: outside, without the right to call out.
            Refused: `number_barred`, a number that the agent may not dial.
        """
        agent = await AgentRepository(self.work.session, self.actor).require(self.actor.user_id)
        if wanted is not None:
            self._check(agent, wanted.to)
        before = _logged(agent)
        agent.forwarding_when = wanted.when.value if wanted else ""
        agent.forwarding_to = wanted.to if wanted else ""
        target = audit.Target(
            kind="agent", id=agent.id, name=self.actor.name, authority_id=agent.authority_id
        )
        audit.record(self.work, self.actor, "agents.forwarding", target, before=before, after=_logged(agent))
        mark_site_changed(self.work, self.platform)
        return settings_of(agent)

    def _check(self, agent: Agent, to: str) -> None:
        if to in {agent.number, agent.mobile}:
            raise Invalid("forwarding.to", "不能转移到自己")
        if any(one.number == to and self.actor.sees(one.authority_id) for one in self.site.agents):
            return
        if any(queue.number == to for queue in self.site.queues):
            raise Invalid("forwarding.to", "不能转移到座席组")
        if not self.actor.may(Permission.DESK_CALL_OUT):
            raise NotPermitted(permissions=[str(Permission.DESK_CALL_OUT)])
        profile = next((one for one in self.site.agents if one.id == agent.id), None)
        if profile is None or not profile.may_call_out:
            raise Refused("not_allowed")
        now = self.platform.clock()
        if outbound_rules.refusal(self.site, profile, to, now, used=0) == outbound_rules.BARRED:
            raise Refused("number_barred")


def _logged(agent: Agent) -> dict[str, str]:
    return {"when": agent.forwarding_when, "to": masked(agent.forwarding_to)}

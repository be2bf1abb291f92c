"""What leaders do to other people's calls and states (SUP-2): only within their sight, and every time in the audit trail.

The answer tells what became of the call: an entry that the database does not take just now is brought in later and fails nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from hotline.core import requests as r
from hotline.core.events import AgentState, Role
from hotline.core.ids import AgentId, CallId, LegId
from hotline.features.desk.asking import asking
from hotline.features.desk.service import NotAnAgent
from hotline.platform import audit
from hotline.platform.actor import Actor
from hotline.platform.audit_late import LateEntries
from hotline.platform.errors import HotlineError, NotFound
from hotline.platform.i18n import Text
from hotline.ports.call_control import AgentView, CallControl, CallView


class NoSuchCall(HotlineError):
    """There is no such call, or it is out of sight, or over: all look the same from outside, and like the centre's own refusal."""

    code, status = "no_such_call", 409
    text: ClassVar[Text] = Text("没有这个通话，可能已经结束", "There is no such call; it may have ended")


@dataclass(slots=True)
class Leader:
    """A leader at work."""

    control: CallControl
    actor: Actor
    entries: LateEntries

    async def supervise(self, call_id: str, role: Role) -> None:
        """Listen in, whisper or barge in; changes the role of a leader who is in the call already."""
        call = self._call(call_id)
        before = {"role": self._role_in(call)}
        request = r.Supervise(at=_now(), agent_id=self._agent_id(), call_id=call.call_id, role=role)
        await self._ask(request, f"calls.{role.value}", call, before=before, after={"role": role.value})

    async def intercept(self, call_id: str) -> None:
        """Take a talk over."""
        call = self._call(call_id)
        request = r.InterceptCall(at=_now(), agent_id=self._agent_id(), call_id=call.call_id)
        after = {"taken_over_by": self.actor.agent_number}
        await self._ask(request, "calls.intercept", call, before={}, after=after)

    async def release(self, call_id: str) -> None:
        """End a call by force (强拆)."""
        call = self._call(call_id)
        request = r.ReleaseCall(at=_now(), agent_id=self.actor.agent_id, call_id=call.call_id)
        await self._ask(request, "calls.release", call, before={}, after={"ended": True})

    async def drop(self, call_id: str, leg_id: str) -> None:
        """Put a party out of somebody's conference."""
        call = self._call(call_id)
        party = next((one for one in call.participants if one.leg_id == leg_id), None)
        request = r.DropParticipant(
            at=_now(),
            agent_id=self.actor.agent_id,
            call_id=call.call_id,
            leg_id=LegId(leg_id),
            by_leader=True,
        )
        before = {"party": party.agent_number or party.role.value} if party else {}
        await self._ask(request, "calls.drop", call, before=before, after={"party": ""})

    async def force_state(self, agent_id: str, state: AgentState, reason: str) -> None:
        """Force an agent, named by id or work number, ready, busy, to rest or out. Raises `NotFound` for agents out of sight."""
        found = self.control.agent(AgentId(agent_id)) or self._numbered(agent_id)
        if found is None or not self.actor.sees(found.authority_id):
            raise NotFound(id=agent_id)
        by = self.actor.agent_id
        if state is AgentState.OFFLINE:
            asked: r.AnyRequest = r.SignOut(at=_now(), agent_id=found.agent_id, why="forced", by=by)
        else:
            asked = r.SetState(at=_now(), agent_id=found.agent_id, state=state, reason=reason, by=by)
        if (await asking.ask(self.control, asked)).first:
            target = audit.Target(kind="agent", id=agent_id, name=found.name, authority_id=found.authority_id)
            before = {"state": found.state}
            after = {"state": state} | ({"reason": reason} if reason else {})
            await self.entries.enter(self.actor, "agents.force_state", target, before=before, after=after)

    def _numbered(self, number: str) -> AgentView | None:
        profile = next((one for one in self.control.site().agents if one.number == number), None)
        return None if profile is None else self.control.agent(profile.id)

    def _call(self, call_id: str) -> CallView:
        return call_in_sight(self.control, self.actor, call_id)

    def _agent_id(self) -> AgentId:
        """Verbs that ring the leader's own telephone need a work number."""
        if self.control.agent(self.actor.agent_id) is None:
            raise NotAnAgent
        return self.actor.agent_id

    def _role_in(self, call: CallView) -> str:
        return next((p.role.value for p in call.participants if p.agent_id == self.actor.agent_id), "")

    async def _ask(
        self,
        request: r.AnyRequest,
        action: str,
        call: CallView,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        """Carry out a verb and enter who did what to whose call, with its state before."""
        agent = self._described(call)
        if (await asking.ask(self.control, request)).first:
            target = audit.Target(
                kind="call", id=call.call_id, name=str(agent["agent"]), authority_id=call.authority_id
            )
            await self.entries.enter(
                self.actor, action, target, before={**agent, **before}, after={"done": True, **after}
            )

    def _described(self, call: CallView) -> dict[str, Any]:
        agent: AgentView | None = self.control.agent(call.agent_id) if call.agent_id else None
        return {"agent": agent.number if agent else "", "phase": call.phase}


def call_in_sight(control: CallControl, actor: Actor, call_id: str) -> CallView:
    """Return the running call. Raises `NoSuchCall` when there is none in the actor's sight."""
    found = control.call(CallId(call_id))
    if found is None or not actor.sees(found.authority_id):
        raise NoSuchCall(id=call_id)
    return found


def _now() -> datetime:
    return datetime.now(UTC)

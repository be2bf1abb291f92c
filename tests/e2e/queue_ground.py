"""The ground of the tests of queues, duty, mobile seats and rules: a floor of people whose site the administrator sets up, and puts back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.shipped_prompts import FOLDER
from hotline.wire import wav
from tests.e2e.browsers import HEARD_PIECES, likeness_in_pieces
from tests.e2e.people import DeskAgent
from tests.e2e.product import Session, eventually
from tests.e2e.tones import hum
from tests.e2e.verb_floor import CALLER, HOTLINE, Floor

REALESTATE, SOCIAL = "realestate", "social"
PLAIN = {"callback_key": "", "voicemail_key": "", "announce_wait": False}
"""A queue that offers nothing but waiting."""
LISTENS_BACK_S = 10
"""A prompt is looked for in so much of the newest sound."""


@dataclass(slots=True)
class Ground:
    """The floor, its administrator and a leader who watches; every change is undone at the end."""

    floor: Floor
    admin: Session
    leader: Session
    _undo: list[tuple[str, str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, str, dict[str, Any]]]
    )

    # ── The site ──

    async def change(self, path: str, **fields: Any) -> None:
        """Change these fields of a queue, a hotline, a trunk or a user."""
        before = await self.admin.get(path)
        await self.admin.patch(path, **fields)
        self._undo.append(("patch", path, {name: before[name] for name in fields}))

    async def replace(self, path: str, **body: Any) -> None:
        """Replace a whole list (members, known callers, rules for calls out), or the override of the hours."""
        before = await self.admin.get(path.removesuffix("/members").removesuffix("/override"))
        await self.admin.put(path, **body)
        self._undo.append(("put", path, {name: _unread(before[name]) for name in body}))

    async def queue(self, queue_id: str = REALESTATE, **fields: Any) -> None:
        """Let this queue be a plain one, but for these fields."""
        await self.change(f"/queues/{queue_id}", **{**PLAIN, **fields})

    async def staff_of(self, queue_id: str, **levels: int) -> None:
        """Let these agents (a1001=1) serve this queue with these skill levels, and nobody else."""
        members = [
            {"agent_id": f"user-{name[1:]}", "level": level, "order": order}
            for order, (name, level) in enumerate(levels.items())
        ]
        await self.replace(f"/queues/{queue_id}/members", members=members)

    async def agent_fields(self, number: str, **fields: Any) -> None:
        """Change these fields of an agent."""
        agent = (await self.admin.get(f"/users/user-{number}"))["agent"]
        await self.change(f"/users/user-{number}", agent={**agent, **fields})

    async def forwards(self, number: str, when: str, to: str) -> None:
        """This agent, who is signed in, has personal calls go elsewhere."""
        own = self.floor.agents[number].session
        await own.put("/agents/me/phone-settings", forwarding={"when": when, "to": to})

    async def undo(self) -> None:
        """Put everything back, the newest change first."""
        for number, agent in self.floor.agents.items():
            if number != "admin":
                await agent.session.put("/agents/me/phone-settings", forwarding=None)
        for method, path, body in reversed(self._undo):
            await (self.admin.patch if method == "patch" else self.admin.put)(path, **body)

    # ── Citizens ──

    async def calls_in(self, who: str = "citizen", *, shown: str = CALLER, key: str = "1") -> Conversation:
        """A citizen calls and chooses; hums."""
        phone = SipPhone(self.floor.product.sip)
        self.floor.phones.append(phone)
        call = self.floor.people[who] = phone.call(HOTLINE, shown=shown)
        await call.answered.wait()
        hum(who, call)
        call.audio.press(key)
        return call

    async def waits(self, who: str = "citizen", *, shown: str = CALLER, key: str = "1") -> str:
        """A citizen calls, chooses, and waits in the queue; returns the call's id."""
        before = {one["call_id"] for one in await self.calls()}
        await self.calls_in(who, shown=shown, key=key)

        async def waiting() -> str:
            found = [one for one in await self.calls() if one["call_id"] not in before]
            return next((str(one["call_id"]) for one in found if one["phase"] == "waiting"), "")

        return await eventually(waiting, f"{who} waits")

    async def calls(self) -> list[dict[str, Any]]:
        """The calls that run now, as the leader sees them."""
        live: dict[str, Any] = await self.leader.get("/live")
        return [dict(call) for call in live["calls"]]

    async def in_phase(self, phase: str, call_id: str = "") -> dict[str, Any]:
        """Wait until a call (this one) is in this phase."""

        async def there() -> dict[str, Any] | None:
            found = [one for one in await self.calls() if call_id in {"", one["call_id"]}]
            return next((one for one in found if one["phase"] == phase), None)

        return await eventually(there, f"a call in {phase}")

    async def agent_state(self, number: str, *states: str) -> None:
        """Wait until this agent is in one of these states, whether or not signed in with a telephone of ours."""

        async def there() -> bool:
            agents = (await self.leader.get("/live"))["agents"]
            return next(one["state"] for one in agents if one["number"] == number) in states

        await eventually(there, f"{number} in {states}")


def _unread(value: Any) -> Any:
    """Take what was read back to what may be written."""
    if isinstance(value, list):
        return [_unread(one) for one in value]
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if name != "since"}
    return value


async def hears_prompt(call: Conversation, key: str, limit_s: float = 20.0) -> None:
    """Wait until this telephone has just heard a prompt that comes with the product (its first seconds)."""
    wanted = wav.to_alaw(wav.parse((FOLDER / f"{key}.wav").read_bytes()))[: 8000 * 3]

    likeness: list[float] = []

    async def heard() -> bool:
        newest = call.audio.recording()[-LISTENS_BACK_S * 16_000 :]
        likeness.append(await asyncio.to_thread(likeness_in_pieces, wanted, newest))
        return likeness[-1] > HEARD_PIECES

    try:
        await eventually(heard, f"{key} is heard", limit_s, every_s=0.3)
    except AssertionError as missing:  # was it not played, or played in pieces on a busy machine?
        over = call.ended_by or "nobody"
        raise AssertionError(f"{missing}; at most {max(likeness):.2f} alike, call ended by {over}") from None


async def signed_in_mobile(floor: Floor, number: str) -> Session:
    """This agent signs in with the mobile seat and is ready."""
    session = await floor.product.log_in(number)
    await session.post("/agents/me/sign-in", device="mobile")
    await session.put("/agents/me/state", state="ready")
    return session


async def busy(agent: DeskAgent) -> None:
    """This agent takes no calls for now."""
    await agent.session.put("/agents/me/state", state="busy", reason="会议")


@pytest.fixture
async def ground(floor: Floor) -> AsyncIterator[Ground]:
    """The ground of the module's floor, put back afterwards."""
    there = Ground(floor, await floor.product.log_in("admin"), await floor.product.log_in("4001"))
    yield there
    await there.undo()

"""Tickets on a random walk: people of every side try everything, two at once, while departments go out of use. The laws hold after every turn."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import httpx
import pytest

from hotline.core.tickets.flow import TRANSITIONS, WITH_DEPARTMENT, TicketAction, TicketState
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.ticket_desk import TicketDesk, ticket_desk

TURNS = 60
PEOPLE = ("agent", "leader", "manager", "officer-a", "officer-b", "admin")
MOVES = [str(action) for action in TicketAction if action is not TicketAction.EDIT]
NOT_OF_THE_TABLE = {"create", "edit", "merged_in"}
DONE, REFUSED = 200, {403, 404, 409, 422}


class Walk:
    """Three tickets, one that repeats are merged into, and what was done to each."""

    def __init__(self, desk: TicketDesk, chance: Random) -> None:
        self.desk = desk
        self.chance = chance
        self.people: dict[str, httpx.AsyncClient] = {}
        self.tickets: list[str] = []
        self.kept = ""
        self.changes: Counter[str] = Counter()
        self.texts: dict[str, list[str]] = {}
        self.done: Counter[str] = Counter()

    async def begin(self) -> None:
        for name in PEOPLE:
            self.people[name] = await self.desk.world.log_in(name)
        agent = self.people["agent"]
        self.kept = (await self.desk.make(agent))["number"]
        for _ in range(3):
            await self.another()

    async def another(self) -> None:
        values = {"kind": "态度", "wish": "道歉"}
        made = await self.desk.make(self.people["agent"], "complaint", values=values, concerned="一号窗口")
        self.tickets.append(made["id"])
        self.texts[made["id"]] = [made["content"]]

    async def turn(self, number: int) -> None:
        """Two people act at once, mostly on the same ticket."""
        ticket = self.chance.choice(self.tickets[-3:])
        deeds = [await self.deed(ticket, f"{number}-{n}") for n in range(2)]
        for what, answer in zip(deeds, await asyncio.gather(*(ask for _, ask in deeds)), strict=True):
            assert answer.status_code == DONE or answer.status_code in REFUSED, f"{what[0]}: {answer.text}"
            if answer.status_code == DONE:
                self.done[what[0].split(" ")[0]] += 1
                if not what[0].startswith("department"):
                    self.changes[ticket] += 1
                if what[0].startswith("edit"):
                    self.texts[ticket].append(what[0].removeprefix("edit "))
        self.desk.world.clock.forward(minutes=1)
        state = await self.laws(ticket)
        if state in {TicketState.CANCELLED, TicketState.MERGED}:
            await self.another()

    async def deed(self, ticket: str, mark: str) -> tuple[str, Any]:
        """What somebody does, with what they saw before."""
        chance = self.chance
        name = chance.choice(PEOPLE)
        client = self.people[name]
        if chance.random() < 0.1:
            office, active = chance.choice("ab"), chance.random() < 0.5
            asked = self.people["admin"].patch(f"/organisations/{office}", json={"active": active})
            return f"department {office} {active}", asked
        seen = (await client.get(f"/tickets/{ticket}")).json()
        if chance.random() < 0.3 and "content" in seen:
            text = f"{name} {mark}"
            body = {"content": text, "base": {"content": seen["content"]}}
            return f"edit {text}", client.patch(f"/tickets/{ticket}", json=body)
        offered = [one for one in seen.get("actions", []) if one in MOVES and one != "cancel"]
        action = chance.choice(offered if offered and chance.random() < 0.8 else MOVES)
        step = {"action": action, "text": mark, "department_id": chance.choice("ab"), "owner_id": "id-agent", "into": self.kept,
                "measures": "整改", "verdict": "valid"}  # fmt: skip
        return action, client.post(f"/tickets/{ticket}/steps", json=step)

    async def laws(self, ticket: str) -> TicketState:
        """What holds of every ticket at any time."""
        admin = self.people["admin"]
        seen = (await admin.get(f"/tickets/{ticket}")).json()
        moves = [one for one in seen["steps"] if one["action"] not in NOT_OF_THE_TABLE]
        state = TicketState.OPEN
        for one in moves:
            assert one["from_state"] == state, (
                "the history is one chain: nobody acted on a state that was not there"
            )
            state = TRANSITIONS[state, TicketAction(one["action"])]
            assert one["to_state"] == state
        assert seen["state"] == state
        assert seen["version"] == 1 + self.changes[ticket]
        taken = Counter(one["action"] for one in moves)
        counted = {"returned": "return", "reassigned": "reassign", "urged": "urge", "level": "escalate"}
        assert {name: seen[name] for name in counted} == {name: taken[one] for name, one in counted.items()}
        assert (seen["round"], seen["supervised"]) == (1 + taken["reopen"], taken["supervise"] > 0)
        there = [stay["department_id"] for stay in seen["stays"] if stay["ended_at"] is None]
        assert there == ([seen["department_id"]] if state in WITH_DEPARTMENT else [])
        if there:
            offices = (await admin.get("/organisations")).json()["items"][0]["children"]
            assert next(one["active"] for one in offices if one["id"] == there[0]), (
                "no ticket lies with a department that is out of use"
            )
        written = [seen["content"]] + [
            text for one in seen["steps"] for text in one["data"].get("fields", {}).get("content", [])
        ]
        assert set(self.texts[ticket]) <= set(written), "nobody's text is lost"
        return state


@pytest.mark.req("TKT-2", "TKT-6")
@pytest.mark.parametrize("seed", [20261129])
async def test_whatever_people_do_at_once_the_laws_of_tickets_hold(world: World, seed: int) -> None:
    walk = Walk(await ticket_desk(world), Random(seed))
    await walk.begin()
    for number in range(TURNS):
        await walk.turn(number)
    assert set(walk.done) >= {"dispatch", "urge", "edit", "department"}, walk.done
    assert walk.done.total() > TURNS

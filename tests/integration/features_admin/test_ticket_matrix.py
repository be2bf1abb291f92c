"""Every role × every action × every organisation × every state of a ticket: what is offered is done, and nothing else is.

The tables here are written down a second time, from the words of `docs/tickets.md`, not read from the code that they are held against.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert, select, update

from hotline.core.tickets.flow import Side, TicketAction, TicketState
from hotline.features.tickets.models import Ticket, TicketStay
from tests.integration.features_admin.conftest import ROLES, World
from tests.integration.features_admin.ticket_desk import TicketDesk, ticket_desk

ACTIVE_CENTRE = "urge escalate transfer edit merge note"
ACTIVE_LEADER = "supervise verify"
MAY: dict[str, tuple[str, str, str]] = {
    # state: what the centre may, what a leader may besides, what the department may that has it
    "open": (f"dispatch answer wait {ACTIVE_CENTRE}", f"cancel {ACTIVE_LEADER}", ""),
    "assigned": (f"reassign {ACTIVE_CENTRE}", ACTIVE_LEADER, "accept return reply reply_citizen note"),
    "working": (f"reassign {ACTIVE_CENTRE}", f"wait {ACTIVE_LEADER}", "return reply reply_citizen wait note"),
    "replied": (f"dispatch answer wait {ACTIVE_CENTRE}", f"cancel {ACTIVE_LEADER}", "note"),
    "waiting": (f"resume {ACTIVE_CENTRE}", f"cancel {ACTIVE_LEADER}", ""),
    "waiting_department": (f"reassign {ACTIVE_CENTRE}", f"resume {ACTIVE_LEADER}", "resume note"),
    "answered": ("close reopen note", "verify", "note"),
    "closed": ("reopen note", "verify", "note"),
    "cancelled": ("note", "", "note"),
    "merged": ("note", "", "note"),
}
WITHOUT_DEPARTMENT = {"open", "waiting"}
"""Here the ticket came back from department a: it sees the ticket, and has it no more."""
CENTRE, LEADER, OFFICE = Side.CENTRE, Side.LEADER, Side.DEPARTMENT
SIDES: dict[tuple[str, str], set[Side]] = {
    # role, organisation: on whose side they are on a ticket of the root that is with department a
    ("admin", "root"): {CENTRE, LEADER, OFFICE},
    ("admin", "a"): {CENTRE, LEADER, OFFICE},
    ("admin", "b"): {CENTRE, LEADER, OFFICE},
    ("manager", "root"): {
        CENTRE,
        LEADER,
        OFFICE,
    },  # whoever heads an organisation may act for its departments
    ("manager", "a"): {OFFICE},
    ("leader", "root"): {CENTRE, LEADER},
    ("agent", "root"): {CENTRE},
    ("officer", "root"): {OFFICE},
    ("officer", "a"): {OFFICE},
}
TRY_EVERYTHING = {"manager", "leader", "agent", "officer-a"}
"""One person for each set of sides; the others with the same sides are held against what they are offered."""
STAYS_WHERE_IT_IS = {"urge", "escalate", "supervise", "transfer", "verify", "note"}
SEES_ONLY = {("inspector", "root")}
NOTHING_OF_TICKETS = {"wall", "client"}
STEP = {"text": "原因", "department_id": "b", "owner_id": "id-agent", "into": "", "measures": "整改"}


def wanted(role: str, organisation: str, state: str) -> set[str]:
    """What somebody may do with a ticket in this state."""
    sides = SIDES.get((role, organisation), set[Side]())
    if state in WITHOUT_DEPARTMENT:
        sides = sides - {OFFICE}
    words = zip((CENTRE, LEADER, OFFICE), MAY[state], strict=True)
    return {action for side, actions in words if side in sides for action in actions.split()}


@dataclass(slots=True)
class Matrix:
    """One ticket in every state, and the ticket that repeats are merged into; each is put back after what succeeded."""

    world: World
    tickets: dict[str, str]
    kept: str
    rows: list[dict[str, Any]]
    stays: list[dict[str, Any]]

    async def put_back(self) -> None:
        async with self.world.database.writing() as work:
            await work.session.execute(update(Ticket), self.rows)
            await work.session.execute(delete(TicketStay))
            await work.session.execute(insert(TicketStay), self.stays)

    async def batch(self, client: httpx.AsyncClient, action: str, states: Iterable[str]) -> dict[str, Any]:
        step = STEP | {"action": action, "into": self.kept}
        ids = [self.tickets[state] for state in states]
        return (await client.post("/ticket-batch", json={"ids": ids, "step": step})).json()


async def one_in_every_state(desk: TicketDesk) -> Matrix:
    """By the ways that lead there."""
    world = desk.world
    agent, leader, officer = [await world.log_in(name) for name in ("agent", "leader", "officer-a")]
    kept = await desk.make(agent)
    clients = {"agent": agent, "leader": leader, "officer": officer}
    ways = {
        "open": "officer:return",
        "assigned": "",
        "working": "officer:accept",
        "replied": "officer:reply",
        "waiting": "officer:return agent:wait",
        "waiting_department": "officer:accept officer:wait",
        "answered": "officer:reply agent:answer",
        "closed": "officer:reply agent:answer agent:close",
        "cancelled": "officer:reply leader:cancel",
        "merged": "officer:accept agent:merge",
    }
    tickets: dict[str, str] = {}
    for state, way in ways.items():
        made = await desk.make(agent, department_id="a")
        for who, action in (one.split(":") for one in way.split()):
            made = await desk.step(clients[who], made["id"], action, text="原因", into=kept["number"])
        assert made["state"] == state
        tickets[state] = made["id"]
    async with world.database.reading() as session:
        rows, stays = [list(await session.scalars(select(model))) for model in (Ticket, TicketStay)]
    values = [[{key.key: getattr(row, key.key) for key in type(row).__mapper__.column_attrs} for row in table] for table in (rows, stays)]  # fmt: skip
    return Matrix(world, tickets, kept["number"], *values)


def test_the_tables_speak_of_every_state_and_every_action() -> None:
    assert set(MAY) == set(TicketState)
    named = {action for words in MAY.values() for actions in words for action in actions.split()}
    assert named == set(TicketAction)


@pytest.mark.req("TKT-2", "ADM-1")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_roles_times_actions_times_organisations_times_states(world: World) -> None:
    matrix = await one_in_every_state(await ticket_desk(world))
    wrong: list[str] = []
    for role in ROLES:
        for organisation in ("root", "a", "b"):
            name = role if organisation == "root" else f"{role}-{organisation}"
            client = await world.log_in(name)
            found = await offered(matrix, client, role, organisation)
            if name in TRY_EVERYTHING:
                found += await tried(matrix, client, role, organisation)
            wrong += [f"{name}: {one}" for one in found]
    assert wrong == [], "\n".join(wrong)


async def offered(matrix: Matrix, client: httpx.AsyncClient, role: str, organisation: str) -> list[str]:
    """Where a person sees or is offered what the tables do not say; who is offered nothing at all is refused everything."""
    wrong: list[str] = []
    acts, only_sees = (role, organisation) in SIDES, (role, organisation) in SEES_ONLY
    seen = 200 if acts or only_sees else 403 if role in NOTHING_OF_TICKETS else 404
    for state, ticket in matrix.tickets.items():
        got = await client.get(f"/tickets/{ticket}")
        differs = set(got.json().get("actions", [])) ^ wanted(role, organisation, state)
        if got.status_code != seen or differs:
            wrong.append(f"{state}: {got.status_code}, too much or too little: {differs}")
        if not acts:
            refused = await client.post(f"/tickets/{ticket}/steps", json=STEP | {"action": "note"})
            if refused.status_code != (403 if only_sees else refused.status_code) or refused.is_success:
                wrong.append(f"{state}: {refused.status_code} {refused.text}")
    return wrong


async def tried(matrix: Matrix, client: httpx.AsyncClient, role: str, organisation: str) -> list[str]:
    """What was done that may not be, or was refused that may be."""
    wrong: list[str] = []
    for action in map(str, TicketAction):
        allowed = [state for state in MAY if action in wanted(role, organisation, state)]
        others = [state for state in MAY if state not in allowed]
        if action == "edit":
            wrong += await edited(matrix, client, allowed)
            continue
        if others and (done := await matrix.batch(client, action, others))["done"]:
            wrong.append(f"{action} was done in one of {others}: {done}")
        if allowed and (done := await matrix.batch(client, action, allowed)) != {
            "done": len(allowed),
            "problems": [],
        }:
            wrong.append(f"{action} in {allowed}: {done}")
        if allowed and action not in STAYS_WHERE_IT_IS:
            await matrix.put_back()
    return wrong


async def edited(matrix: Matrix, client: httpx.AsyncClient, allowed: list[str]) -> list[str]:
    """What was changed by somebody who may not, or could not be by somebody who may."""
    wrong: list[str] = []
    for state, ticket in matrix.tickets.items():
        got = await client.patch(f"/tickets/{ticket}", json={"urgency": "urgent"})
        if (got.status_code == 200) is not (state in allowed) or got.status_code not in {200, 403, 409}:
            wrong.append(f"edit in {state}: {got.status_code} {got.text[:120]}")
    await matrix.put_back()
    return wrong

"""A bench for calls with several people: three agents and two leaders, and ears that say who hears whom."""

from dataclasses import replace
from typing import Any

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Participant
from hotline.core.centre import Outcome
from hotline.core.events import Role, TargetKind
from hotline.core.ids import CallId
from hotline.core.requests import Target
from hotline.core.site import Prompt, Site
from hotline.core.switching import HangUpBy
from hotline.simulation.connections import Connections
from tests.unit.core_bench import SURVEY, Bench, agent, queue, site

AGENTS = ("1001", "1002", "1003")
SITE = site(
    survey=SURVEY,
    queues=[queue(survey=True), queue("other")],
    agents=[
        *(agent(number) for number in AGENTS),
        replace(agent("2001", "other"), leader=True),
        replace(agent("2002", "other"), leader=True),
    ],
)
SITE = replace(
    SITE,
    trunks=(replace(SITE.trunks[0], max_calls=30),),
    prompts=(
        *SITE.prompts,
        *(Prompt(key=k, path=k, duration_ms=900) for k in ("agent_number_before", "say_yao")),
    ),  # pyright: ignore[reportArgumentType]
)


def to_agent(number: str) -> Target:
    return Target(kind=TargetKind.AGENT, value=number)


def to_number(number: str = "13911112222") -> Target:
    return Target(kind=TargetKind.NUMBER, value=number)


class Parties(Bench):
    """The bench, with everybody signed in and one talk between agent 1001 and a citizen."""

    def __init__(self, the_site: Site = SITE, *, present: tuple[str, ...] = ("1002",)) -> None:
        self.ears = Connections()
        super().__init__(the_site)
        self.sign_in("1001")
        self.id: CallId = self.talk()
        self.sign_in(*present)
        self.lead = self.call(self.id).talk.leg_id  # pyright: ignore[reportOptionalMemberAccess]

    def took(self, outcome: Outcome) -> Outcome:
        super().took(outcome)
        for command in self.commands:
            self.ears.take(command)
        return outcome

    def down(
        self, leg_id: Any, cause: s.HangUpCause = s.HangUpCause.NORMAL, by: HangUpBy = HangUpBy.REMOTE
    ) -> Outcome:
        self.ears.gone(leg_id)
        return super().down(leg_id, cause, by)

    def verb(self, kind: type[Any], number: str = "1001", **fields: Any) -> Outcome:
        """Somebody asks for something in this call."""
        return self.ask(kind, number, call_id=self.id, **fields)

    def party(self, *roles: Role) -> Participant:
        """The newest participant (in one of these roles)."""
        wanted = [p for p in self.call(self.id).participants.values() if not roles or p.role in roles]
        return wanted[-1]

    def consult(self, to: Target | None = None, *, up: bool = True) -> str:
        """The lead consults a colleague (1002); returns the new leg."""
        self.verb(r.ConsultCall, to=to or to_agent("1002"))
        leg = self.party(Role.CONSULTED).leg_id
        if up:
            self.up(leg)
        return leg

    def supervise(self, role: Role, number: str = "2001") -> str:
        """A leader with a registered telephone takes part; returns the leg."""
        if f"{number}-web" not in self.centre.floor.devices:
            self.register(f"{number}-web")
        self.verb(r.Supervise, number, role=role)
        leg = self.party(role).leg_id
        self.up(leg)
        return leg

    @property
    def c(self) -> str:
        """The citizen's leg."""
        return self.citizen(self.id)

    def matrix(self, **names: str) -> dict[str, str]:
        """Who hears whom, in the given letters: `{"c": "l", "l": "c"}`."""
        letters = {leg: letter for letter, leg in names.items()}
        return {
            letter: "".join(sorted(letters[heard] for heard in self.ears.hears(leg)))
            for letter, leg in names.items()
        }

    def talk_ends(self) -> list[tuple[str, str]]:
        """Whose talks ended, and how."""
        return [(event.agent_id, event.how.value) for event in self.of(e.TalkEnded)]

"""The history of the demo site: days of the simulated centre under the demo's names, whole and without open ends."""

from datetime import date

from hotline.core.events import AgentSignedIn, AgentSignedOut, CallArrived, CallEnded
from hotline.core.metrics.query import LOCAL_OFFSET
from hotline.demo.history import history
from hotline.demo.people import PEOPLE


def test_days_are_whole_and_of_the_demo_site() -> None:
    days = list(history(date(2026, 11, 20), days=2, calls_a_day=40))
    people = {person.user_id for person in PEOPLE}
    seen: set[str] = set()
    for day, events in zip((date(2026, 11, 19), date(2026, 11, 20)), days, strict=True):
        assert {(event.at + LOCAL_OFFSET).date() for event in events} == {day}
        arrived = {event.call_id for event in events if isinstance(event, CallArrived)}
        assert arrived <= {event.call_id for event in events if isinstance(event, CallEnded)}
        assert not arrived & seen, "ids of two days differ"
        seen |= arrived
        signed_in = {event.agent_id for event in events if isinstance(event, AgentSignedIn)}
        assert signed_in == {event.agent_id for event in events if isinstance(event, AgentSignedOut)}
        assert signed_in <= people
        assert all(event.hotline_id == "demo" for event in events if isinstance(event, CallArrived))

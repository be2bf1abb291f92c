"""What today's earlier events say that the centre needs to go on: who talked with whom last, and which numbers agents dialled.

Fed with the whole day's journal at the start, when calls that are over are not folded otherwise. Knows no clock.
"""

from datetime import datetime

from hotline.core import events as e
from hotline.core.centre import Centre
from hotline.core.ids import AgentId, CallId


class Recall:
    """Reads the day once; `teach` hands what it learnt to the centre."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._outside: dict[CallId, str] = {}
        self._last: dict[str, AgentId] = {}
        self._dialled: dict[AgentId, list[str]] = {}

    def sees(self, event: e.Event) -> None:
        """Take in one event, in the journal's order."""
        match event:
            case (
                e.CallArrived(call_id=call_id, ani=number) | e.CallbackQueued(call_id=call_id, number=number)
            ):
                self._outside[call_id] = number
            case e.CallPlaced(direction=e.Direction.OUTBOUND, call_id=call_id, to=number):
                self._outside[call_id] = number
                self._dials(event.agent_id, number)
            case e.TransferMade(kind=e.TargetKind.NUMBER, by=by, to=number, consulted=False) if (
                by is not None
            ):
                self._dials(by, number)
            case e.ParticipantInvited(agent_id=None, by=by, number=number) if number:
                self._dials(by, number)
            case e.TalkStarted(call_id=call_id, agent_id=agent_id) if call_id in self._outside:
                number = self._outside[call_id]
                self._last.pop(number, None)
                self._last[number] = agent_id
            case e.CallEnded(call_id=call_id):
                self._outside.pop(call_id, None)
            case _:
                pass

    def _dials(self, agent_id: AgentId, number: str) -> None:
        self._dialled.setdefault(agent_id, []).append(number)

    def teach(self, centre: Centre, at: datetime) -> None:
        """Let the centre know."""
        centre.remember_last_agents({n: a for n, a in self._last.items() if n.lstrip("+").isdigit()})
        centre.remember_calls_today(self._dialled, at)

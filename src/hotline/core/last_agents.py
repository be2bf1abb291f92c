"""Who served a caller last: by the number outside, the newest `KEPT_MAX` numbers. Folded from talks. Knows no queue."""

from collections import OrderedDict
from collections.abc import Mapping

from hotline.core.call import Call
from hotline.core.events import Direction
from hotline.core.ids import AgentId

KEPT_MAX = 50_000


class LastAgents:
    """The agent of the last talk with each number."""

    def __init__(self) -> None:
        """Begin knowing nobody."""
        self._of: OrderedDict[str, AgentId] = OrderedDict()

    def of(self, number: str) -> AgentId | None:
        """Return who talked with this number last, as far as is known."""
        return self._of.get(number)

    def served(self, call: Call, agent_id: AgentId) -> None:
        """A talk of this agent with the number outside of the call has begun."""
        number = call.ani if call.direction is Direction.INBOUND else call.dnis
        if (
            call.direction is Direction.INTERNAL or not number.lstrip("+").isdigit()
        ):  # "anonymous" is many people
            return
        self._of[number] = agent_id
        self._of.move_to_end(number)
        if len(self._of) > KEPT_MAX:
            self._of.popitem(last=False)

    def remember(self, agents: Mapping[str, AgentId]) -> None:
        """Take over what the call list knows, oldest first; talks since the start are newer and stay."""
        newer = self._of
        self._of = OrderedDict(agents)
        for number, agent_id in newer.items():
            self._of[number] = agent_id
            self._of.move_to_end(number)
        while len(self._of) > KEPT_MAX:
            self._of.popitem(last=False)

"""From signing in to signing out: a row when it begins, the same row again when it ends."""

from collections.abc import Iterable

from msgspec.structs import replace

from hotline.core import events as e
from hotline.core.ids import AgentId
from hotline.core.metrics.facts import Fact, SignInFact


class SignIns:
    """Who is signed in, and since when."""

    def __init__(self, known: Iterable[SignInFact] = ()) -> None:
        self._open: dict[AgentId, SignInFact] = {row.agent_id: row for row in known}

    def sign_in(self, event: e.AgentSignedIn) -> list[Fact]:
        """Begin; a sign-in that was never ended ends here."""
        before = self._open.get(event.agent_id)
        rows: list[Fact] = []
        start = event.at
        if before is not None:
            rows.append(replace(before, to_at=max(before.from_at, event.at), why="system"))
            start = max(event.at, before.from_at)
        row = SignInFact(
            agent_id=event.agent_id,
            authority_id=event.authority_id,
            from_at=start,
            to_at=None,
            device_id=event.device_id,
            address=event.address,
            why="",
            by=None,
        )
        self._open[event.agent_id] = row
        return [*rows, row]

    def sign_out(self, event: e.AgentSignedOut) -> list[Fact]:
        """End; without a beginning there is nothing to end."""
        row = self._open.pop(event.agent_id, None)
        if row is None:
            return []
        return [replace(row, to_at=max(row.from_at, event.at), why=event.why, by=event.by)]

    def open(self) -> tuple[SignInFact, ...]:
        """Those who are signed in."""
        return tuple(self._open.values())

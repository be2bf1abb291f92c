"""Keep the links in step with the journal, inside the transaction that appends (`ports.journal.Projection`).

So a survey that is due is never forgotten and never sent for a second time, and an answer in the journal has used up its link.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hotline.core import events as e
from hotline.features.surveys.models import SurveyLink
from hotline.ports.journal import Recorded

_LINK: Any = SurveyLink.__table__


class SurveyLinkProjection:
    """Folds what concerns surveys by SMS. Keeps nothing between transactions."""

    def apply(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        """Fold these events in."""
        for one in recorded:
            match one.event:
                case e.SurveyLinkDue() as due:
                    _enter(connection, due)
                case e.SurveyLinkSettled(call_id=call_id):
                    _set(connection, call_id, told=True)
                case e.SurveyAnswered(call_id=call_id, link=True, at=at):
                    _set(connection, call_id, state="answered", answered_at=at)
                case _:
                    pass


def _enter(connection: Connection, due: e.SurveyLinkDue) -> None:
    there = connection.execute(select(_LINK.c.call_id).where(_LINK.c.call_id == due.call_id)).first()
    if there is None:
        connection.execute(
            insert(_LINK).values(
                call_id=due.call_id,
                authority_id=due.authority_id,
                state="due",
                number=due.number,
                hotline_id=due.hotline_id,
                agent_id=due.agent_id,
                queue_id=due.queue_id,
                due_at=due.at,
                told=False,
                why="",
            )
        )


def _set(connection: Connection, call_id: str, **values: Any) -> None:
    connection.execute(update(_LINK).where(_LINK.c.call_id == call_id).values(**values))

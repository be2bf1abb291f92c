"""Assemble rows and details of calls from the tables, the journal and names."""

from collections.abc import Collection, Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core import codec
from hotline.core.events import CallEvent, Direction, Disposition
from hotline.core.ids import CallId
from hotline.core.metrics import facts as f
from hotline.core.metrics.evaluate import latest
from hotline.core.metrics.folds import FactFold, milliseconds
from hotline.core.site import Site
from hotline.features.calls.models import CallRecord, Recording
from hotline.features.calls.names import DISPOSITIONS, Names, load_names
from hotline.features.calls.repository import (
    CallFilter,
    Calls,
)
from hotline.features.calls.schemas import CallDetail, CallPage, CallRow, RecordingView, StoryEvent
from hotline.features.calls.story import sentence
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.regions import region_of
from hotline.ports.journal import Journal, Recorded


class CallList:
    """The list and the details, for one actor."""

    def __init__(self, session: AsyncSession, actor: Actor, site: Site, journal: Journal) -> None:
        self.calls = Calls(session, actor)
        self._session = session
        self._site = site
        self._journal = journal

    async def page(self, wanted: CallFilter, cursor: str | None, limit: int) -> CallPage:
        """Return one page, newest first; the total only with the first page."""
        found = await self.calls.page(wanted, cursor, limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        last = shown[-1] if shown else None
        return CallPage(
            items=await self.rows(shown),
            next_cursor=make_cursor(last.started_at.isoformat(), last.id) if more and last else None,
            total=await self.calls.total(wanted) if cursor is None else None,
        )

    async def rows(self, records: Collection[CallRecord]) -> list[CallRow]:
        """Return records as rows, with names."""
        names = await load_names(self._session, self._site)
        ids = [record.id for record in records]
        queues, agents = _grouped(await self.calls.queues_of(ids)), _grouped(await self.calls.agents_of(ids))
        return [
            _row(record, names, queues.get(record.id, {}), agents.get(record.id, {})) for record in records
        ]

    async def detail(self, call_id: str) -> CallDetail:
        """Return a call with everything that happened to it. Raises `NotFound`."""
        record = await self.calls.require(call_id)
        row = (await self.rows([record]))[0]
        names = await load_names(self._session, self._site)
        recorded = await self._journal.of_call(CallId(call_id))
        told = _facts(recorded)
        return CallDetail(
            **row.model_dump(),
            visits=[fact for fact in told if isinstance(fact, f.QueueVisitFact)],
            offers=[fact for fact in told if isinstance(fact, f.OfferFact)],
            talks=[fact for fact in told if isinstance(fact, f.TalkFact)],
            keys=[fact for fact in told if isinstance(fact, f.IvrKeyFact)],
            survey=[fact for fact in told if isinstance(fact, f.SurveyAnswerFact)],
            recordings=[_recording(one) for one in await self.calls.recordings_of(call_id)],
            events=[_story(one, names) for one in recorded],
        )

    async def recordings(self, call_id: str) -> list[Recording]:
        """Return the recordings of a call. Raises `NotFound` when the call is not in sight."""
        await self.calls.require(call_id)
        return await self.calls.recordings_of(call_id)


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, dict[str, None]]:
    """The second of the pairs by the first, each once, in order."""
    grouped: dict[str, dict[str, None]] = {}
    for call_id, other in pairs:
        grouped.setdefault(call_id, {})[other] = None
    return grouped


def seconds_of(ms: int | None) -> int | None:
    """Whole seconds, half up."""
    return None if ms is None else (ms + 500) // 1000


def _row(record: CallRecord, names: Names, queues: Iterable[str], agents: Iterable[str]) -> CallRow:
    ended = record.ended_at
    other = record.ani if record.direction == Direction.INBOUND else record.dnis
    return CallRow(
        id=record.id,
        direction=Direction(record.direction),
        hotline_id=record.hotline_id,
        hotline_name=names.hotlines.get(record.hotline_id or "", ""),
        ani=record.ani,
        ani_region=region_of(other),
        dnis=record.dnis,
        web=record.web,
        test=record.test,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=ended,
        duration_s=seconds_of(milliseconds(record.started_at, ended)) if ended else None,
        wait_s=seconds_of(record.wait_ms),
        talk_s=seconds_of(record.talk_ms) or 0,
        disposition=Disposition(record.disposition) if record.disposition else None,
        disposition_name=DISPOSITIONS[Disposition(record.disposition)] if record.disposition else "进行中",
        agents=[names.agent(one) for one in agents],
        queues=[names.queue(one) for one in queues],
        has_recording=record.has_recording,
        survey_grade=record.survey_grade,
        survey_label=record.survey_label,
    )


def _facts(recorded: list[Recorded]) -> list[f.Fact]:
    fold = FactFold()
    return latest([fact for one in recorded for fact in fold.apply(one.event)])


def _recording(recording: Recording) -> RecordingView:
    return RecordingView(
        id=recording.id,
        kind=recording.kind,
        started_at=recording.started_at,
        ready=recording.finished_at is not None,
        duration_ms=recording.duration_ms,
        size_bytes=recording.size_bytes,
        sha256=recording.sha256,
        error=recording.error,
    )


_HIDDEN = ("authority_id", "call_id", "at", "type")


def _story(recorded: Recorded, names: Names) -> StoryEvent:
    event = recorded.event
    assert isinstance(event, CallEvent), "a call's stream holds call events"
    data = {key: value for key, value in codec.encode(event).items() if key not in _HIDDEN}
    if data.get("secret"):
        data["value"] = "••••"
    return StoryEvent(
        seq=recorded.seq, at=event.at, kind=type(event).__name__, text=sentence(event, names), data=data
    )

"""Routes of the call list. Whoever lacks `calls.read` sees only calls in which they talked; every playback is audited."""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse

from hotline.core.events import Direction, Disposition
from hotline.features.calls.audio import POINTS_MAX, RecordingNotReady, file_of, waveform
from hotline.features.calls.export import sheet
from hotline.features.calls.models import Recording
from hotline.features.calls.repository import CallFilter
from hotline.features.calls.schemas import CallDetail, CallPage, Waveform
from hotline.features.calls.service import CallList
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.errors import NotFound, NotPermitted
from hotline.platform.exports import DIRECT_MOST, ExportTooLong
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.platform.times import moment
from hotline.ports.call_control import CallControl
from hotline.ports.journal import Journal

router = APIRouter(prefix="/calls", tags=["calls"])

CanRead = Annotated[Actor, Depends(require(Permission.CALLS_READ, Permission.CALLS_READ_OWN))]
CanPlay = Annotated[Actor, Depends(require(Permission.RECORDINGS_PLAY, Permission.RECORDINGS_PLAY_OWN))]
CanExport = Annotated[Actor, Depends(require(Permission.CALLS_READ))]
Control = Annotated[CallControl, Depends(provided(CallControl))]
TheJournal = Annotated[Journal, Depends(provided(Journal))]


def call_filter(
    start: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
    number: Annotated[str | None, Query(max_length=32, pattern=r"^[0-9+*#]*$")] = None,
    agent: str | None = None,
    queue: str | None = None,
    hotline: str | None = None,
    direction: Direction | None = None,
    disposition: Disposition | None = None,
    *,
    has_recording: bool | None = None,
    test: bool | None = None,
) -> CallFilter:
    """Read the filters from the query string."""
    return CallFilter(
        start=moment(start), end=moment(end), number=number, agent=agent, queue=queue, hotline=hotline, direction=direction,
        disposition=disposition, has_recording=has_recording, test=test,
    )  # fmt: skip


Wanted = Annotated[CallFilter, Depends(call_filter)]


@router.get("")
async def list_calls(
    actor: CanRead,
    session: ReadSession,
    control: Control,
    journal: TheJournal,
    wanted: Wanted,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CallPage:
    """Return calls, newest first."""
    return await CallList(session, actor, control.site(), journal).page(wanted, cursor, limit)


@router.get("/export", response_class=Response)
async def export_calls(
    actor: CanExport,
    work: WriteWork,
    control: Control,
    journal: TheJournal,
    wanted: Wanted,
    format: Literal["csv", "xlsx"] = "csv",  # noqa: A002 - the name in the address
) -> Response:
    """Return the filtered list as a file, newest first (20,000 calls at most, longer ones as a job)."""
    calls = CallList(work.session, actor, control.site(), journal)
    records = [record async for record in calls.calls.stream(wanted, DIRECT_MOST + 1)]
    if len(records) > DIRECT_MOST:
        raise ExportTooLong(count=await calls.calls.total(wanted), most=DIRECT_MOST)
    rows = [row for at in range(0, len(records), 500) for row in await calls.rows(records[at : at + 500])]
    about = (f"通话记录，共 {len(rows)} 条，导出人 {actor.name}（{actor.username}）",)
    content = await asyncio.to_thread(to_csv if format == "csv" else to_xlsx, sheet(rows, about))
    target = audit.Target(kind="calls", id="", name="通话记录", authority_id=actor.authority_id)
    audit.record(work, actor, "calls.export", target, after={"count": len(rows), "format": format})
    return Response(
        content,
        media_type=CSV_TYPE if format == "csv" else XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="calls.{format}"'},
    )


@router.get("/{call_id}")
async def get_call(
    call_id: str, actor: CanRead, session: ReadSession, control: Control, journal: TheJournal
) -> CallDetail:
    """Return a call with its visits, offers, talks, keys, survey, recordings, and its journal."""
    return await CallList(session, actor, control.site(), journal).detail(call_id)


@router.get("/{call_id}/recording", response_class=FileResponse)
async def play_recording(
    call_id: str,
    actor: CanPlay,
    work: WriteWork,
    platform: ThePlatform,
    control: Control,
    journal: TheJournal,
    recording: str | None = None,
    *,
    download: bool = False,
) -> FileResponse:
    """Return the audio (ranges are served). Each playback of a recording by a session is audited once in ten minutes."""
    if download and not actor.may(Permission.RECORDINGS_DOWNLOAD):
        raise NotPermitted(permissions=[str(Permission.RECORDINGS_DOWNLOAD)])
    found = await _recording(
        CallList(work.session, _player(actor), control.site(), journal), call_id, recording
    )
    file = await asyncio.to_thread(file_of, platform.settings.data, found.path)
    action = "recordings.download" if download else "recordings.play"
    if _playbacks.is_new(f"{actor.session_id} {found.id} {action}", platform):
        target = audit.Target(kind="recording", id=found.id, name=call_id, authority_id=found.authority_id)
        audit.record(work, actor, action, target)
    name = f"{call_id}.wav" if download else None
    return FileResponse(
        file, media_type="audio/wav", filename=name, headers={"Cache-Control": "private, no-store"}
    )


@router.get("/{call_id}/waveform")
async def get_waveform(
    call_id: str,
    actor: CanPlay,
    session: ReadSession,
    platform: ThePlatform,
    control: Control,
    journal: TheJournal,
    recording: str | None = None,
    points: Annotated[int, Query(ge=50, le=POINTS_MAX)] = 1000,
) -> Waveform:
    """Return the peaks of both sides of a recording."""
    found = await _recording(CallList(session, _player(actor), control.site(), journal), call_id, recording)
    file = await asyncio.to_thread(file_of, platform.settings.data, found.path)
    return await asyncio.to_thread(waveform, file, points)


async def _recording(calls: CallList, call_id: str, recording_id: str | None) -> Recording:
    found = await calls.recordings(call_id)
    chosen = [one for one in found if recording_id in {None, one.id}]
    if not chosen:
        raise NotFound(id=recording_id or call_id)
    whole = [one for one in chosen if one.finished_at is not None]
    if not whole:
        raise RecordingNotReady
    return whole[0]


def _player(actor: Actor) -> Actor:
    """Who may play everybody's recordings finds every call; who may play only their own finds only those."""
    if actor.may(Permission.RECORDINGS_PLAY):
        return actor
    return replace(actor, permissions=actor.permissions - {Permission.CALLS_READ})


class _Playbacks:
    """Which playbacks were audited lately: a player asks for a file in many ranges. Bounded; the oldest is forgotten."""

    SAME_WITHIN = timedelta(minutes=10)
    MOST = 10_000

    def __init__(self) -> None:
        self._at: OrderedDict[str, datetime] = OrderedDict()

    def is_new(self, key: str, platform: Platform) -> bool:
        """Whether this playback is to be entered; remembers it."""
        now = platform.clock()
        before = self._at.get(key)
        if before is not None and now - before < self.SAME_WITHIN:
            return False
        self._at[key] = now
        while len(self._at) > self.MOST:
            self._at.popitem(last=False)
        return True


_playbacks = _Playbacks()

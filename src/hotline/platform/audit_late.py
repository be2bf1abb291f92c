"""Entries of the audit trail about acts that are done and cannot be undone: a call is released, whatever the database says afterwards.

Such an act must not be answered as failed because its entry could not be written. The entry goes into the trail at once where the database
answers, otherwise into a synced file, from which it is entered, once, as soon as the database is back or another application has started.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import select

from hotline.platform import audit
from hotline.platform.actor import Actor
from hotline.platform.audit import AuditEntry, Note, Target
from hotline.platform.database import Database
from hotline.platform.errors import DatabaseUnavailable

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY_S: Final = 1.0
WRITE_LIMIT_S: Final = 3.0
"""Who did the act waits no longer for its entry."""


class LateEntries:
    """Enters what was done. `run` brings in what waits."""

    def __init__(self, database: Database, waiting: Path) -> None:
        self._database = database
        self._waiting = waiting
        self._turn = asyncio.Lock()

    async def enter(
        self,
        actor: Actor,
        action: str,
        target: Target,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Enter an act, now or later (see `audit.record` for the values). Does not fail because of the database."""
        note = audit.note_of(actor, action, target, before=before, after=after)
        if note is None:
            return
        async with self._turn:
            try:
                async with asyncio.timeout(WRITE_LIMIT_S):
                    await self._write((note,))
            except (DatabaseUnavailable, TimeoutError):
                log.warning("audit_entry_waits", action=action)
                await asyncio.to_thread(self._keep, note)

    async def run(self) -> None:
        """Until cancelled: bring in what waits."""
        while True:
            if self._waiting.exists():
                await self.bring_in()
            await asyncio.sleep(LOOK_EVERY_S)

    async def bring_in(self) -> None:
        """Enter what waits, oldest first; what the database does not take yet goes on waiting."""
        async with self._turn:
            text = await asyncio.to_thread(self._waiting.read_bytes) if self._waiting.exists() else b""
            notes = [note for line in text.splitlines() if (note := _note(line)) is not None]
            try:
                await self._write(notes)
            except DatabaseUnavailable:
                return
            self._waiting.unlink(missing_ok=True)
            if notes:
                log.info("audit_entries_brought_in", entries=len(notes))

    def _keep(self, note: Note) -> None:
        try:
            self._waiting.parent.mkdir(parents=True, exist_ok=True)
            with self._waiting.open("ab") as file:
                file.write(orjson.dumps(asdict(note)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:  # the journal still tells who did it
            log.critical("audit_entry_lost", action=note.action, target=note.target_id, exc_info=True)

    async def _write(self, notes: Sequence[Note]) -> None:
        async with self._database.writing() as work:
            known = select(AuditEntry.id).where(AuditEntry.id.in_([note.id for note in notes]))
            there = set(await work.session.scalars(known))
            for note in notes:
                if note.id not in there:
                    await audit.append(work.session, note)


def _note(line: bytes) -> Note | None:
    try:
        note = Note(**orjson.loads(line))
        return replace(note, at=datetime.fromisoformat(str(note.at)))
    except (
        orjson.JSONDecodeError,
        TypeError,
        ValueError,
    ):  # cut off by a loss of power: never confirmed to anybody
        log.warning("audit_entry_unreadable")
        return None

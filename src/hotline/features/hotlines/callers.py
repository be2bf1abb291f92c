"""Change the list of known callers of the actor's organisation: as a whole, or from a file. Audited; reaches the centre after the commit."""

import asyncio
from collections.abc import Sequence

from hotline.features.hotlines.caller_file import read_callers
from hotline.features.hotlines.models import KnownCallerRow
from hotline.features.hotlines.repository import KnownCallerRepository
from hotline.features.hotlines.schemas_callers import (
    CALLERS_MAX,
    ImportResult,
    KnownCallerFields,
    KnownCallerRead,
    KnownCallers,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid


def read_caller(row: KnownCallerRow) -> KnownCallerRead:
    """Return a known caller."""
    return KnownCallerRead.model_validate(row, extra="ignore")


class KnownCallerService:
    """Changes known callers within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._callers = KnownCallerRepository(work.session, actor)

    async def replace(self, wanted: Sequence[KnownCallerFields]) -> KnownCallers:
        """Set the whole list."""
        own = self._actor.authority_id
        numbers = [item.number for item in wanted]
        if len(set(numbers)) != len(numbers):
            raise Invalid("items", "同一个号码只能出现一次")
        before = await self._own()
        now = self._platform.clock()
        rows = [
            KnownCallerRow(
                authority_id=own,
                since=before[item.number].since if item.number in before else now,
                **item.model_dump(mode="json"),
            )
            for item in wanted
        ]
        for row in before.values():
            self._work.session.expunge(row)
        await self._callers.replace(own, rows)
        audit.record(
            self._work,
            self._actor,
            "known_callers.update",
            audit.Target(kind="known_callers", id=own, authority_id=own),
            before={number: _logged(row) for number, row in before.items()},
            after={row.number: _logged(row) for row in rows},
        )
        mark_site_changed(self._work, self._platform)
        return KnownCallers(items=[read_caller(row) for row in rows])

    async def take_file(self, content: bytes, *, apply: bool, replace: bool) -> ImportResult:
        """Read an XLSX or CSV file, say what it would change, and change it with `apply` unless a line is wrong."""
        items, problems = await asyncio.to_thread(read_callers, content)
        there = {number: _fields(row) for number, row in (await self._own()).items()}
        given = {item.number: item for item in items}
        whole = given if replace else there | given
        if len(whole) > CALLERS_MAX:
            raise Invalid("file", f"重要来电最多 {CALLERS_MAX} 个")
        applied = apply and not problems
        if applied:
            await self.replace(list(whole.values()))
        return ImportResult(
            applied=applied,
            items=items,
            added=len(given.keys() - there.keys()),
            changed=sum(there[number] != given[number] for number in given.keys() & there.keys()),
            removed=len(there.keys() - given.keys()) if replace else 0,
            problems=problems,
        )

    async def _own(self) -> dict[str, KnownCallerRow]:
        own = KnownCallerRow.authority_id == self._actor.authority_id
        return {row.number: row for row in await self._callers.all(own)}


def _fields(row: KnownCallerRow) -> KnownCallerFields:
    return KnownCallerFields.model_validate(row, extra="ignore")


def _logged(row: KnownCallerRow) -> str:
    return f"{row.kind} {row.priority}"

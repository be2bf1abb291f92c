"""The alarms that run now: one task follows the live view, tells every screen at once, and writes down what happened.

A database that is away delays nothing but the writing: what could not be written is kept, newest state for each alarm, and tried again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, cast

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hotline.core.ids import AuthorityId
from hotline.features.alarms.evaluator import Alarm, Evaluator
from hotline.features.alarms.repository import AlarmRepository, AlarmRuleRepository, to_alarm, to_rule
from hotline.platform.access import Platform
from hotline.platform.actor import Actor, system_actor
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.ids import new_id
from hotline.ports.call_control import CallControl, ChangesLost, LiveChange
from hotline.ports.day_figures import DayBook, DayFigures
from hotline.ports.statistics import StatisticsUnavailable

log = structlog.stdlib.get_logger(__name__)

RETRY_S: Final = 5.0
DAY_EVERY_S: Final = 5.0
KEPT: Final = timedelta(days=400)
"""Alarms that ended before are forgotten at the next start."""
READER_MOST: Final = 1_000
"""So many alarms a reader may be behind before it must begin again with a snapshot."""
_AWAY: Final = (SQLAlchemyError, DatabaseUnavailable, OSError, TimeoutError)


@dataclass(slots=True, eq=False)
class AlarmBoard:
    """Follows the live view while `run` runs."""

    platform: Platform
    control: Callable[[], CallControl]
    _evaluator: Evaluator = field(default_factory=lambda: Evaluator(new_id))
    _unwritten: dict[str, Alarm] = field(default_factory=dict[str, Alarm])
    _readers: set[asyncio.Queue[Alarm | None]] = field(default_factory=set["asyncio.Queue[Alarm | None]"])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _restored: bool = False

    def running(self, actor: Actor) -> list[Alarm]:
        """Alarms in sight, the worst and newest first."""
        seen = [alarm for alarm in self._evaluator.running.values() if actor.sees(alarm.authority_id)]
        return sorted(seen, key=lambda alarm: (alarm.level.value, alarm.raised_at), reverse=True)

    def find(self, alarm_id: str) -> Alarm | None:
        """The alarm, if it runs."""
        return next((one for one in self._evaluator.running.values() if one.id == alarm_id), None)

    def acknowledge(self, alarm: Alarm, actor: Actor, now: datetime) -> Alarm:
        """Note that somebody has taken an alarm on; the first one stays."""
        if alarm.acknowledged_at is not None:
            return alarm
        known = replace(
            alarm, acknowledged_at=now, acknowledged_by=actor.user_id, acknowledged_name=actor.name
        )
        if self._evaluator.running.get(alarm.key) is alarm:
            self._evaluator.running[alarm.key] = known
        self._tell([known])
        return known

    async def rules_changed(self) -> None:
        """Look at everything anew: rules, organisations or the site are others now."""
        self._changed.set()

    @contextmanager
    def following(self, actor: Actor) -> Iterator[AsyncIterator[Alarm]]:
        """Give a reader every alarm in sight that from now on begins, changes, is acknowledged or ends.

        A reader too slow gets `ChangesLost`.
        """
        inbox: asyncio.Queue[Alarm | None] = asyncio.Queue(READER_MOST + 1)
        self._readers.add(inbox)
        try:
            yield _read(inbox, actor)
        finally:
            self._readers.discard(inbox)

    async def run(self) -> None:
        """Follow the live view for ever."""
        while True:
            try:
                await self._follow_live()
                continue
            except ChangesLost:
                continue
            except _AWAY as away:
                log.warning("alarms_wait_for_database", error=type(away).__name__)
            except Exception:
                log.exception("alarms_failed")
            await asyncio.sleep(RETRY_S)

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _follow_live(self) -> None:
        seq = await self._begin()
        changes = self.control().bursts(seq)
        news, anew, days = _next(changes), _wait(self._changed), self._count_days(0.0)
        try:
            while not anew.done():
                await asyncio.wait(
                    {news, anew, days}, timeout=self._pause_s(), return_when=asyncio.FIRST_COMPLETED
                )
                now = self.platform.clock()
                if news.done():
                    found = self._evaluator.take(news.result(), now)
                    news = _next(changes)
                    self._tell(found)
                if days.done():
                    self._tell(self._evaluator.take_days(days.result(), now))
                    days = self._count_days(DAY_EVERY_S)
                self._tell(self._evaluator.tick(now))
                await self._write()
        finally:
            for task in (news, anew, days):
                task.cancel()
            await asyncio.gather(news, anew, days, return_exceptions=True)

    def _count_days(self, after_s: float) -> asyncio.Task[dict[str, DayFigures]]:
        """Count the day anew after a pause; never done where no rule measures it, empty while the statistics are away."""
        wanted = self._evaluator.of_the_day()

        async def count() -> dict[str, DayFigures]:
            if not wanted:
                await asyncio.Event().wait()
            await asyncio.sleep(after_s)
            book = cast("DayBook", self.platform.services[DayBook])
            try:
                return {
                    owner: await book.of(frozenset(map(AuthorityId, reach)))
                    for owner, reach in wanted.items()
                }
            except (StatisticsUnavailable, *_AWAY) as away:
                log.info("alarms_wait_for_statistics", error=type(away).__name__)
                return {}

        return asyncio.create_task(count(), name="alarms-days")

    async def _begin(self) -> int:
        """Read rules, and at first the alarms that ran when we ended; measure everything. Returns the seq to follow from."""
        self._changed.clear()
        actor = system_actor("alarms")
        async with self.platform.database.reading() as session:
            rules = [to_rule(row) for row in await AlarmRuleRepository(session, actor).in_order()]
            alarms = AlarmRepository(session, actor)
            families = await alarms.families()
            if not self._restored:
                self._evaluator.running = {a.key: a for a in map(to_alarm, await alarms.running())}
        if not self._restored:
            await self._forget_old()
            self._restored = True
        live = self.control().live(None)
        self._tell(self._evaluator.begin(rules, families, live, self.platform.clock()))
        await self._write()
        return live.seq

    async def _forget_old(self) -> None:
        async with self.platform.database.writing() as work:
            await AlarmRepository(work.session, system_actor("alarms")).forget(self.platform.clock() - KEPT)

    def _pause_s(self) -> float | None:
        due = self._evaluator.next_due()
        until_due = None if due is None else max(0.0, (due - self.platform.clock()).total_seconds())
        if not self._unwritten:
            return until_due
        return RETRY_S if until_due is None else min(until_due, RETRY_S)

    def _tell(self, alarms: list[Alarm]) -> None:
        for alarm in alarms:
            self._unwritten[alarm.id] = alarm
            log.info(
                "alarm", rule_id=alarm.rule_id, level=alarm.level.value, cleared=alarm.cleared_at is not None
            )
        for inbox in tuple(self._readers):
            for alarm in alarms:
                if inbox.qsize() < READER_MOST:
                    inbox.put_nowait(alarm)
                else:
                    self._readers.discard(inbox)
                    inbox.put_nowait(None)
                    break

    async def _write(self) -> None:
        """Write what is not written yet; leaves it for later while the database is away."""
        if not self._unwritten:
            return
        wanted = dict(self._unwritten)
        try:
            async with self.platform.database.writing() as work:
                alarms = AlarmRepository(work.session, system_actor("alarms"))
                for alarm in wanted.values():
                    await alarms.keep(alarm)
        except _AWAY as away:
            log.warning("alarms_not_written", count=len(wanted), error=type(away).__name__)
            return
        for alarm_id, alarm in wanted.items():
            if self._unwritten.get(alarm_id) is alarm:
                del self._unwritten[alarm_id]


async def _read(inbox: asyncio.Queue[Alarm | None], actor: Actor) -> AsyncIterator[Alarm]:
    while (alarm := await inbox.get()) is not None:
        if actor.sees(alarm.authority_id):
            yield alarm
    raise ChangesLost


def _next(changes: AsyncIterator[tuple[LiveChange, ...]]) -> asyncio.Task[tuple[LiveChange, ...]]:
    async def one() -> tuple[LiveChange, ...]:
        return await anext(changes)

    return asyncio.create_task(one(), name="alarms-changes")


def _wait(event: asyncio.Event) -> asyncio.Task[None]:
    async def wait() -> None:
        await event.wait()

    return asyncio.create_task(wait(), name="alarms-rules-changed")

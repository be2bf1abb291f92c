"""Take, keep and give back the lease.

No clock of any machine is compared with another's: a lease has run out for us when we have looked at it again and again for `TTL_S` by our
own clock, the database answering each time, and its beat stood still. After an outage of the database its holder therefore comes first.
Tokens follow the calendar where they can: engines remember the newest one, and a database made anew or restored must not lag behind it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from hotline.adapters.lease_sql.tables import LEASE
from hotline.platform.database_writer import make_writer
from hotline.ports.lease import Deposed, Holder

log = structlog.stdlib.get_logger(__name__)

TTL_S = 3.0
BEAT_S = 0.75
LOOK_S = 0.25
LIMIT_S = 1.5
"""A look or a beat that takes longer is given up and tried again."""
NAME = "centre"
TOKENS_SINCE_S = 1_577_836_800
"""2020-01-01: tokens are at least the seconds since then."""


class SqlLease:
    """Implements `ports.lease.Lease`. `acquire`, then `keep` in a task, in the end `release`; `close` always."""

    def __init__(
        self,
        url: URL,
        *,
        owner: str,
        address: str,
        authority_id: str,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`owner` must be the same after a restart of the same instance, and of nobody else: it need not wait for itself."""
        self._writer = make_writer(url)
        self._owner = owner[:200]
        self._address = address[:200]
        self._authority_id = authority_id
        self._now = now
        self._wall = wall
        self._seen: tuple[int, int] | None = None
        self._seen_since = 0.0
        self.token = 0
        self.spools_taken = 0

    async def acquire(self, waiting: Callable[[Holder], None]) -> int:
        """Return our token once we hold the lease; `waiting` is told who holds it meanwhile."""
        while True:
            try:
                holder = await self._writer.run(self._look, limit_s=LIMIT_S)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                self._seen = None
                log.warning("lease_not_readable", why=type(error).__name__)
            else:
                if holder is None:
                    log.info("lease_taken", lease=self.token)
                    return self.token
                waiting(holder)
            await asyncio.sleep(LOOK_S)

    async def keep(self) -> None:
        """Beat for ever; return when another application holds the lease."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                mine = await self._writer.run(self._beat, limit_s=LIMIT_S)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                # Without the database nobody can take it either; calls go on.
                log.warning("lease_not_renewed", why=type(error).__name__)
            else:
                if not mine:
                    log.critical("lease_lost", lease=self.token)
                    return

    async def spools_are_in(self) -> None:
        """Everything that earlier holders wrote aside is in the journal: what appears later counts for nothing."""
        taken = self.token - 1

        def act(connection: Connection) -> None:
            connection.execute(
                update(LEASE)
                .where(LEASE.c.name == NAME, LEASE.c.token == self.token)
                .values(spools_taken=taken)
            )

        await self._writer.run(act, limit_s=LIMIT_S)
        self.spools_taken = taken

    async def release(self) -> None:
        """Let the next one take it at once."""
        if not self.token:
            return

        def act(connection: Connection) -> None:
            connection.execute(
                update(LEASE).where(LEASE.c.name == NAME, LEASE.c.token == self.token).values(released=True)
            )

        try:
            await self._writer.run(act, limit_s=LIMIT_S)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("lease_not_released", why=type(error).__name__)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._writer.close()

    def fence(self, connection: Any) -> None:
        # FOR SHARE: whoever takes the lease waits for this transaction, and then reads everything it wrote.
        token = connection.execute(
            select(LEASE.c.token).where(LEASE.c.name == NAME).with_for_update(read=True)
        ).scalar()
        if token != self.token:
            raise Deposed

    # ── Inside one transaction ───────────────────────────────────────────────────────────────────────────────

    def _look(self, connection: Connection) -> Holder | None:
        """Take the lease if we may (None); else return who holds it."""
        row = connection.execute(select(LEASE).where(LEASE.c.name == NAME)).one_or_none()
        if row is None:
            return self._first(connection)
        holder = Holder(owner=row.owner, url=row.url, token=row.token)
        if not (row.owner == self._owner or row.released or self._stands_still(row.token, row.beat)):
            return holder
        token = self._after(row.token)
        taken = connection.execute(
            update(LEASE)
            .where(LEASE.c.name == NAME, LEASE.c.token == row.token, LEASE.c.beat == row.beat)
            .values(token=token, owner=self._owner, url=self._address, beat=row.beat + 1, released=False)
        )
        if taken.rowcount == 0:  # it beat, or another was quicker
            return holder
        self.token, self.spools_taken = token, row.spools_taken
        return None

    def _first(self, connection: Connection) -> Holder | None:
        """There is no row yet, or somebody writes it just now."""
        token = self._after(0)
        values = {
            "name": NAME,
            "authority_id": self._authority_id,
            "token": token,
            "owner": self._owner,
            "url": self._address,
            "beat": 1,
            "released": False,
            "spools_taken": 0,
        }
        try:
            with connection.begin_nested():
                connection.execute(insert(LEASE).values(values))
        except IntegrityError:
            return Holder(owner="", url="", token=0)
        self.token = token
        return None

    def _after(self, token: int) -> int:
        return max(token + 1, int(self._wall()) - TOKENS_SINCE_S)

    def _stands_still(self, token: int, beat: int) -> bool:
        if self._seen != (token, beat):
            self._seen, self._seen_since = (token, beat), self._now()
        return self._now() - self._seen_since >= TTL_S

    def _beat(self, connection: Connection) -> bool:
        done = connection.execute(
            update(LEASE)
            .where(LEASE.c.name == NAME, LEASE.c.token == self.token)
            .values(beat=LEASE.c.beat + 1)
        )
        return done.rowcount > 0

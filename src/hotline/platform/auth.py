"""Log-in and sessions: Argon2 in a worker thread, lock-out, opaque revocable tokens of which only a digest is stored (ADM-2).

Five wrong passwords close an account for fifteen minutes; a name that does not exist behaves exactly alike and takes the
same time, so that nobody learns who has an account. Many failures from one address close the door to that address.
Every log-in, and every refused one of an existing person, stands in the audit trail.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.ids import AuthorityId
from hotline.platform import audit
from hotline.platform.actor import Actor
from hotline.platform.auth_memory import KnownSessions, Remembered
from hotline.platform.clock import Clock, utc_now
from hotline.platform.database import Database, Work
from hotline.platform.errors import DatabaseUnavailable, HotlineError, Invalid, NotLoggedIn, TooManyRequests
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.passwords import LENGTH_MAX, Passwords, check_policy
from hotline.platform.people import Agent, LoginSession, Organisation, Role, User
from hotline.platform.permissions import Scope

log = structlog.stdlib.get_logger(__name__)

SESSION_LIFE: Final = timedelta(hours=12)
SLIDE_AFTER: Final = timedelta(minutes=5)
"""A session's end is moved forward when it was last moved so long ago: one write in five minutes, not one per request."""
ATTEMPTS_MAX: Final = 5
LOCK_TIME: Final = timedelta(minutes=15)
ADDRESS_FAILURES_MAX: Final = 50
ADDRESS_WINDOW: Final = timedelta(minutes=10)
TRUSTED_FOR: Final = timedelta(minutes=30)
"""While the database is away, a session that was found open so recently is believed: people go on working on their calls."""


class WrongCredentials(HotlineError):
    """User name or password is wrong; which one is not said."""

    code, status = "wrong_credentials", 401
    text = Text("用户名或口令不正确", "Wrong user name or password")


class AccountLocked(HotlineError):
    """Too many wrong passwords; the account opens again by itself, or by an administrator."""

    code, status = "account_locked", 423
    text = Text(
        "口令错误次数过多，账号已锁定，请 {minutes} 分钟后再试或联系管理员",
        "Account locked; try again in {minutes} min",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """A successful log-in: the token exists nowhere else."""

    token: str
    expires_at: datetime
    actor: Actor


class Authenticator:
    """Turns passwords into sessions and tokens into actors."""

    def __init__(
        self, database: Database, passwords: Passwords | None = None, clock: Clock = utc_now
    ) -> None:
        self.passwords = passwords or Passwords()
        self._database = database
        self._clock = clock
        self._unknown = Remembered()
        self._addresses = Remembered()
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}
        self._over: dict[str, asyncio.Event] = {}
        self._known = KnownSessions()

    async def log_in(self, username: str, password: str, *, address: str, user_agent: str = "") -> LogIn:
        """Open a session.

        Raises:
            WrongCredentials: wrong name or password, or the person is no longer active.
            AccountLocked: five wrong passwords within the last quarter of an hour.
            TooManyRequests: too many failures from this address.
        """
        name = username.strip().lower()[:64]
        self._check_address(address)
        async with self._turn_of(name):  # attempts on one name go one by one: parallel guessing gains nothing
            try:
                return await self._try(name, password[: LENGTH_MAX + 1], address, user_agent)
            except (WrongCredentials, AccountLocked):
                self._addresses.add(address, self._clock(), ADDRESS_WINDOW)
                raise

    async def _try(self, name: str, password: str, address: str, user_agent: str) -> LogIn:
        now = self._clock()
        async with self._database.reading() as session:
            user = await session.scalar(select(User).where(User.username == name, User.active))
        locked_until = user.locked_until if user else self._unknown_locked_until(name)
        fits = await self.passwords.matches(user.password_hash if user else None, password)
        if locked_until is not None and locked_until > now:
            raise AccountLocked(minutes=max(1, round((locked_until - now).total_seconds() / 60)))
        if user is None:
            self._note_unknown(name, now)
            raise WrongCredentials
        if not fits:
            await self._note_failure(user, address, now)
            raise WrongCredentials
        return await self._open(user.id, address, user_agent[:200], now)

    async def _open(self, user_id: str, address: str, user_agent: str, now: datetime) -> LogIn:
        token = secrets.token_urlsafe(32)
        session_id = new_id()
        expires_at = now + SESSION_LIFE
        async with self._database.writing() as work:
            user = await work.session.get_one(User, user_id)
            user.failed_attempts, user.locked_until, user.last_login_at = 0, None, now
            work.session.add(
                LoginSession(
                    id=session_id,
                    authority_id=user.authority_id,
                    user_id=user_id,
                    token_hash=digest(token),
                    created_at=now,
                    last_seen_at=now,
                    expires_at=expires_at,
                    address=address,
                    user_agent=user_agent,
                )
            )
            await work.session.flush()
            found = await _load(work.session, LoginSession.id == session_id)
            assert found is not None
            actor = await _actor(work.session, found, address)
            audit.record(work, actor, "session.open", _as_target(user))
        return LogIn(token=token, expires_at=expires_at, actor=actor)

    async def _note_failure(self, user: User, address: str, now: datetime) -> None:
        async with self._database.writing() as work:
            known = await work.session.get_one(User, user.id)
            if known.locked_until is not None and known.locked_until <= now:
                known.failed_attempts, known.locked_until = 0, None
            known.failed_attempts += 1
            if known.failed_attempts >= ATTEMPTS_MAX:
                known.locked_until = now + LOCK_TIME
            stranger = _nobody(known, address)
            audit.record(
                work, stranger, "session.refuse", _as_target(known), after={"attempt": known.failed_attempts}
            )

    def _unknown_locked_until(self, name: str) -> datetime | None:
        failures = self._unknown.get(name)
        return failures.locked_until if failures else None

    def _note_unknown(self, name: str, now: datetime) -> None:
        failures = self._unknown.get(name)
        if failures and failures.locked_until and failures.locked_until <= now:
            self._unknown.forget(name)
        failures = self._unknown.add(name, now, timedelta(days=3650))
        if failures.count >= ATTEMPTS_MAX:
            failures.locked_until = now + LOCK_TIME

    def _check_address(self, address: str) -> None:
        failures = self._addresses.get(address)
        if failures and failures.count >= ADDRESS_FAILURES_MAX:
            if self._clock() - failures.since <= ADDRESS_WINDOW:
                raise TooManyRequests
            self._addresses.forget(address)

    @contextlib.asynccontextmanager
    async def _turn_of(self, name: str) -> AsyncIterator[None]:
        lock, waiting = self._turns.get(name, (asyncio.Lock(), 0))
        if waiting >= ATTEMPTS_MAX * 2:
            raise TooManyRequests
        self._turns[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._turns[name]
            if waiting <= 1:
                del self._turns[name]
            else:
                self._turns[name] = (lock, waiting - 1)

    async def actor_of(self, token: str, *, address: str = "") -> Actor:
        """Return whose token this is, and keep the session alive.

        Raises:
            NotLoggedIn: unknown, ended or revoked session, or the person is no longer active.
        """
        now = self._clock()
        key = digest(token)
        try:
            async with self._database.reading() as session:
                found = await _load(session, LoginSession.token_hash == key)
                if found is None or not _is_open(found[0], now) or not found[1].active:
                    self._known.forget(key)
                    raise NotLoggedIn
                actor = await _actor(session, found, address)
        except DatabaseUnavailable:
            return self._known.recall(key, now)
        self._known.note(key, actor, min(now + TRUSTED_FOR, found[0].expires_at))
        if now - found[0].last_seen_at > SLIDE_AFTER:
            with contextlib.suppress(DatabaseUnavailable):
                await self._slide(found[0].id, now)
        return actor

    async def _slide(self, session_id: str, now: datetime) -> None:
        async with self._database.writing() as work:
            await work.session.execute(
                update(LoginSession)
                .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
                .values(last_seen_at=now, expires_at=now + SESSION_LIFE)
            )

    async def is_open(self, session_id: str) -> bool:
        """Whether a session is still open; long-lived WebSockets ask from time to time."""
        async with self._database.reading() as session:
            found = await _load(session, LoginSession.id == session_id)
        return found is not None and _is_open(found[0], self._clock()) and found[1].active

    async def until_over(self, actor: Actor, *, look_every_s: float) -> None:
        """Return when the actor's session has ended: at once when this process ended it, else within `look_every_s`."""
        while True:
            told = self._over.setdefault(actor.user_id, asyncio.Event())
            with contextlib.suppress(DatabaseUnavailable):  # it is asked again
                if not await self.is_open(actor.session_id):
                    return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(look_every_s):
                    await told.wait()

    async def revoke(self, work: Work, user_id: str, *, only: str = "", but: str = "") -> int:
        """End the open sessions of a user (`only` one, or all `but` one) and their streams. Return how many ended."""

        async def tell_streams() -> None:
            self._known.forget_person(user_id)
            if told := self._over.pop(user_id, None):
                told.set()

        chosen = update(LoginSession).where(
            LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None), LoginSession.id != but
        )
        if only:
            chosen = chosen.where(LoginSession.id == only)
        ended = await work.session.execute(chosen.values(revoked_at=self._clock()).returning(LoginSession.id))
        work.after_commit(f"sessions_over {user_id}", tell_streams)
        return len(ended.all())

    async def log_out(self, actor: Actor) -> None:
        """End the actor's session."""
        async with self._database.writing() as work:
            await self.revoke(work, actor.user_id, only=actor.session_id)
            user = await work.session.get_one(User, actor.user_id)
            audit.record(work, actor, "session.close", _as_target(user))

    async def change_password(self, actor: Actor, old: str, new: str) -> None:
        """Change the actor's own password; other sessions of theirs end.

        Raises:
            Invalid: the old one is wrong, or the new one is weak or the same.
        """
        check_policy(new, actor.username, "new")
        async with self._database.reading() as session:
            user = await session.get_one(User, actor.user_id)
        if not await self.passwords.matches(user.password_hash, old):
            raise Invalid("old", "原口令不正确")
        if old == new:
            raise Invalid("new", "新口令不能与原口令相同")
        password_hash = await self.passwords.hash(new)
        async with self._database.writing() as work:
            user = await work.session.get_one(User, actor.user_id)
            user.password_hash, user.must_change_password = password_hash, False
            await self.revoke(work, actor.user_id, but=actor.session_id)
            audit.record(work, actor, "session.password", _as_target(user))


_Found = Row[LoginSession, User, Role, Organisation, Agent]


async def _load(session: AsyncSession, condition: object) -> _Found | None:
    chosen = (
        select(LoginSession, User, Role, Organisation, Agent)
        .join(User, User.id == LoginSession.user_id)
        .join(Role, Role.key == User.role)
        .join(Organisation, Organisation.id == User.authority_id)
        .outerjoin(Agent, Agent.id == User.id)
        .where(condition)  # pyright: ignore[reportArgumentType] - a column expression
    )
    return (await session.execute(chosen)).one_or_none()


def _is_open(login: LoginSession, now: datetime) -> bool:
    return login.revoked_at is None and login.expires_at > now


async def _actor(session: AsyncSession, found: _Found, address: str) -> Actor:
    login, user, role, organisation, agent = found
    return replace(
        await _person(session, user, role, organisation),
        session_id=login.id,
        address=address or login.address,
        agent_number=agent.number if agent and agent.active else None,
        must_change_password=user.must_change_password,
    )


async def actor_of_user(session: AsyncSession, user_id: str) -> Actor | None:
    """A person as who they are now, for what they left the system to do; None when they may not log in any more."""
    chosen = (
        select(User, Role, Organisation)
        .join(Role, Role.key == User.role)
        .join(Organisation, Organisation.id == User.authority_id)
        .where(User.id == user_id, User.active)
    )
    found = (await session.execute(chosen)).one_or_none()
    return None if found is None else await _person(session, *found)


async def _person(session: AsyncSession, user: User, role: Role, organisation: Organisation) -> Actor:
    return Actor(
        user_id=user.id,
        username=user.username,
        name=user.name,
        role=role.key,
        role_name=role.name,
        permissions=frozenset(str(permission) for permission in role.permissions),
        authority_id=AuthorityId(user.authority_id),
        authority_name=organisation.name,
        authorities=await authorities_of(session, user.authority_id, Scope(role.scope)),
        address="local",
    )


async def authorities_of(session: AsyncSession, own: str, scope: Scope) -> frozenset[AuthorityId] | None:
    """Return the authorities in sight from `own` with this reach; None means all."""
    if scope is Scope.ALL:
        return None
    if scope is Scope.OWN:
        return frozenset({AuthorityId(own)})
    below: dict[str | None, list[str]] = {}
    for row_id, parent in await session.execute(select(Organisation.id, Organisation.parent_id)):
        below.setdefault(parent, []).append(row_id)
    seen: set[str] = set()
    reached = [own]
    while reached:
        here = reached.pop()
        if here not in seen:
            seen.add(here)
            reached += below.get(here, [])
    return frozenset(AuthorityId(one) for one in seen)


def digest(token: str) -> str:
    """Return what is stored of a token. Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _as_target(user: User) -> audit.Target:
    return audit.Target(kind="user", id=user.id, name=user.name, authority_id=user.authority_id)


def _nobody(user: User, address: str) -> Actor:
    """Somebody at `address` who claims to be `user`, without any right."""
    return Actor(
        user_id="",
        username="",
        name="",
        role="",
        role_name="",
        permissions=frozenset(),
        authority_id=AuthorityId(user.authority_id),
        authority_name="",
        authorities=frozenset(),
        address=address,
    )
